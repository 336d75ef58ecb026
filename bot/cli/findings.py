"""What a check of the doctor's finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """How one dependency stands, and what to do when it is not well."""

    name: str
    ok: bool
    said: str
    mend: str = ""


def good(name: str, said: str) -> Finding:
    """It is well."""
    return Finding(name, ok=True, said=said)


def wrong(name: str, said: str, mend: str) -> Finding:
    """It is not, and this mends it."""
    return Finding(name, ok=False, said=said, mend=mend)
