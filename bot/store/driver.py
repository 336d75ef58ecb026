"""aiosqlite that uses its thread only where SQLite may wait: for a lock, and for the disk at a commit.

Within a transaction that has its lock, or its view, a statement takes microseconds and waits for nothing; a
call of the thread is a wake-up there and one here, each behind whoever holds the interpreter, and costs far
more than the statement. What was asked is read to its end and closed at once, so that an interruption leaves
no statement behind that would keep the connection's locks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite

Row = tuple[Any, ...]
Description = tuple[tuple[Any, ...], ...] | None


BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY = 0xFF  # the low byte of SQLite's extended result codes


class Connection(aiosqlite.Connection):
    """One SQLite file; `begin` before anything else that reads or writes."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: sqlite3.connect(path, check_same_thread=False), iter_chunk_size=64)
        self._thread.daemon = True  # an interpreter that ends must not wait for it

    async def begin(self, statement: str, patience_ms: int) -> None:
        """Begin and take the lock, or the view, at once where that is possible, else waiting in the thread."""
        try:
            _begin(self.bare, statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY not in BUSY:
                raise
            await self._execute(_begin_patiently, self.bare, statement, patience_ms)  # type: ignore[no-untyped-call] # aiosqlite leaves it bare

    @property
    def bare(self) -> sqlite3.Connection:
        """The connection itself, for what cannot wait. Raises ValueError when it is closed."""
        if not self._running:
            raise ValueError("Connection closed")
        return self._conn

    def fetch(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a statement of a transaction that has begun, and fetch everything it gives."""
        cursor = self.bare.execute(statement, parameters)
        try:
            return cursor.fetchall()
        finally:
            cursor.close()

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
        cursor = self._connection.bare.cursor()
        try:
            ask(cursor)
            self._rows = cursor.fetchall() if cursor.description else ()
            self.description, self.rowcount = cursor.description, cursor.rowcount
            self.lastrowid = cursor.lastrowid
        finally:
            cursor.close()
        return self


def _begin(bare: sqlite3.Connection, statement: str) -> None:
    bare.execute(statement).close()
    try:
        # A plain BEGIN takes its view only at the first read, which is when it may have to wait.
        bare.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    except sqlite3.Error:
        bare.rollback()
        raise


def _begin_patiently(bare: sqlite3.Connection, statement: str, patience_ms: int) -> None:
    bare.execute(f"PRAGMA busy_timeout = {patience_ms}").close()
    try:
        _begin(bare, statement)
    finally:
        bare.execute("PRAGMA busy_timeout = 0").close()
