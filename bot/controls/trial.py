"""Trying one control at its own service, step by step, and putting back what was there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from bot.domain.adapter import HttpAdapter
from bot.domain.base import format_duration
from bot.domain.control import Control, Level, Value, same_value
from bot.usecases.ports import ControlAdapter, Observation, Order, Outrun, ServiceError
from bot.usecases.trials import PUT_BACK

Orders = Callable[[int, str | None], Order]
Sealed = Callable[[str | None], Order]


@dataclass(frozen=True, slots=True)
class Found:
    """One step of a trial: what was done, whether it went as it must, and what to do when it did not."""

    what: str
    ok: bool
    said: str = ""


@dataclass
class Bench:
    """A control on the bench. `back` says whether the baseline was seen again after the last set."""

    adapter: ControlAdapter
    control: Control
    target: str
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    back: bool = True
    _orders: Iterator[Sealed] = field(default=iter(()), init=False)

    async def read(self) -> tuple[Observation | None, Found]:
        """What stands there now; nothing is changed."""
        try:
            seen = await self.adapter.read(self.control, self.target)
        except ServiceError as error:
            return None, Found("read", ok=False, said=str(error))
        return seen, Found("read", ok=True, said=self.named(seen.value))

    async def steps(
        self, levels: Sequence[Level], baseline: Value, orders: Orders
    ) -> AsyncGenerator[Found, None]:
        """Each level set, repeated, read back and probed, and the baseline put back whatever happens.

        `orders` gives the order of the so-manieth set, each used for one set and its repeats.
        """
        self._orders = (partial(orders, number) for number in count())
        try:
            for level in levels:
                self.back = False
                async for found in self._level(level):
                    yield found
                    if not found.ok:
                        return
        finally:
            if not self.back:
                await self.put_back(baseline)

    async def put_back(self, baseline: Value) -> Found:
        """Set what was there before, and see that it is there again; tried three times."""
        found = Found("put back", ok=False, said="it was not tried")
        for _ in range(PUT_BACK):
            found = await self._set("put back", baseline, next(self._orders))
            if found.ok and (found := await self._reads_back("put back", baseline)).ok:
                self.back = True
                break
        return found

    async def _level(self, level: Level) -> AsyncIterator[Found]:
        order = next(self._orders)
        yield await self._set(f"set {level.id}", level.value, order)
        yield await self._reads_back(f"read back {level.id}", level.value)
        yield await self._repeat(level, order)
        yield await self._probe(level)

    async def _set(self, what: str, value: Value, order: Sealed) -> Found:
        try:
            before = await self.adapter.read(self.control, self.target)
            await self.adapter.set(self.control, self.target, value, order(before.etag))
        except ServiceError as error:
            return Found(what, ok=False, said=str(error))
        return Found(what, ok=True, said="the service said yes")

    async def _repeat(self, level: Level, order: Sealed) -> Found:
        """The same order once more, as after a lost answer: it may be refused, and must change nothing."""
        what = f"repeat {level.id}"
        try:
            before = await self.adapter.read(self.control, self.target)
            await self.adapter.set(self.control, self.target, level.value, order(before.etag))
        except Outrun:
            pass
        except ServiceError as error:
            return Found(what, ok=False, said=f"a repeat after a lost answer must be no error: {error}")
        return await self._reads_back(what, level.value)

    async def _reads_back(self, what: str, wanted: Value) -> Found:
        verify = self.control.adapter.verify
        until = self.clock() + verify.within.total_seconds()
        while True:
            seen, found = await self.read()
            if seen is not None and same_value(seen.value, wanted):
                return Found(what, ok=True, said=self.named(seen.value))
            if self.clock() >= until:
                said = found.said if seen is None else f"reads {found.said} instead"
                return Found(what, ok=False, said=f"{said}, after {format_duration(verify.within)}")
            await self.sleep(verify.every.total_seconds())

    async def _probe(self, level: Level) -> Found:
        """The effect itself, within the same time as the setting."""
        what, verify = f"probe {level.id}", self.control.adapter.verify
        if not probed(self.control, level):
            return Found(what, ok=True, said="no probe is described, so the effect itself was not seen")
        until = self.clock() + verify.within.total_seconds()
        while True:
            try:
                shows = await self.adapter.probe(self.control, self.target, level)
                said = "the effect is there" if shows else "it reads back right, but the effect is not there"
            except ServiceError as error:
                shows, said = False, str(error)
            if shows or self.clock() >= until:
                return Found(what, ok=shows, said=said)
            await self.sleep(verify.every.total_seconds())

    def named(self, value: Value) -> str:
        """A value by its level, or as it is."""
        level = self.control.level_of(value)
        told = ", ".join(f"{name} {part}" for name, part in value.items())
        return f"{level.id} ({told})" if level else f"{told}, which is no level's value"


def probed(control: Control, level: Level) -> bool:
    """Whether something is expected of a level's effect."""
    probe = getattr(control.adapter, "probe", None)
    return probe is not None and probe.expected(level.id) is not None


def goes_to(control: Control) -> str:
    """Where a control is set, in words."""
    adapter = control.adapter
    how = f"{adapter.set.method} {adapter.set.path}" if isinstance(adapter, HttpAdapter) else adapter.kind
    service = getattr(adapter, "service", "")
    return f"{how} at {service}" if service else how
