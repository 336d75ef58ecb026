"""What has changed in a workspace, for whoever watches it live: keys by the number of their last change."""

from __future__ import annotations

import asyncio
import secrets
from typing import Literal

Kind = Literal["message", "channel", "modal", "home", "people"]
Key = tuple[Kind, str, str]


class Changes:
    """Level, not edge: a key changed ten times is news once, and any number can be resumed from.

    `epoch` tells one run of the workspace from another, whose numbers mean nothing here.
    """

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self.number = 0
        self._last: dict[Key, int] = {}
        self._news = asyncio.Event()

    def note(self, kind: Kind, place: str = "", item: str = "") -> None:
        """Something changed: a message (of channel `place`, ts `item`), somebody's modal (`place`)."""
        self.number += 1
        key = (kind, place, item)
        self._last.pop(key, None)
        self._last[key] = self.number
        self._news.set()
        self._news = asyncio.Event()

    def since(self, number: int) -> list[tuple[int, Key]]:
        """What has changed after that number, each key once, in the order of its last change."""
        found = []
        for key, last in reversed(self._last.items()):
            if last <= number:
                break
            found.append((last, key))
        return found[::-1]

    async def wait(self, number: int, seconds: float) -> bool:
        """Wait until something has changed after that number; False when nothing did for so long."""
        if self.number > number:
            return True
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        return True
