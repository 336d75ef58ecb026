"""Keeping to the rate at which a service may be asked."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from bot.domain.adapter import Service
from bot.usecases.ports import ServiceError, Unanswered

Oops = TypeVar("Oops", bound=ServiceError)


class Paced(Protocol):
    """A service that may have a rate."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def service(self) -> Service:
        """Its description."""
        ...

    def says(self, kind: type[Oops], sentence: str) -> Oops:
        """An error about it."""
        ...


class Pace:
    """Turns at services that have a rate: as many as it allows within any stretch of its time."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._turns: defaultdict[str, deque[float]] = defaultdict(deque)

    async def turn(self, peer: Paced) -> None:
        """Wait until the service may be asked again; raises Unanswered beyond its timeout."""
        rate = peer.service.rate
        if rate is None:
            return
        taken, now = self._turns[peer.name], self._clock()
        while len(taken) >= rate.calls:  # only the last so many count
            oldest = taken.popleft()
            now = max(now, oldest + rate.per.total_seconds())
        wait = now - self._clock()
        if wait > peer.service.timeout.total_seconds():
            taken.appendleft(now - rate.per.total_seconds())
            raise peer.says(Unanswered, f"was not asked: its rate of {rate.calls} calls is used up for now")
        taken.append(now)
        if wait > 0:
            await self._sleep(wait)
