"""Answers kept for a while, so that what is delivered again is answered again and not carried out again.

This spares a process its own repetitions. Across processes and restarts `usecases.once` does, in the
transaction of the effect.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

MOST = 1000
Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """The newest answers by the id of what they answer."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._answers: OrderedDict[str, asyncio.Future[Answer]] = OrderedDict()

    async def answer(
        self, name: str, make: Callable[[], Awaitable[Answer]], keep: Callable[[Answer], bool]
    ) -> Answer:
        """The answer to `name`: known, under way, or made now. It is forgotten if it fails or `keep` says so.

        Whoever stops waiting does not stop the making.
        """
        if name not in self._answers:
            making: asyncio.Future[Answer] = asyncio.ensure_future(make())
            self._answers[name] = making
            making.add_done_callback(lambda done: self._made(name, done, keep))
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return await asyncio.shield(self._answers[name])

    def _made(self, name: str, done: asyncio.Future[Answer], keep: Callable[[Answer], bool]) -> None:
        failed = done.cancelled() or done.exception() is not None
        if (failed or not keep(done.result())) and self._answers.get(name) is done:
            del self._answers[name]
