"""Breakwater: the Slack bot that runs liquidity incidents."""

__version__ = "0.1.0"
