"""The pure middle: incidents, gates, controls, authority and the ledger, without any input or output."""
