"""Appending to the ledger: this is the path every decision takes, and the head's lock is held but briefly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import col

from bot.domain.ledger import Entry, Head, Row, chain
from bot.store.link import Link
from bot.store.statements import Statement, given_all
from bot.store.tables import LedgerHeadRow, LedgerRow

_COLUMNS = tuple(Row.model_fields)
_LOCK = Statement(select(col(LedgerHeadRow.id)).with_for_update())
_HEAD = Statement(
    select(col(LedgerRow.seq), col(LedgerRow.hash)).order_by(col(LedgerRow.seq).desc()).limit(1)
)
_INSERT = Statement(insert(LedgerRow).values(given_all(LedgerRow, _COLUMNS)).inline())


async def head(link: Link) -> Head:
    """The end of the chain as this transaction sees it."""
    last = (await link.execute(_HEAD)).first()
    return Head(seq=last[0], hash=last[1]) if last else Head()


async def append(link: Link, entries: Sequence[Entry]) -> None:
    """Chain entries behind the head and write them; the head is ours until this transaction ends."""
    if not link.is_sqlite:  # whose writer is alone
        # A statement of its own: the next one sees what the holder of the lock before us has committed.
        await link.later(_LOCK)
    rows, _ = chain(await head(link), entries)
    await link.later_many(_INSERT, [_values(row) for row in rows])


def _values(row: Row) -> dict[str, Any]:
    return {**row.model_dump(mode="json"), "at": row.at, "written_at": row.written_at}
