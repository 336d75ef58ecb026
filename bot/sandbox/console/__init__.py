"""The console: one page on loopback that is the sandbox's Slack, with the marketplace live beside it."""
