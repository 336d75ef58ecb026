"""Puts the parts together: settings, clock, store, content and the only choice of adapters there is."""
