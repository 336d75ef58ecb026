"""What a check of the doctor's finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """How one dependency stands, and what to do when it is not well, or could be better."""

    name: str
    ok: bool
    said: str
    mend: str = ""

    @property
    def as_json(self) -> dict[str, object]:
        """What `--json` prints of it."""
        return asdict(self)


def good(name: str, said: str) -> Finding:
    """It is well."""
    return Finding(name, ok=True, said=said)


def fair(name: str, said: str, mend: str) -> Finding:
    """It works, and this makes it better."""
    return Finding(name, ok=True, said=said, mend=mend)


def wrong(name: str, said: str, mend: str) -> Finding:
    """It is not, and this mends it."""
    return Finding(name, ok=False, said=said, mend=mend)
