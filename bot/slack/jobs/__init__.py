"""The jobs that Slack carries out.

`rooms` makes channels, `views` redraws messages, `words` says things once; `handling` turns Slack's failures
into what the queue understands.
"""

from bot.slack.jobs.handling import slack_handlers

__all__ = ["slack_handlers"]
