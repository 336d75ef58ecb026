"""The question that holds past their review time ask, and its two answers."""

from __future__ import annotations

from bot.slack.cards.blocks import Block, button
from bot.slack.ids import Act, value

HOUR = "1h"


def review_buttons(incident_id: str) -> list[Block]:
    """Hold on for an hour, or propose the way out; neither loosens anything by itself."""
    return [
        button(Act.EXTEND, "Extend 1 h", value(incident_id, HOUR), incident_id, "primary"),
        button(Act.WAY_OUT, "Propose the way out", value(incident_id), incident_id),
    ]
