"""Work asked for in the transaction it follows from.

Asking waits for the commit: then all job rows are written in order of key, after incident and controls and
before the ledger's head, so that two transactions that ask for the same work never wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, bindparam, case, delete, func, or_, select
from sqlmodel import col

from bot.store.link import Link
from bot.store.statements import Spelling, Statement, given, given_all
from bot.store.tables import JobRow
from bot.usecases.ports.errors import LeaseLost
from bot.usecases.ports.rows import Job

_NOTIFY = Statement(select(func.pg_notify("breakwater_jobs", "")))
_FENCE = select(col(JobRow.fence)).where(col(JobRow.id) == given(col(JobRow.id)))
_HELD = Statement(_FENCE)
_HELD_FAST = Statement(_FENCE.with_for_update())
_KEY = given(col(JobRow.key))
_CANCEL = Statement(
    delete(JobRow).where(
        col(JobRow.key) == _KEY, col(JobRow.lease_until).is_(None), col(JobRow.dead_at).is_(None)
    )
)
_BEGINNING = Statement(
    select(col(JobRow.key)).where(func.substr(col(JobRow.key), 1, func.length(_KEY)) == _KEY)
)


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

    def __init__(self, link: Link) -> None:
        self._link = link
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
        found = await self._link.execute(_BEGINNING, {"key": prefix})
        await self.cancel(*found.values(), *(key for key in self._wants if key.startswith(prefix)))

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
                await self._link.later(_CANCEL, {"key": key})
            if key in self._wants:
                run.append(self._wants[key])
        await self._upsert(run)
        if self._wants and not self._link.is_sqlite:
            await self._link.later(_NOTIFY)
        return bool(self._wants)

    async def _check(self, job: Job, *, lock: bool) -> None:
        found = await self._link.execute(_HELD_FAST if lock else _HELD, {"id": job.id})
        if found.value() != job.fence:
            raise LeaseLost(f"another worker has taken {job.key}")

    async def _upsert(self, wants: list[_Want]) -> None:
        if not wants:
            return
        rows = [
            {
                "key": w.key,
                "kind": w.kind,
                "lane": w.lane,
                "due": w.due,
                "payload": None if w.payload is None else dict(w.payload),
                "move": w.move,
            }
            for w in wants
        ]
        await self._link.later_many(_RAISE_WANTED, rows)


def _raise_wanted(say: Spelling) -> Any:
    new = say.insert(JobRow).values(
        **given_all(JobRow, ("key", "kind", "lane", "payload")),
        due=func.coalesce(given(col(JobRow.due)), say.now_ms),
        wanted=1,
        seen=0,
        attempts=0,
        fence=0,
    )
    known = col(JobRow.due)
    sooner = or_(known.is_(None), new.excluded.due < known, bindparam("move", type_=Boolean))
    changed = {
        "kind": new.excluded.kind,
        "lane": new.excluded.lane,
        "payload": func.coalesce(new.excluded.payload, col(JobRow.payload)),
        "due": case((sooner, new.excluded.due), else_=known),
        "wanted": col(JobRow.wanted) + 1,
        "attempts": case((col(JobRow.dead_at).is_(None), col(JobRow.attempts)), else_=0),
        "dead_at": None,
    }
    return new.on_conflict_do_update(index_elements=["key"], set_=changed).inline()


_RAISE_WANTED = Statement(_raise_wanted)
