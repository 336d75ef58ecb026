"""Slack: what people type, click and fill in, and the messages drawn back from the database.

A request goes `door` (HTTP: size, signature) or `socket` (Socket Mode) → `entrance` (team) → `app` (Bolt) →
`commands`, `actions` or `forms` (check, commit, ack) → a use case. Messages go the other way: `jobs` →
`cards` (pure: view data → blocks) → `publisher` (posts once, redraws) → `wire` (one call, with named
failures). `ids` names buttons and forms, `text` makes what people typed harmless, `manifest` is what the
workspace is asked for.
"""
