"""Words that no text for the public may use, whoever wrote it."""

from __future__ import annotations

import re

# "Safe" promises what nobody can know yet; "maintenance" hides an incident.
_NEVER = re.compile(r"\b(?:safe|safely|safety|safest|unsafe|safu|maintenance)\b", re.IGNORECASE)


def forbidden(text: str) -> str:
    """The first word of a text that is never said in public, as written; empty when there is none."""
    found = _NEVER.search(text)
    return found.group(0) if found else ""
