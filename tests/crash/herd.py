"""Workers as processes of their own: killed at random, stopped beyond their lease, replaced."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.crash.world import LEASE, ROOT

STOPS = 0.3  # of the blows; the rest kills
BIRTH_WITHIN = 20.0
END_WITHIN = 10.0
LOOK_EVERY = 0.02
LIE_IN_WAIT = 0.5  # seconds at most for a worker that is about to set something
Busy = Callable[[], Awaitable[set[str]]]


@dataclass(slots=True)
class Herd:
    """Living workers by name with their pids, and what was done to them.

    `busy` names the workers that hold an actuation just now: most blows wait for one of them.
    """

    nursery: asyncio.subprocess.Process
    rng: random.Random
    busy: Busy
    kills: int = 0
    stops: int = 0
    _names: count[int] = field(default_factory=count)
    _living: dict[str, int] = field(default_factory=dict)
    _held_up: list[asyncio.Task[None]] = field(default_factory=list)

    async def birth(self) -> None:
        """One more worker."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        name = f"worker-{next(self._names)}"
        self.nursery.stdin.write(f"{name}\n".encode())
        self._living[name] = int(await asyncio.wait_for(self.nursery.stdout.readline(), BIRTH_WITHIN))

    async def strike(self) -> None:
        """Kill a worker in the midst of something and replace it, or stop it until its lease is lost."""
        name = await self._victim()
        if name is None:
            return
        worker = self._living.pop(name)
        if self.rng.random() < STOPS:
            self.stops += 1
            self._held_up.append(asyncio.create_task(self._hold_up(name, worker)))
        else:
            self.kills += 1
            os.kill(worker, signal.SIGKILL)
            await self.birth()

    async def _victim(self) -> str | None:
        """Whoever is carrying out an actuation, if anyone soon is; else whoever chance picks."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LIE_IN_WAIT * self.rng.random()
        while True:
            at_it = sorted(self._living.keys() & await self.busy())
            if at_it:
                return self.rng.choice(at_it)
            if loop.time() >= until:
                return self.rng.choice(sorted(self._living)) if self._living else None
            await asyncio.sleep(self.rng.random() * LOOK_EVERY)

    async def whole(self) -> None:
        """Wait until nobody is stopped any more."""
        await asyncio.gather(*self._held_up)

    async def end(self) -> None:
        """Ask all to end, and wait until they have. Raises TimeoutError for one that does not."""
        await self.whole()
        if gone := [name for name, worker in self._living.items() if not _lives(worker)]:
            raise RuntimeError(f"{gone} ended by themselves; see their log")
        for worker in self._living.values():
            os.kill(worker, signal.SIGTERM)
        async with asyncio.timeout(END_WITHIN):
            while any(map(_lives, self._living.values())):  # noqa: ASYNC110 - another process has no event of ours
                await asyncio.sleep(LOOK_EVERY)

    async def _hold_up(self, name: str, worker: int) -> None:
        os.kill(worker, signal.SIGSTOP)
        try:
            await asyncio.sleep(LEASE.total_seconds() * self.rng.uniform(1.1, 2))
        finally:
            os.kill(worker, signal.SIGCONT)
            self._living[name] = worker


@asynccontextmanager
async def herd(
    database_url: str, service_url: str, log: Path, rng: random.Random, size: int, busy: Busy
) -> AsyncIterator[Herd]:
    """`size` workers on one database and one service; none is left afterwards."""
    with log.open("ab") as complaints:
        nursery = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.crash.worker_main", database_url, service_url),
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
        )
    made = Herd(nursery, rng, busy)
    try:
        for _ in range(size):
            await made.birth()
        yield made
    finally:
        for task in made._held_up:
            task.cancel()
        assert nursery.stdin is not None
        nursery.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(nursery.wait(), END_WITHIN)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
