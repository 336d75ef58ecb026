"""Samples of signals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot.domain.signal import Sample
from bot.store.link import Link
from bot.store.statements import Given, Spelling, Statement, given
from bot.store.tables import SampleRow

Columns = Select[str, str, datetime, datetime]
_NAMES = ("signal", "at", "value", "received_at")
_BATCH = 100  # rows in one statement


class SqlSamples:
    """Samples, by signal and moment."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, samples: Iterable[Sample]) -> int:
        """Keep samples; the same signal at the same moment once. Returns how many were new."""
        rows = [
            {"signal": s.signal, "at": s.at, "value": str(s.value), "received_at": s.received_at}
            for s in samples
        ]
        new = 0
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            numbered = {f"{name}_{n}": row[name] for n, row in enumerate(batch) for name in _NAMES}
            new += len((await self._link.execute(_add(len(batch)), numbered)).rows)
        return new

    async def last(self) -> dict[str, Sample]:
        """The newest sample of each signal."""
        return {s.signal: s for s in await self._read(_NEWEST)}

    async def since(self, signals: Iterable[str], start: datetime) -> dict[str, tuple[Sample, ...]]:
        """Samples from a moment on, with the last one before it, oldest first; empty where there are none."""
        return {
            signal: tuple(await self._read(_SINCE, {"signal": signal, "start": start})) for signal in signals
        }

    async def prune(self, before: datetime) -> None:
        """Forget samples older than that."""
        await self._link.later(_PRUNE, {"before": before})

    async def _read(self, query: Statement, where: Given | None = None) -> list[Sample]:
        found = await self._link.execute(query, where or {})
        return [Sample(signal=s, value=Decimal(v), at=at, received_at=r) for s, v, at, r in found]


def _columns() -> Columns:
    return select(col(SampleRow.signal), col(SampleRow.value), col(SampleRow.at), col(SampleRow.received_at))


def _since() -> Columns:
    mine = col(SampleRow.signal) == given(col(SampleRow.signal))
    start = given(col(SampleRow.at), "start")
    before = select(func.max(col(SampleRow.at))).where(mine, col(SampleRow.at) < start)
    begin = func.coalesce(before.scalar_subquery(), start)
    return _columns().where(mine, col(SampleRow.at) >= begin).order_by(col(SampleRow.at))


@cache
def _add(count: int) -> Statement:
    """So many samples in one statement, which says which of them are new."""

    def built(say: Spelling) -> Any:
        rows = [
            {name: given(col(getattr(SampleRow, name)), f"{name}_{n}") for name in _NAMES}
            for n in range(count)
        ]
        new = say.insert(SampleRow).values(rows)
        return new.on_conflict_do_nothing().returning(col(SampleRow.signal))

    return Statement(built)


def _newest_of_each() -> Columns:
    """Hop from signal to signal through the key's index: neither database would skip through it unasked."""
    hops = select(func.min(col(SampleRow.signal)).label("signal")).cte("signals", recursive=True)
    later = aliased(SampleRow)
    hop = select(func.min(col(later.signal))).where(col(later.signal) > hops.c.signal).scalar_subquery()
    hops = hops.union_all(select(hop).where(hops.c.signal.is_not(None)))
    any_of = aliased(SampleRow)
    newest = select(func.max(col(any_of.at))).where(col(any_of.signal) == hops.c.signal)
    here = (col(SampleRow.signal) == hops.c.signal) & (
        col(SampleRow.at) == newest.correlate(hops).scalar_subquery()
    )
    return _columns().select_from(hops).join(SampleRow, here)


_NEWEST = Statement(lambda _: _newest_of_each())
_SINCE = Statement(_since())
_PRUNE = Statement(delete(SampleRow).where(col(SampleRow.at) < given(col(SampleRow.at), "before")))
