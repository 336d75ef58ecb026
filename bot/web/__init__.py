"""The HTTP face: the Slack endpoint, signals, the status page, health and metrics."""
