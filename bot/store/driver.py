"""aiosqlite with one call of its thread for a statement, where it takes four.

Each call is a wake-up of that thread and one of the event loop: with four for every statement they cost more
than the statements. What was asked is read to its end and closed in the same call, so that an interruption
leaves no statement behind that would keep the connection's locks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite

Row = tuple[Any, ...]
Description = tuple[tuple[Any, ...], ...] | None


class Connection(aiosqlite.Connection):
    """One SQLite file; `run` does something with the bare connection in its thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: sqlite3.connect(path), iter_chunk_size=64)
        self._thread.daemon = True  # an interpreter that ends must not wait for it

    async def run(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Do this in the thread and give back what it returns."""
        return await self._execute(work, self._conn)  # type: ignore[no-untyped-call] # aiosqlite leaves it bare

    def cursor(self) -> Cursor:  # type: ignore[override] # SQLAlchemy asks for no more than this one has
        """A cursor whose rows are all here once it has executed."""
        return Cursor(self)


class Cursor:
    """As much of aiosqlite's cursor as SQLAlchemy uses."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Row] = ()
        self.description: Description = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> Self:
        """Run a statement and fetch everything it gives."""
        return await self._do(lambda cursor: cursor.execute(statement, parameters))  # type: ignore[arg-type]

    async def executemany(self, statement: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement for each set of parameters."""
        return await self._do(lambda cursor: cursor.executemany(statement, parameters))  # type: ignore[arg-type]

    async def fetchall(self) -> Sequence[Row]:
        """The rows, which are here already."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""

    async def _do(self, ask: Callable[[sqlite3.Cursor], object]) -> Self:
        def at_once(raw: sqlite3.Connection) -> None:
            cursor = raw.cursor()
            try:
                ask(cursor)
                self._rows = cursor.fetchall() if cursor.description else ()
                self.description, self.rowcount = cursor.description, cursor.rowcount
                self.lastrowid = cursor.lastrowid
            finally:
                cursor.close()

        await self._connection.run(at_once)
        return self
