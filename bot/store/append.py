"""Appending to the ledger in as few words as the drivers allow: this is the path every decision takes.

SQLAlchemy spends four calls of SQLite's driver thread on a statement and waits for each of PostgreSQL's
answers; the drivers themselves need one, and one for several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ledger import Entry, Head, Row, chain
from bot.store import driver

_COLUMNS = tuple(Row.model_fields)
_HEAD = "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1"
_INSERT = f"INSERT INTO ledger ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 - the names of our own fields
_BATCH = 500


async def append(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Chain entries behind the head and write them; the head is ours until this transaction ends."""
    raw = await connection.get_raw_connection()
    if connection.dialect.name == "sqlite":
        _append_sqlite(cast("driver.Connection", raw.driver_connection), entries)
    else:
        await _append_postgres(cast("psycopg.AsyncConnection[Any]", raw.driver_connection), entries)


def _append_sqlite(own: driver.Connection, entries: Sequence[Entry]) -> None:
    rows, _ = chain(_head(own.fetch(_HEAD)), entries)
    for sql, values in _inserts(rows, "?", lambda row: row.at.strftime("%Y-%m-%d %H:%M:%S.%f")):
        own.fetch(sql, values)


async def _append_postgres(own: psycopg.AsyncConnection[Any], entries: Sequence[Entry]) -> None:
    async with own.pipeline():
        # The second statement sees what the holder of the lock before us has committed.
        await own.execute("SELECT id FROM ledger_head FOR UPDATE")
        last = await own.execute(_HEAD)
    rows, _ = chain(_head(await last.fetchall()), entries)
    for sql, values in _inserts(rows, "%s", lambda row: row.at):
        await own.execute(sql, values)


def _head(found: Sequence[Any]) -> Head:
    return Head(seq=found[0][0], hash=found[0][1]) if found else Head()


def _inserts(rows: Sequence[Row], mark: str, moment: Callable[[Row], Any]) -> list[tuple[str, list[Any]]]:
    one = f"({', '.join(mark for _ in _COLUMNS)})"
    batches = [rows[i : i + _BATCH] for i in range(0, len(rows), _BATCH)]
    return [
        (_INSERT + ", ".join(one for _ in batch), [v for row in batch for v in _values(row, moment(row))])
        for batch in batches
    ]


def _values(row: Row, at: Any) -> list[Any]:
    body = row.model_dump(mode="json")
    body |= {"at": at, "data": json.dumps(body["data"])}
    return [body[name] for name in _COLUMNS]
