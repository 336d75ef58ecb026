"""Lengths of time as people type them."""

from __future__ import annotations

import re
from datetime import timedelta

_LEADING = re.compile(
    r"\s*(\d{1,6})\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?=\s|\d|$)", re.IGNORECASE
)
_UNIT = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def leading_duration(text: str) -> tuple[timedelta | None, str]:
    """The length of time that a text begins with, `90m` or `1 h 30 min`, and the rest; None without one."""
    total: timedelta | None = None
    while found := _LEADING.match(text):
        total = (total or timedelta()) + int(found[1]) * _UNIT[found[2][0].casefold()]
        text = text[found.end() :]
    return total, text.strip()
