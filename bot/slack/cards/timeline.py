"""One line for each row of an incident's ledger."""

from __future__ import annotations

from datetime import UTC

from bot.slack.text import escape
from bot.usecases.narrate import Told

LONGEST = 300


def told_line(told: Told) -> str:
    """`03:12:04 Alice Ng (incident commander) declared: …`; markup."""
    role = f" ({told.role})" if told.role else ""
    why = f" – {told.why}" if told.why and told.why not in told.what else ""
    said = escape(" ".join(f"{told.what}{why}".split()), LONGEST)
    return f"{told.at.astimezone(UTC):%H:%M:%S} *{escape(told.who, 80)}*{role} {said}"
