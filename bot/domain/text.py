"""What people type, made fit to keep: control characters and disguises out, secrets out, bounded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.errors import BadInput

_SECRETS = re.compile(
    r"xox[abeoprs]-[\w-]{8,}|xapp-[\w-]{8,}"
    r"|(?i:bearer)\s+[\w.~+/=-]{12,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bsk_live_\w{16,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?i:\b(?:password|passwd|secret|api[_-]?key|token)\s*[=:]\s*)\S{6,}"
)
_BIDI = {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF)}
REMOVED = "[secret removed]"
JUSTIFICATION_MAX = 2000
SUMMARY_MAX = 200


def clean(text: str, *, limit: int) -> str:
    """Strip control and direction-changing characters, blot out secrets, cut at `limit` characters."""
    kept = "".join(
        ch for ch in text if ch not in _BIDI and (ch == "\n" or unicodedata.category(ch)[0] != "C")
    )
    kept = _SECRETS.sub(REMOVED, kept).strip()
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def redacted(value: Any, secrets: Iterable[str] = ()) -> Any:
    """A JSON value with secrets blotted out wherever they stand: what looks like one, and these."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REMOVED)
        return _SECRETS.sub(REMOVED, value)
    if isinstance(value, Mapping):
        return {redacted(name, secrets): redacted(inner, secrets) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner, secrets) for inner in value]
    return value


def justification(text: str, *, example: str, limit: int = JUSTIFICATION_MAX) -> str:
    """The person's own words for why. Raises BadInput when there are none or far too many."""
    if len(text) > limit:
        raise BadInput(
            f"That is {len(text):,} characters; say why in at most {limit:,}.",
            example=example,
            field="justification",
        )
    said = clean(text, limit=limit)
    if len(said) < 3:  # noqa: PLR2004 - "ok" explains nothing to an auditor
        raise BadInput(
            "Say why, in a few words: it goes into the record.", example=example, field="justification"
        )
    return said


def summary(text: str, *, example: str) -> str:
    """One line that says what is happening. Raises BadInput when empty or too long."""
    if len(text) > SUMMARY_MAX:
        raise BadInput(
            f"That is {len(text):,} characters; a summary has at most {SUMMARY_MAX}.",
            example=example,
            field="summary",
        )
    said = " ".join(clean(text, limit=SUMMARY_MAX).split())
    if not said:
        raise BadInput("Say in one line what is happening.", example=example, field="summary")
    return said
