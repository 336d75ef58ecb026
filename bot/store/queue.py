"""Claiming durable work under a lease with a fence, by the database's own clock.

A claim is one UPDATE … RETURNING. The fence grows with every claim, so that whoever lost a job can neither
finish it nor commit under it. A claimed row's `due` is empty until someone wants the job again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, case, delete, func, select, update
from sqlmodel import col

from bot.store.columns import database_ms
from bot.store.db import Database
from bot.store.listener import Listener
from bot.store.tables import HeartbeatRow, JobRow
from bot.store.upsert import upsert
from bot.usecases.ports.rows import DeadLetter, Job

_POLL = 0.25  # seconds: what a lost wake-up can cost at most
_FORGET_MS = 86_400_000  # a worker silent for a day is gone
_LONGEST_ERROR = 2000
_JOB = (
    col(JobRow.id),
    col(JobRow.key),
    col(JobRow.kind),
    col(JobRow.lane),
    col(JobRow.payload),
    col(JobRow.attempts),
    col(JobRow.fence),
    col(JobRow.wanted),
)
_READY = func.coalesce(col(JobRow.lease_until), col(JobRow.due))
_ALIVE = col(JobRow.dead_at).is_(None)


class SqlQueue:
    """One worker's side of the job table; one worker waits on it at a time. Close it when done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rung = database.wakes.listen()
        self._listener = None if database.is_sqlite else Listener(database.url.for_libpq, self._rung.set)

    async def close(self) -> None:
        """Stop listening."""
        self._database.wakes.leave(self._rung)
        if self._listener is not None:
            await self._listener.close()

    async def claim(self, lanes: Sequence[str], worker: str, lease: timedelta) -> Job | None:
        """Claim the job most overdue in these lanes, or one whose lease ran out; None when nothing is due."""
        self._rung.clear()
        pick = select(col(JobRow.id)).where(_ALIVE, col(JobRow.lane).in_(lanes), self._now >= _READY)
        pick = pick.order_by(_READY, col(JobRow.id)).limit(1).with_for_update(skip_locked=True)
        taken = update(JobRow).where(col(JobRow.id) == pick.scalar_subquery())
        taken = taken.values(
            fence=col(JobRow.fence) + 1,
            attempts=col(JobRow.attempts) + 1,
            seen=col(JobRow.wanted),
            due=None,
            lease_until=self._now + _ms(lease),
            worker=worker,
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(taken.returning(*_JOB))).first()
        return _job(row) if row else None

    async def finish(self, job: Job) -> bool:
        """End a claimed job. False when newer work arrived (it is due again) or the claim was lost."""
        newest = col(JobRow.wanted) == job.wanted
        async with self._database.writing() as connection:
            done = await connection.execute(delete(JobRow).where(*_mine(job), newest))
            if done.rowcount:
                return True
            released = _release(job, func.coalesce(col(JobRow.due), self._now)).values(attempts=0)
            newer = await connection.execute(released)
        if newer.rowcount:
            self._rung.set()
        return False

    async def again(self, job: Job, after: timedelta, said: str | None = None) -> bool:
        """Let go of a claimed job that wants to run again later, with its attempts counted anew.

        `said` is kept as its last error. Work that was wanted meanwhile keeps its own due date when that is
        earlier. False when the claim was lost.
        """
        released = _release(job, self._sooner(after))
        return await self._run(released.values(attempts=0, last_error=said and said[:_LONGEST_ERROR]))

    async def fail(self, job: Job, error: str, after: timedelta | None) -> bool:
        """Record a failed attempt; `after` is the backoff, None sends the job to the dead letters.

        Work that was wanted meanwhile is not buried with it: then the job is due again at once. False when
        that happened, or when the claim was lost.
        """
        said = {"last_error": error[:_LONGEST_ERROR]}
        if after is not None:
            return await self._run(_release(job, self._sooner(after)).values(said))
        buried = update(JobRow).where(*_mine(job), col(JobRow.wanted) == job.wanted)
        buried = buried.values(lease_until=None, worker=None, due=None, dead_at=self._now, **said)
        if not await self._run(buried):
            await self._run(_release(job, self._sooner(timedelta())).values(attempts=0, **said))
            return False
        return True

    async def renew(self, job: Job, lease: timedelta) -> bool:
        """Stretch the lease of a running job. False when the claim was lost."""
        return await self._run(update(JobRow).where(*_mine(job)).values(lease_until=self._now + _ms(lease)))

    async def seconds_to_next(self, lanes: Sequence[str]) -> float | None:
        """How long until something is due, or None."""
        left = select(func.min(_READY) - self._now).where(_ALIVE, col(JobRow.lane).in_(lanes))
        async with self._database.reading() as connection:
            ms: int | None = (await connection.execute(left)).scalar_one_or_none()
        return None if ms is None else max(ms / 1000, 0.0)

    async def wait(self, seconds: float) -> None:
        """Sleep until woken by a commit that wants work, or for so long; 250 ms at the most."""
        if self._listener is not None:
            self._listener.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, _POLL)):
                await self._rung.wait()

    async def dead(self) -> list[DeadLetter]:
        """Jobs that were given up, oldest first."""
        query = select(*_JOB, col(JobRow.last_error)).where(col(JobRow.dead_at).is_not(None))
        async with self._database.reading() as connection:
            found = (await connection.execute(query.order_by(col(JobRow.dead_at)))).all()
        return [DeadLetter(_job(row), row.last_error or "") for row in found]

    async def due_by_lane(self) -> dict[str, int]:
        """How many jobs are due now and unclaimed, by lane; for the metrics."""
        due = select(col(JobRow.lane), func.count()).where(_ALIVE, self._now >= _READY)
        async with self._database.reading() as connection:
            found = await connection.execute(due.group_by(col(JobRow.lane)))
            return dict(found.all())

    async def beat(self, worker: str) -> None:
        """Say that this worker lives."""
        gone = delete(HeartbeatRow).where(col(HeartbeatRow.at) < self._now - _FORGET_MS)
        async with self._database.writing() as connection:
            said = upsert(connection, HeartbeatRow).values(worker=worker, at=self._now)
            said = said.on_conflict_do_update(index_elements=["worker"], set_={"at": said.excluded.at})
            await connection.execute(said)
            await connection.execute(gone)

    async def heartbeat_age(self) -> float | None:
        """Seconds since any worker last said so; None when none ever did."""
        async with self._database.reading() as connection:
            query = select(self._now - func.max(col(HeartbeatRow.at)))
            ms: int | None = (await connection.execute(query)).scalar_one_or_none()
        return None if ms is None else max(ms / 1000, 0.0)

    @property
    def _now(self) -> ColumnElement[int]:
        return database_ms(sqlite=self._database.is_sqlite)

    def _sooner(self, after: timedelta) -> ColumnElement[int]:
        """The due date of what was wanted since the claim, or `after` from now when that comes first."""
        later = self._now + _ms(after)
        return case((col(JobRow.due) < later, col(JobRow.due)), else_=later)

    async def _run(self, statement: Update) -> bool:
        async with self._database.writing() as connection:
            return bool((await connection.execute(statement)).rowcount)


def _mine(job: Job) -> tuple[ColumnElement[bool], ...]:
    return (
        col(JobRow.id) == job.id,
        col(JobRow.fence) == job.fence,
        col(JobRow.lease_until).is_not(None),
    )


def _release(job: Job, due: ColumnElement[int]) -> Update:
    return update(JobRow).where(*_mine(job)).values(lease_until=None, worker=None, due=due)


def _ms(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)


def _job(row: Any) -> Job:
    return Job(row.id, row.key, row.kind, row.lane, row.payload or {}, row.attempts, row.fence, row.wanted)
