"""The jobs that Slack carries out.

`rooms` makes channels, `views` redraws messages, `words` says things once; `handling` turns Slack's failures
into what the queue understands. Jobs of `SLACK_KINDS` must never be given up: Slack may be away for hours.
"""

from bot.slack.jobs.handling import SLACK_KINDS, slack_handlers

__all__ = ["SLACK_KINDS", "slack_handlers"]
