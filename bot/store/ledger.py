"""The ledger: entries wait in memory and are chained at commit, when the head's lock is held but briefly."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.ledger import Entry, Head, Row, chain
from bot.store.tables import LedgerHeadRow, LedgerRow

_COLUMNS = tuple(Row.model_fields)
_HEAD = select(col(LedgerRow.seq), col(LedgerRow.hash)).order_by(col(LedgerRow.seq).desc()).limit(1)
_LOCK = select(col(LedgerHeadRow.id)).with_for_update()
_INSERT = insert(LedgerRow)


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
        if not self._entries:
            return
        if self._connection.dialect.name != "sqlite":
            # SQLite has but one writer. PostgreSQL must look for the head in a statement of its own,
            # which sees what the holder of the lock before us has committed.
            await self._connection.execute(_LOCK)
        rows, _ = chain(await self.head(), self._entries)
        self._entries = []
        await self._connection.execute(_INSERT, [_columns(row) for row in rows])

    async def _read(self, query: Select[Any]) -> list[Row]:
        found = await self._connection.execute(query)
        return [Row.model_validate(dict(zip(_COLUMNS, row, strict=True))) for row in found]


def _rows() -> Select[Any]:
    return select(*(col(getattr(LedgerRow, name)) for name in _COLUMNS))


def _columns(row: Row) -> dict[str, Any]:
    return {**row.model_dump(mode="json"), "at": row.at}
