"""The ledger: entries wait in memory and are chained at commit, when the head's lock is held but briefly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
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


@cache
def _tail(kinds: tuple[str, ...], narrowed: frozenset[str]) -> Statement:
    """The newest rows of an incident: of these kinds, and narrowed down by what is named."""
    by = {
        "before": col(LedgerRow.seq) < given(col(LedgerRow.seq), "before"),
        "actor": col(LedgerRow.actor) == given(col(LedgerRow.actor)),
        "since": col(LedgerRow.at) >= given(col(LedgerRow.at), "since"),
    }
    query = _rows().where(_MINE, *(clause for name, clause in by.items() if name in narrowed))
    if kinds:
        query = query.where(or_(*(_of_kind(kind) for kind in kinds)))
    return Statement(query.order_by(col(LedgerRow.seq).desc()).limit(_LIMIT))


def _of_kind(kind: str) -> ColumnElement[bool]:
    """One kind, or with a dot at its end all that begin so."""
    if kind.endswith("."):
        return func.substr(col(LedgerRow.kind), 1, len(kind)) == kind
    return col(LedgerRow.kind) == kind


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

    async def by_id(self, entry_ids: Iterable[str]) -> dict[str, Row]:
        """Committed rows by their entry's id; what is not there is left out."""
        wanted = sorted(set(entry_ids))
        query = _rows().where(col(LedgerRow.id).in_(wanted))
        return {row.id: row for row in _read(await self._link.execute(query))} if wanted else {}

    async def tail(
        self,
        incident_id: str,
        limit: int,
        *,
        before: int | None = None,
        kinds: Sequence[str] = (),
        actor: str = "",
        since: datetime | None = None,
    ) -> list[Row]:
        """The newest committed rows of an incident, newest first, narrowed down on demand."""
        asked = {"before": before, "actor": actor or None, "since": since}
        narrowed = {name: value for name, value in asked.items() if value is not None}
        statement = _tail(tuple(kinds), frozenset(narrowed))
        return _read(
            await self._link.execute(statement, {"incident_id": incident_id, "limit": limit, **narrowed})
        )

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
