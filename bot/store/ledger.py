"""The ledger: entries wait in memory and are chained at commit, when the head's lock is held but briefly."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.ledger import Entry, Head, Row
from bot.store.append import append
from bot.store.tables import LedgerRow

_COLUMNS = tuple(Row.model_fields)
_HEAD = select(col(LedgerRow.seq), col(LedgerRow.hash)).order_by(col(LedgerRow.seq).desc()).limit(1)


class SqlLedger:
    """The append-only record."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        """Record something as part of this transaction; it gets its place in the chain at the commit."""
        self._entries.append(entry)

    async def has(self, entry_id: str) -> bool:
        """Whether an entry was committed, or was appended to this transaction."""
        if any(e.id == entry_id for e in self._entries):
            return True
        query = select(col(LedgerRow.seq)).where(col(LedgerRow.id) == entry_id)
        return (await self._connection.execute(query)).first() is not None

    async def rows(self, *, incident_id: str | None = None, after: int = 0, limit: int = 1000) -> list[Row]:
        """Committed rows in order, after a sequence number."""
        query = _rows().where(col(LedgerRow.seq) > after)
        if incident_id is not None:
            query = query.where(col(LedgerRow.incident_id) == incident_id)
        return await self._read(query.order_by(col(LedgerRow.seq)).limit(limit))

    async def tail(self, incident_id: str, limit: int) -> list[Row]:
        """The newest committed rows of an incident, newest first."""
        query = _rows().where(col(LedgerRow.incident_id) == incident_id)
        return await self._read(query.order_by(col(LedgerRow.seq).desc()).limit(limit))

    async def head(self) -> Head:
        """The committed end of the chain."""
        last = (await self._connection.execute(_HEAD)).first()
        return Head(seq=last[0], hash=last[1]) if last else Head()

    async def flush(self) -> None:
        """Chain what was appended. Raises Stale when an entry of the same id was committed before."""
        if self._entries:
            await append(self._connection, self._entries)
            self._entries = []

    async def _read(self, query: Select[Any]) -> list[Row]:
        found = await self._connection.execute(query)
        return [Row.model_validate(dict(zip(_COLUMNS, row, strict=True))) for row in found]


def _rows() -> Select[Any]:
    return select(*(col(getattr(LedgerRow, name)) for name in _COLUMNS))
