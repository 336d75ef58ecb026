"""Samples of signals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot.domain.signal import Sample
from bot.store.tables import SampleRow
from bot.store.upsert import upsert

Columns = Select[str, str, datetime, datetime]
_BATCH = 500  # rows in one statement; SQLite takes 32,766 parameters


class SqlSamples:
    """Samples, by signal and moment."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, samples: Iterable[Sample]) -> int:
        """Keep samples; the same signal at the same moment once. Returns how many were new."""
        rows = [
            {"signal": s.signal, "at": s.at, "value": str(s.value), "received_at": s.received_at}
            for s in samples
        ]
        new = 0
        for start in range(0, len(rows), _BATCH):
            statement = upsert(self._connection, SampleRow).values(rows[start : start + _BATCH])
            statement = statement.on_conflict_do_nothing().returning(col(SampleRow.signal))
            new += len((await self._connection.execute(statement)).all())
        return new

    async def last(self) -> dict[str, Sample]:
        """The newest sample of each signal."""
        return {s.signal: s for s in await self._read(_newest_of_each())}

    async def since(self, signals: Iterable[str], start: datetime) -> dict[str, tuple[Sample, ...]]:
        """Samples from a moment on, with the last one before it, oldest first; empty where there are none."""
        found: dict[str, tuple[Sample, ...]] = {}
        for signal in signals:
            mine = col(SampleRow.signal) == signal
            before = select(func.max(col(SampleRow.at))).where(mine, col(SampleRow.at) < start)
            begin = func.coalesce(before.scalar_subquery(), start)
            query = _columns().where(mine, col(SampleRow.at) >= begin).order_by(col(SampleRow.at))
            found[signal] = tuple(await self._read(query))
        return found

    async def prune(self, before: datetime) -> None:
        """Forget samples older than that."""
        await self._connection.execute(delete(SampleRow).where(col(SampleRow.at) < before))

    async def _read(self, query: Columns) -> list[Sample]:
        found = await self._connection.execute(query)
        return [Sample(signal=s, value=Decimal(v), at=at, received_at=r) for s, v, at, r in found]


def _columns() -> Columns:
    return select(col(SampleRow.signal), col(SampleRow.value), col(SampleRow.at), col(SampleRow.received_at))


@cache
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
