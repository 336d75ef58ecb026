"""Slack's limits, applied to every payload: shapes in tables, whole-payload rules beside them.

`schema` is the language, `objects`, `elements`, `rich_text` and `blocks` are the tables, `whole` sees
messages and views entire. A `Problem` names a JSON pointer and the rule that it breaks.
"""

from bot.sandbox.slack.validate.blocks import Surface
from bot.sandbox.slack.validate.schema import Problem
from bot.sandbox.slack.validate.whole import (
    MESSAGE_CHARACTERS,
    MESSAGE_TEXT,
    UPDATE_TEXT,
    check_blocks,
    check_view,
    elements_of,
    total_characters,
    view_too_large,
)

__all__ = [
    "MESSAGE_CHARACTERS",
    "MESSAGE_TEXT",
    "UPDATE_TEXT",
    "Problem",
    "Surface",
    "check_blocks",
    "check_view",
    "elements_of",
    "total_characters",
    "view_too_large",
]
