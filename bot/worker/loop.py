"""Claims jobs and runs their handlers, each lane within its own number of places.

One task claims for all lanes that have a free place, so that a slow lane never holds up another. A job's
outcome is settled in its row: finished, again later, failed with a backoff, a dead letter, or left to a
worker that knows what it is about.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.usecases.ports.errors import LeaseLost, ServiceError, StoreError, Unfit
from bot.usecases.ports.queue import Again, Handler, Queue, Retry
from bot.usecases.ports.rows import Job
from bot.worker.heartbeat import beat
from bot.worker.lease import under_lease
from bot.worker.leaving import Leaving
from bot.worker.policy import Policy

Tell = Callable[[Job, str], Awaitable[None]]
_LEFT_AFTER = timedelta(seconds=30)  # where more is left than can be remembered
_STORE_AWAY = 1.0  # seconds between looks at a database that is away
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a worker works: its lease on a job, its policies by kind, and whom it tells of a dead letter.

    `grace` is how long jobs may run on after `stop` before they are let go of. `behind` says why this process
    runs on other content than the deployment, and nothing when it does not: what breaks then is left to
    others. `on_left` is told once of what nobody has taken for a minute.
    """

    lease: timedelta = timedelta(seconds=30)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    otherwise: Policy = field(default_factory=Policy)
    on_dead: Tell | None = None
    on_left: Tell | None = None
    grace: timedelta = timedelta(seconds=10)
    behind: Callable[[], str] = str

    def policy(self, job: Job) -> Policy:
        """The policy for a job's kind."""
        return self.policies.get(job.kind, self.otherwise)


class Worker:
    """One worker: `handlers` by kind of job, `lanes` with how many jobs each may run at once."""

    def __init__(
        self,
        queue: Queue,
        handlers: Mapping[str, Handler],
        lanes: Mapping[str, int],
        *,
        name: str,
        habits: Habits | None = None,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._lanes = lanes
        self._name = name
        self._habits = habits or Habits()
        self._busy: Counter[str] = Counter()
        self._running: set[asyncio.Task[None]] = set()
        self._nudge = asyncio.Event()
        self._leaving = Leaving(time.monotonic)
        self._stopping = False

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what runs has ended or was let go of."""
        self._stopping = True
        self._nudge.set()

    async def run(self) -> None:
        """Work until stopped or cancelled."""
        beating = asyncio.create_task(beat(self._queue, self._name), name=f"{self._name} beats")
        try:
            while not self._stopping:
                self._nudge.clear()
                if not await self._claim():
                    await self._rest()
        finally:
            self._stopping = True
            beating.cancel()
            await self._let_go()

    async def _claim(self) -> bool:
        """Start one job if any is due; whether it is worth asking again at once."""
        free = [lane for lane, places in self._lanes.items() if self._busy[lane] < places]
        if not free:
            return False
        since = asyncio.get_running_loop().time()
        try:
            job = await self._queue.claim(free, self._name, self._habits.lease, self._leaving.keys())
        except StoreError as error:
            _log.warning("cannot claim work", worker=self._name, error=str(error))
            await asyncio.sleep(_STORE_AWAY)
            return False
        if job is None:
            return False
        self._busy[job.lane] += 1
        task = asyncio.create_task(self._carry(job, since), name=job.key)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    async def _rest(self) -> None:
        """Sleep until work is wanted or due, a place is free, or we are stopped."""
        waits = {asyncio.create_task(self._wait()), asyncio.create_task(self._nudge.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _wait(self) -> None:
        free = [lane for lane, places in self._lanes.items() if self._busy[lane] < places]
        try:
            left = await self._queue.seconds_to_next(free, self._leaving.keys()) if free else None
        except StoreError:
            left = _STORE_AWAY
        await self._queue.wait(_STORE_AWAY if left is None else left)

    async def _let_go(self) -> None:
        if self._running:
            await asyncio.wait(set(self._running), timeout=self._habits.grace.total_seconds())
        left = set(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _carry(self, job: Job, since: float) -> None:
        try:
            await self._attempt(job, since)
        except asyncio.CancelledError:
            await self._settle(job, lambda: self._queue.again(job, timedelta()))
            raise
        finally:
            self._busy[job.lane] -= 1
            self._nudge.set()

    async def _attempt(self, job: Job, since: float) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None:
            await self._leave(job, f"its release knows no job of kind {job.kind}")
            return
        try:
            answer = await under_lease(self._queue, job, self._habits.lease, since, _call(handler, job))
        except LeaseLost as lost:
            _log.warning("lease lost", job=job.key, error=str(lost))
        except Unfit as unfit:
            await self._leave(job, str(unfit))
        except Retry as retry:
            await self._try_again(job, retry)
        except StoreError as away:
            await self._later(job, self._habits.policy(job).wait(1), str(away))
        except ServiceError as error:
            _log.warning("job failed", job=job.key, attempt=job.attempts, error=str(error))
            await self._failed(job, error)
        except Exception as error:  # noqa: BLE001 - one job's defect must not end its worker; the row keeps it
            _log.error("job broke", job=job.key, attempt=job.attempts, exc_info=error)
            await self._broke(job, error)
        else:
            await self._ended(job, answer)

    async def _ended(self, job: Job, answer: Again | None) -> None:
        if answer is None:
            await self._settle(job, lambda: self._queue.finish(job))
        else:
            await self._settle(job, lambda: self._queue.again(job, answer.after))

    async def _try_again(self, job: Job, retry: Retry) -> None:
        if retry.after is None:
            await self._failed(job, retry)
        else:
            await self._later(job, retry.after, str(retry))

    async def _later(self, job: Job, after: timedelta, said: str) -> None:
        """Not the job's own fault: its attempts are counted anew."""
        _log.info("job waits", job=job.key, seconds=after.total_seconds(), why=said)
        await self._settle(job, lambda: self._queue.again(job, after, said))

    async def _leave(self, job: Job, why: str) -> None:
        """Put a job back as it was, for a worker that knows what it is about."""
        said = f"left by {self._name}: {why}"
        _log.warning("job left to other workers", job=job.key, why=why)
        after = timedelta() if self._leaving.leave(job.key) else _LEFT_AFTER
        put_back = await self._settle(job, lambda: self._queue.again(job, after, said))
        if put_back and self._leaving.nobody_took(job.key):
            _log.error("nobody takes a job", job=job.key, why=why)
            await self._tell(self._habits.on_left, job, said)

    async def _broke(self, job: Job, error: Exception) -> None:
        if why := self._habits.behind():
            await self._leave(job, f"{type(error).__name__}: {error}; and {why}")
        else:
            await self._failed(job, error)

    async def _failed(self, job: Job, error: Exception) -> None:
        policy = self._habits.policy(job)
        said = f"{type(error).__name__}: {error}"
        after = None if policy.gives_up(job.attempts) else policy.wait(job.attempts)
        recorded = await self._settle(job, lambda: self._queue.fail(job, said, after))
        if after is None and recorded:
            _log.error("job given up", job=job.key, attempts=job.attempts, error=said)
            await self._tell(self._habits.on_dead, job, said)

    async def _tell(self, whom: Tell | None, job: Job, said: str) -> None:
        if whom is None:
            return
        try:
            await whom(job, said)
        except Exception as error:  # noqa: BLE001 - the row says so too; telling of it must not end the worker
            _log.error("nobody was told of a job", job=job.key, exc_info=error)

    async def _settle(self, job: Job, write: Callable[[], Awaitable[bool]]) -> bool:
        """Write a job's outcome, patiently: unwritten, it runs again when its lease is out."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._habits.lease.total_seconds()
        while True:
            try:
                return await write()
            except StoreError as error:
                _log.warning("cannot record a job's outcome", job=job.key, error=str(error))
                if self._stopping or loop.time() >= until:
                    return False
                await asyncio.sleep(_STORE_AWAY)


async def _call(handler: Handler, job: Job) -> Again | None:
    return await handler(job)
