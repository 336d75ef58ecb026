"""Everything Slack: listeners that check, commit and ack, and the cards drawn from the database."""
