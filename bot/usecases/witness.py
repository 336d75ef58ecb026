"""Whoever keeps signed heads where the database's owner cannot reach, asked before anything is loosened."""

from __future__ import annotations

from typing import Protocol


class Unwitnessed(Exception):
    """No head could be signed and kept; `str()` says why, fit to be shown."""


class Witness(Protocol):
    """Keeps signed heads outside the database."""

    @property
    def reached(self) -> int:
        """The row up to which a signed head is kept, 0 when nothing is known yet."""
        ...

    async def reach(self, seq: int) -> None:
        """Have a signed head kept that knows the committed row `seq`. Raises Unwitnessed, StoreAway."""
        ...
