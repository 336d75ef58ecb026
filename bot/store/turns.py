"""Whose turn it is to write in one process: first those whom a person waits for, but not all the time."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

_IN_A_ROW: Final = 8  # turns of the urgent before one of the others, so that work is never starved by talk


class Turns:
    """A lock with two queues, each fair in itself."""

    def __init__(self) -> None:
        self._taken = False
        self._row = 0
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    async def take(self, *, urgent: bool = False) -> None:
        """Wait for a turn; a cancelled wait leaves no trace."""
        if not self._taken:
            self._taken = True
            return
        queue = self._urgent if urgent else self._others
        mine = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.give_back()  # the turn came just as we went
            else:
                with suppress(ValueError):
                    queue.remove(mine)
            raise

    def give_back(self) -> None:
        """End a turn; the next waiter has it at once."""
        while queue := self._next():
            waiter = queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._taken = False

    def _next(self) -> deque[asyncio.Future[None]] | None:
        if self._urgent and (self._row < _IN_A_ROW or not self._others):
            self._row += 1
            return self._urgent
        self._row = 0
        return self._others or self._urgent or None
