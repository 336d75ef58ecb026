"""A world to rehearse in: a marketplace, a strict Slack, a scripted commander and the demo."""
