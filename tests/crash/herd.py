"""Workers as processes of their own: killed at random, stopped beyond their lease, started again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.crash.world import LEASE, ROOT

STOPS = 0.3  # of the blows; the rest kills
START_WITHIN = 20.0


@dataclass(slots=True)
class Herd:
    """`size` workers on one database and one service; `every` is the mean of seconds between blows."""

    database_url: str
    service_url: str
    log: Path
    rng: random.Random
    size: int = 3
    every: float = 0.8
    kills: int = 0
    stops: int = 0
    _names: count[int] = field(default_factory=count)
    _living: list[asyncio.subprocess.Process] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        await asyncio.gather(*(self._one() for _ in range(self.size)))

    async def torment(self) -> None:
        """Strike one worker after the other until cancelled."""
        while True:
            await asyncio.sleep(self.rng.uniform(0.4, 1.6) * self.every)
            if not self._living:
                continue
            worker = self._living.pop(self.rng.randrange(len(self._living)))
            if self.rng.random() < STOPS:
                self.stops += 1
                self._later(self._hold_up(worker))
            else:
                self.kills += 1
                worker.kill()
                self._later(self._replace(worker))

    async def whole(self) -> None:
        """Wait until every worker works again; raises what kept one from it."""
        await asyncio.gather(*self._tasks)

    async def end(self, *, kindly: bool = True) -> None:
        """End every worker; those that do not end when asked are killed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if kindly:
            for worker in self._living:
                worker.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await asyncio.gather(*(worker.wait() for worker in self._living))
        await asyncio.gather(*(_killed(worker) for worker in self._living))
        self._living.clear()

    async def _one(self) -> None:
        with self.log.open("ab") as log:
            worker = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.crash.worker_main", self.database_url, self.service_url),
                f"worker-{next(self._names)}",
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        try:
            assert worker.stdout is not None
            said = await asyncio.wait_for(worker.stdout.readline(), START_WITHIN)
            assert said == b"working\n", self.log.read_text()
        except BaseException:
            await _killed(worker)
            raise
        self._living.append(worker)

    async def _replace(self, worker: asyncio.subprocess.Process) -> None:
        await worker.wait()
        await self._one()

    async def _hold_up(self, worker: asyncio.subprocess.Process) -> None:
        """Long enough that its lease is another's when it comes to."""
        try:
            worker.send_signal(signal.SIGSTOP)
            await asyncio.sleep(LEASE.total_seconds() * self.rng.uniform(1.1, 2))
        finally:
            worker.send_signal(signal.SIGCONT)
            self._living.append(worker)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))


async def _killed(worker: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        worker.kill()
    await worker.wait()
