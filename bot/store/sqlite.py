"""SQLite: one connection that writes, several that read, and a thread only where SQLite may wait.

It waits for its lock at the beginning of a transaction and for the disk at the commit; in between a statement
takes microseconds and waits for nothing. A call of a thread is a wake-up there and one here, each behind
whoever holds the interpreter, and costs far more than the statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiosqlite

from bot.store.link import NOTHING, Asked, ready
from bot.store.statements import Answer, Given

_PRIMARY = 0xFF  # the low byte of SQLite's extended result codes
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_OPENING_MS = 5000  # to wait for another process that makes the file
# Recursive triggers also stop a REPLACE that our own guards did not foresee.
PRAGMAS = ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "recursive_triggers = on")


class SqliteLink:
    """One connection. Made by `SqliteLinks`."""

    is_sqlite = True

    def __init__(self, own: aiosqlite.Connection, *, writes: bool) -> None:
        self.own = own
        self.writes = writes

    async def begin(self, seconds: float) -> None:
        """Begin and take the lock, or the view: at once where that is possible, else waiting for so long."""
        statement = "BEGIN IMMEDIATE" if self.writes else "BEGIN"
        try:
            _begin(self._bare, statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY not in _BUSY:
                raise
            await self._in_thread(_begin_patiently, self._bare, statement, int(seconds * 1000))

    async def execute(self, statement: Asked, given: Given = NOTHING) -> Answer:
        """Run a statement and fetch everything it gives."""
        told = ready(statement, sqlite=True)
        cursor = self._bare.execute(told.text, told.parameters(given))
        try:
            return Answer(told.read(cursor.fetchall()) if cursor.description else [], cursor.rowcount)
        finally:
            cursor.close()

    async def later(self, statement: Asked, given: Given = NOTHING) -> None:
        """Run a statement nobody needs the answer of."""
        await self.execute(statement, given)

    async def later_many(self, statement: Asked, rows: Sequence[Given]) -> None:
        """Run a statement for each set of parameters."""
        told = ready(statement, sqlite=True)
        self._bare.executemany(told.text, [told.parameters(given) for given in rows]).close()

    async def commit(self) -> None:
        """Make it last; this waits for the disk."""
        await self._in_thread(self._bare.commit)

    async def rollback(self) -> None:
        """Undo what was not committed. An interrupted call of the thread comes to its end first."""
        self._bare.rollback()

    async def discard(self) -> None:
        """Give the connection up, with whatever is going on; its lock is free once the thread has ended.

        SQLite closes a connection, and lets go of its locks, only once none of its statements is open any
        more: what somebody left open would hold them until the garbage collector comes round.
        """
        with suppress(sqlite3.Error, ValueError):
            await self.own.rollback()
        if (ended := self.own.stop()) is not None:
            await ended

    def give_up_at(self, moment: float) -> None:
        """Nothing to do: SQLite's own patience ends its waits."""

    def call_off(self) -> None:
        """The same."""

    @property
    def _bare(self) -> sqlite3.Connection:
        return self.own._conn  # noqa: SLF001 - aiosqlite reaches it through its thread alone

    async def _in_thread(self, work: Any, *given: Any) -> None:
        await self.own._execute(work, *given)  # type: ignore[no-untyped-call] # noqa: SLF001 - the way its own methods take


class SqliteLinks:
    """The connections of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: dict[bool, list[SqliteLink]] = {True: [], False: []}

    async def take(self, *, writes: bool, seconds: float) -> SqliteLink:  # noqa: ARG002 - a file opens at once or not at all
        """A connection that nobody else uses meanwhile. Raises sqlite3.Error."""
        if self._idle[writes]:
            return self._idle[writes].pop()
        own = aiosqlite.Connection(lambda: _opened(self._path, writes=writes), iter_chunk_size=64)
        own._thread.daemon = True  # noqa: SLF001 - an interpreter that ends must not wait for it
        return SqliteLink(await own, writes=writes)

    def give_back(self, link: SqliteLink) -> None:
        """Keep a connection without a transaction for the next who asks."""
        self._idle[link.writes].append(link)

    def let_go(self, link: SqliteLink) -> None:
        """A connection was discarded."""

    async def close(self) -> None:
        """Close every connection."""
        links = [link for kind in self._idle.values() for link in kind]
        self._idle = {True: [], False: []}
        await asyncio.gather(*(link.own.close() for link in links))


def _opened(path: Path, *, writes: bool) -> sqlite3.Connection:
    bare = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (f"busy_timeout = {_OPENING_MS}", *PRAGMAS, *(() if writes else ("query_only = on",))):
        bare.execute(f"PRAGMA {pragma}").close()
    bare.execute("PRAGMA busy_timeout = 0").close()
    return bare


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
