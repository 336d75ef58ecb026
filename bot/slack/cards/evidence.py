"""A message that is evidence, as the incident's channel shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.slack.cards.blocks import Message, context, section
from bot.slack.text import escape, utc


def evidence_card(data: Mapping[str, Any], said_at: datetime | None, link: str, reason: str) -> Message:
    """Who wrote what and when; the link, or why there is none. `link` is known to be a plain address."""
    who = escape(str(data.get("author_name") or "somebody"), 80)
    at = f" at {utc(said_at)}" if said_at else ""
    head = f"Evidence: {who} wrote{at}"
    where = f"<{link}|Open the message>" if link else f"No link: {escape(reason, 200)}."
    said = escape(str(data.get("text") or ""), 2000)
    quoted = "\n".join(f"> {line}" for line in said.split("\n"))
    return Message(head, [section(f"*{head}*\n{quoted}"), context(where)])
