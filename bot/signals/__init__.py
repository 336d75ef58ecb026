"""Samples coming in and the windows over them."""
