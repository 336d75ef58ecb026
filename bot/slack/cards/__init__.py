"""Messages and modals, pure: what the database says → blocks. One file per message.

`blocks` are Slack's pieces with its limits built in; `words` says controls, steps and people in one way.
"""
