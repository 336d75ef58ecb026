"""The ledger: entries wait in memory and are chained at commit, when the head's lock is held but briefly."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlmodel import col

from bot.domain.ledger import Entry, Head, Row
from bot.store.append import append, head
from bot.store.link import Link
from bot.store.statements import Answer, Statement, given
from bot.store.tables import LedgerRow

_COLUMNS = tuple(Row.model_fields)


def _rows() -> Select[Any]:
    return select(*(col(getattr(LedgerRow, name)) for name in _COLUMNS))


_MINE = col(LedgerRow.incident_id) == given(col(LedgerRow.incident_id))
_AFTER = col(LedgerRow.seq) > given(col(LedgerRow.seq), "after")
_LIMIT = given(col(LedgerRow.seq), "limit")
_HAS = Statement(select(col(LedgerRow.seq)).where(col(LedgerRow.id) == given(col(LedgerRow.id))))
_ALL = Statement(_rows().where(_AFTER).order_by(col(LedgerRow.seq)).limit(_LIMIT))
_OF = Statement(_rows().where(_AFTER, _MINE).order_by(col(LedgerRow.seq)).limit(_LIMIT))
_TAIL = Statement(_rows().where(_MINE).order_by(col(LedgerRow.seq).desc()).limit(_LIMIT))


class SqlLedger:
    """The append-only record."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        """Record something as part of this transaction; it gets its place in the chain at the commit."""
        self._entries.append(entry)

    async def has(self, entry_id: str) -> bool:
        """Whether an entry was committed, or was appended to this transaction."""
        if any(e.id == entry_id for e in self._entries):
            return True
        return (await self._link.execute(_HAS, {"id": entry_id})).first() is not None

    async def rows(self, *, incident_id: str | None = None, after: int = 0, limit: int = 1000) -> list[Row]:
        """Committed rows in order, after a sequence number."""
        given = {"after": after, "limit": limit, "incident_id": incident_id}
        return _read(await self._link.execute(_ALL if incident_id is None else _OF, given))

    async def tail(self, incident_id: str, limit: int) -> list[Row]:
        """The newest committed rows of an incident, newest first."""
        return _read(await self._link.execute(_TAIL, {"incident_id": incident_id, "limit": limit}))

    async def head(self) -> Head:
        """The committed end of the chain."""
        return await head(self._link)

    async def flush(self) -> None:
        """Chain what was appended; an entry whose id was committed before makes the commit raise Stale."""
        if self._entries:
            await append(self._link, self._entries)
            self._entries = []


def _read(found: Answer) -> list[Row]:
    return [Row.model_validate(dict(zip(_COLUMNS, row, strict=True))) for row in found]
