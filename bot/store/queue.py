"""Claiming durable work under a lease with a fence, by the database's own clock.

A claim is one UPDATE … RETURNING. The fence grows with every claim, so that whoever lost a job can neither
finish it nor commit under it. A claimed row's `due` is empty until someone wants the job again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Update, case, delete, func, select, update
from sqlmodel import col

from bot.store.db import Database
from bot.store.listener import Listener
from bot.store.statements import Spelling, Statement, given
from bot.store.tables import HeartbeatRow, JobRow
from bot.usecases.ports.rows import DeadLetter, Job

_POLL = 0.25  # seconds: what a lost wake-up can cost at most
_FORGET_MS = 86_400_000  # a worker silent for a day is gone
_LONGEST_ERROR = 2000
_JOB = tuple(
    col(getattr(JobRow, name))
    for name in ("id", "key", "kind", "lane", "payload", "attempts", "fence", "wanted")
)
_READY = func.coalesce(col(JobRow.lease_until), col(JobRow.due))
_ALIVE = col(JobRow.dead_at).is_(None)
_MINE = (
    col(JobRow.id) == given(col(JobRow.id)),
    col(JobRow.fence) == given(col(JobRow.fence)),
    col(JobRow.lease_until).is_not(None),
)
_NEWEST = col(JobRow.wanted) == given(col(JobRow.wanted))
_SPAN = given(col(JobRow.lease_until), "span_ms")
_ERROR = given(col(JobRow.last_error))


def _lanes(count: int) -> ColumnElement[bool]:
    return col(JobRow.lane).in_([given(col(JobRow.lane), f"lane_{n}") for n in range(count)])


def _open_to_us(lanes: int, leaving: int) -> tuple[ColumnElement[bool], ...]:
    """Alive, in so many lanes, and none of so many keys."""
    keys = [given(col(JobRow.key), f"key_{n}") for n in range(leaving)]
    return (_ALIVE, _lanes(lanes), *([col(JobRow.key).not_in(keys)] if keys else []))


@cache
def _claim(lanes: int, leaving: int) -> Statement:
    """Claim the job most overdue that is open to us."""

    def built(say: Spelling) -> Update:
        pick = select(col(JobRow.id)).where(*_open_to_us(lanes, leaving), say.now_ms >= _READY)
        pick = pick.order_by(_READY, col(JobRow.id)).limit(1).with_for_update(skip_locked=True)
        taken = update(JobRow).where(col(JobRow.id) == pick.scalar_subquery())
        taken = taken.values(
            fence=col(JobRow.fence) + 1,
            attempts=col(JobRow.attempts) + 1,
            seen=col(JobRow.wanted),
            due=None,
            lease_until=say.now_ms + _SPAN,
            worker=given(col(JobRow.worker)),
        )
        return taken.returning(*_JOB)

    return Statement(built)


@cache
def _until_next(lanes: int, leaving: int) -> Statement:
    """How long until something is due that is open to us."""
    return Statement(lambda say: select(func.min(_READY) - say.now_ms).where(*_open_to_us(lanes, leaving)))


def _release(due: ColumnElement[Any], **more: Any) -> Update:
    return update(JobRow).where(*_MINE).values(lease_until=None, worker=None, due=due, **more)


def _sooner(say: Spelling) -> ColumnElement[int]:
    """The due date of what was wanted since the claim, or a span from now when that comes first."""
    later = say.now_ms + _SPAN
    return case((col(JobRow.due) < later, col(JobRow.due)), else_=later)


_DONE = Statement(delete(JobRow).where(*_MINE, _NEWEST))
_NEWER = Statement(lambda say: _release(func.coalesce(col(JobRow.due), say.now_ms), attempts=0))
_AGAIN = Statement(lambda say: _release(_sooner(say), attempts=0, last_error=_ERROR))
_FAILED = Statement(lambda say: _release(_sooner(say), last_error=_ERROR))
_BURIED = Statement(
    lambda say: (
        update(JobRow)
        .where(*_MINE, _NEWEST)
        .values(lease_until=None, worker=None, due=None, dead_at=say.now_ms, last_error=_ERROR)
    )
)
_RENEWED = Statement(lambda say: update(JobRow).where(*_MINE).values(lease_until=say.now_ms + _SPAN))
_DEAD = Statement(
    select(*_JOB, col(JobRow.last_error))
    .where(col(JobRow.dead_at).is_not(None))
    .order_by(col(JobRow.dead_at))
)
_DUE_BY_LANE = Statement(
    lambda say: (
        select(col(JobRow.lane), func.count()).where(_ALIVE, say.now_ms >= _READY).group_by(col(JobRow.lane))
    )
)
_FORGET = Statement(lambda say: delete(HeartbeatRow).where(col(HeartbeatRow.at) < say.now_ms - _FORGET_MS))
_AGE = Statement(lambda say: select(say.now_ms - func.max(col(HeartbeatRow.at))))


def _beat(say: Spelling) -> Any:
    said = say.insert(HeartbeatRow).values(worker=given(col(HeartbeatRow.worker)), at=say.now_ms)
    said = said.on_conflict_do_update(index_elements=["worker"], set_={"at": said.excluded.at})
    return said.inline()


_BEAT = Statement(_beat)


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

    async def claim(
        self, lanes: Sequence[str], worker: str, lease: timedelta, leaving: Sequence[str] = ()
    ) -> Job | None:
        """Claim the job most overdue in these lanes, or one whose lease ran out; None when nothing is due.

        `leaving` are the keys of jobs that others should do.
        """
        self._rung.clear()
        asked = {"span_ms": _ms(lease), "worker": worker, **_by_number(lanes, leaving)}
        async with self._database.writing() as link:
            row = (await link.execute(_claim(len(lanes), len(leaving)), asked)).first()
        return _job(row) if row else None

    async def finish(self, job: Job) -> bool:
        """End a claimed job. False when newer work arrived (it is due again) or the claim was lost."""
        async with self._database.writing() as link:
            if (await link.execute(_DONE, _mine(job))).count:
                return True
            newer = await link.execute(_NEWER, _mine(job))
        if newer.count:
            self._rung.set()
        return False

    async def again(self, job: Job, after: timedelta, said: str | None = None) -> bool:
        """Let go of a claimed job that wants to run again later, with its attempts counted anew.

        `said` is kept as its last error. Work that was wanted meanwhile keeps its own due date when that is
        earlier. False when the claim was lost.
        """
        return await self._run(_AGAIN, job, after, said and said[:_LONGEST_ERROR])

    async def fail(self, job: Job, error: str, after: timedelta | None) -> bool:
        """Record a failed attempt; `after` is the backoff, None sends the job to the dead letters.

        Work that was wanted meanwhile is not buried with it: then the job is due again at once. False when
        that happened, or when the claim was lost.
        """
        said = error[:_LONGEST_ERROR]
        if after is not None:
            return await self._run(_FAILED, job, after, said)
        if not await self._run(_BURIED, job, said=said):
            await self._run(_AGAIN, job, said=said)
            return False
        return True

    async def renew(self, job: Job, lease: timedelta) -> bool:
        """Stretch the lease of a running job. False when the claim was lost."""
        return await self._run(_RENEWED, job, lease)

    async def seconds_to_next(self, lanes: Sequence[str], leaving: Sequence[str] = ()) -> float | None:
        """How long until something is due, or None; `leaving` as in `claim`."""
        statement, asked = _until_next(len(lanes), len(leaving)), _by_number(lanes, leaving)
        async with self._database.reading() as link:
            ms: int | None = (await link.execute(statement, asked)).value()
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
        async with self._database.reading() as link:
            found = await link.execute(_DEAD)
        return [DeadLetter(_job(row[:-1]), row[-1] or "") for row in found]

    async def due_by_lane(self) -> dict[str, int]:
        """How many jobs are due now and unclaimed, by lane; for the metrics."""
        async with self._database.reading() as link:
            return dict(await link.execute(_DUE_BY_LANE))

    async def beat(self, worker: str) -> None:
        """Say that this worker lives."""
        async with self._database.writing() as link:
            await link.later(_BEAT, {"worker": worker})
            await link.later(_FORGET)

    async def heartbeat_age(self) -> float | None:
        """Seconds since any worker last said so; None when none ever did."""
        async with self._database.reading() as link:
            ms: int | None = (await link.execute(_AGE)).value()
        return None if ms is None else max(ms / 1000, 0.0)

    async def _run(
        self, statement: Statement, job: Job, span: timedelta = timedelta(), said: str | None = None
    ) -> bool:
        asked = {**_mine(job), "span_ms": _ms(span), "last_error": said}
        async with self._database.writing() as link:
            return bool((await link.execute(statement, asked)).count)


def _mine(job: Job) -> dict[str, Any]:
    return {"id": job.id, "fence": job.fence, "wanted": job.wanted}


def _by_number(lanes: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    named = {"lane": lanes, "key": keys}
    return {f"{name}_{n}": one for name, every in named.items() for n, one in enumerate(every)}


def _ms(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)


def _job(row: Sequence[Any]) -> Job:
    number, key, kind, lane, payload, attempts, fence, wanted = row
    return Job(number, key, kind, lane, payload or {}, attempts, fence, wanted)
