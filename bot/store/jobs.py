"""Work asked for in the transaction it follows from.

Asking waits for the commit: then all job rows are written in order of key, after incident and controls and
before the ledger's head, so that two transactions that ask for the same work never wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, bindparam, case, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.store.columns import database_ms
from bot.store.tables import JobRow
from bot.store.upsert import insert_for
from bot.usecases.ports.errors import LeaseLost
from bot.usecases.ports.rows import Job

_NOTIFY = select(func.pg_notify("breakwater_jobs", ""))


@dataclass(frozen=True, slots=True)
class _Want:
    key: str
    kind: str
    lane: str
    due: int | None
    payload: Mapping[str, Any] | None
    move: bool

    def after(self, earlier: _Want | None) -> _Want:
        """Both at once; a due date of None is now, and so the earliest."""
        if earlier is None:
            return self
        due = self.due
        if not self.move:
            due = None if None in (self.due, earlier.due) else min(self.due or 0, earlier.due or 0)
        payload = self.payload if self.payload is not None else earlier.payload
        return _Want(self.key, self.kind, self.lane, due, payload, self.move or earlier.move)


class SqlJobs:
    """Durable work, asked for and taken back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._wants: dict[str, _Want] = {}
        self._cancelled: set[str] = set()
        self._held: dict[str, Job] = {}

    async def want(
        self,
        key: str,
        kind: str,
        lane: str,
        *,
        due: datetime | None = None,
        payload: Mapping[str, Any] | None = None,
        move: bool = False,
    ) -> None:
        """Raise a job's `wanted`, never losing a wake-up; `due` is wall time, now when None.

        An earlier due date wins, unless `move` says that this one replaces it. A payload of None keeps the
        one there is. A dead letter is brought back to life.
        """
        moment = None if due is None else int(due.timestamp() * 1000)
        new = _Want(key, kind, lane, moment, payload, move)
        self._wants[key] = new.after(self._wants.get(key))

    async def cancel(self, *keys: str) -> None:
        """Take jobs back that have not been claimed."""
        for key in keys:
            self._wants.pop(key, None)
            self._cancelled.add(key)

    async def cancel_prefix(self, prefix: str) -> None:
        """Take all unclaimed jobs back whose key begins so."""
        begins = func.substr(col(JobRow.key), 1, len(prefix)) == prefix
        found = (await self._connection.execute(select(col(JobRow.key)).where(begins))).scalars()
        await self.cancel(*found, *(key for key in self._wants if key.startswith(prefix)))

    async def hold_fast(self, job: Job) -> None:
        """Check the fence now, and once more under the row's lock at the commit. Raises LeaseLost."""
        await self._check(job, lock=False)
        self._held[job.key] = job

    async def flush(self) -> bool:
        """Write what was asked, in order of key; returns whether workers should wake."""
        run: list[_Want] = []
        for key in sorted(self._held.keys() | self._cancelled | self._wants.keys()):
            if key in self._held or key in self._cancelled:
                await self._upsert(run)
                run = []
            if key in self._held:
                await self._check(self._held[key], lock=True)
            if key in self._cancelled:
                await self._delete(key)
            if key in self._wants:
                run.append(self._wants[key])
        await self._upsert(run)
        if self._wants and not self._sqlite:
            await self._connection.execute(_NOTIFY)
        return bool(self._wants)

    async def _check(self, job: Job, *, lock: bool) -> None:
        query = select(col(JobRow.fence)).where(col(JobRow.id) == job.id)
        query = query.with_for_update() if lock else query
        if (await self._connection.execute(query)).scalar_one_or_none() != job.fence:
            raise LeaseLost(f"another worker has taken {job.key}")

    async def _delete(self, key: str) -> None:
        await self._connection.execute(
            delete(JobRow).where(
                col(JobRow.key) == key, col(JobRow.lease_until).is_(None), col(JobRow.dead_at).is_(None)
            )
        )

    async def _upsert(self, wants: list[_Want]) -> None:
        if not wants:
            return
        rows = [
            {
                "w_key": w.key,
                "w_kind": w.kind,
                "w_lane": w.lane,
                "w_due": w.due,
                "w_payload": None if w.payload is None else dict(w.payload),
                "w_move": w.move,
            }
            for w in wants
        ]
        await self._connection.execute(_raise_wanted(sqlite=self._sqlite), rows)


@cache
def _raise_wanted(*, sqlite: bool) -> Any:
    """The upsert; built once, for building it costs more than running it."""
    due = func.coalesce(bindparam("w_due", type_=BigInteger), database_ms(sqlite=sqlite))
    new = insert_for(JobRow, sqlite=sqlite).values(
        key=bindparam("w_key"),
        kind=bindparam("w_kind"),
        lane=bindparam("w_lane"),
        payload=bindparam("w_payload"),
        due=due,
        wanted=1,
        seen=0,
        attempts=0,
        fence=0,
    )
    known = col(JobRow.due)
    sooner = or_(known.is_(None), new.excluded.due < known, bindparam("w_move", type_=Boolean))
    return new.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "kind": new.excluded.kind,
            "lane": new.excluded.lane,
            "payload": func.coalesce(new.excluded.payload, col(JobRow.payload)),
            "due": case((sooner, new.excluded.due), else_=known),
            "wanted": col(JobRow.wanted) + 1,
            "attempts": case((col(JobRow.dead_at).is_(None), col(JobRow.attempts)), else_=0),
            "dead_at": None,
        },
    )
