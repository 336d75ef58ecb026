"""Opening the database: one engine that writes, one that reads, and one sentence when it is locked or gone.

Outside facts this rests on:
- SQLite takes its write lock at the first write of a deferred transaction and cannot wait for it there, so
  writers begin with BEGIN IMMEDIATE; readers have connections of their own that cannot write at all.
- A PostgreSQL that stopped answering without closing its sockets never times a statement out, and psycopg
  waits for such a statement even when it is cancelled: a watchdog shuts the socket instead.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.errors import Stale
from bot.store.engines import Engines, Url, parse_url
from bot.store.wakes import Wakes
from bot.usecases.ports.errors import StoreAway, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB_PATIENCE: Final = timedelta(seconds=1.5)
WORKER_PATIENCE: Final = timedelta(seconds=30)
_GRACE = 1.0  # seconds a transaction may take beyond the wait for its locks
_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
_NO_TABLE = "42P01"
_UNIQUE_STATE = "23505"


class Database:
    """One database as one process sees it.

    `patience` is how long to wait for a lock or a connection: 1.5 s where Slack waits for an answer, 30 s in
    workers. Close it before the event loop ends.
    """

    def __init__(self, engines: Engines, url: Url, patience: timedelta) -> None:
        self.url: Final = url
        self.wakes: Final = Wakes()
        self._engines = engines
        self._patience = patience.total_seconds()
        self._turn = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.is_sqlite

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes, for checks of the schema."""
        return self._engines.write

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end of the block.

        Raises StoreAway when the database is locked or gone, Stale when somebody else wrote the same unique
        row first, StoreError when it was never migrated.
        """
        started = asyncio.get_running_loop().time()
        async with self._my_turn():
            waited = asyncio.get_running_loop().time() - started
            async with self._transaction(self._engines.write, self._patience - waited) as connection:
                yield connection
                with _said(committing=True):
                    await connection.commit()

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A view of one moment that cannot write. Raises StoreAway and StoreError."""
        return self._transaction(self._engines.read, self._patience)

    async def close(self) -> None:
        """Close every connection."""
        await self._engines.dispose()

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        """SQLite lets writers of one process queue here, where waiting is fair and costs nothing."""
        if not self.is_sqlite:
            yield
            return
        try:
            await asyncio.wait_for(self._turn.acquire(), self._patience)
        except TimeoutError:
            raise StoreAway(_LOCKED) from None
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine, patience: float) -> AsyncIterator[AsyncConnection]:
        connection = await self._connect(engine, max(patience, 0.05))
        dog = Watchdog(connection, self._patience + _GRACE)
        try:
            with _said():
                yield connection
        finally:
            dog.call_off()
            await connection.close()

    async def _connect(self, engine: AsyncEngine, patience: float) -> AsyncConnection:
        connection = engine.connect()
        try:
            if self.is_sqlite:
                await connection.start()
                await connection.execution_options(patience_ms=int(patience * 1000))
            else:
                async with asyncio.timeout(patience):
                    await connection.start()
            with _said():
                await connection.begin()
        except BaseException as error:
            await connection.close()
            if isinstance(error, exc.DBAPIError | exc.TimeoutError | OSError):
                raise StoreAway(_GONE) from error
            raise
        return connection


class Watchdog:
    """Shuts a PostgreSQL connection's socket when its transaction outlives its time."""

    def __init__(self, connection: AsyncConnection, seconds: float) -> None:
        self._timer: asyncio.TimerHandle | None = None
        raw = connection.sync_connection.connection.driver_connection if connection.sync_connection else None
        pgconn = getattr(raw, "pgconn", None)
        if pgconn is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, _shut, pgconn.socket)

    def call_off(self) -> None:
        """The transaction ended in time."""
        if self._timer is not None:
            self._timer.cancel()


def _shut(descriptor: int) -> None:
    try:
        own = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return
    with own:
        try:
            own.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def open_database(url: str, *, patience: timedelta = WEB_PATIENCE, pool: int = 10) -> Database:
    """Open `sqlite:///path` or `postgresql://…` without connecting yet. Raises ValueError for other URLs."""
    parsed = parse_url(url)
    return Database(Engines.to(parsed, patience, pool), parsed, patience)


_LOCKED = "The database is busy: another process holds its lock. Nothing was done; try again in a moment."
_GONE = "The database cannot be reached. Nothing was done; try again in a moment."
_IN_DOUBT = (
    "The database was lost while it was recording this. It may or may not have been recorded: "
    "look before you repeat it."
)
_NOT_MIGRATED = "The database lacks a table; run `breakwater migrate`."


@contextmanager
def _said(*, committing: bool = False) -> Iterator[None]:
    """Turn what drivers raise into the store's own errors."""
    try:
        yield
    except exc.DBAPIError as error:
        told = _told(error, committing=committing)
        if told is None:
            raise
        raise told from error


def _told(error: exc.DBAPIError, *, committing: bool) -> Exception | None:
    state = getattr(error.orig, "sqlstate", None)
    code = getattr(error.orig, "sqlite_errorcode", None) or getattr(
        error.orig.__cause__ if error.orig else None, "sqlite_errorcode", None
    )
    if state == _UNIQUE_STATE or code in _UNIQUE:
        return Stale("Somebody else was first: this has been recorded already. Look again.")
    if state == _NO_TABLE or "no such table" in str(error.orig):
        return StoreError(_NOT_MIGRATED)
    if not isinstance(error, exc.OperationalError | exc.InterfaceError) and not error.connection_invalidated:
        return None
    if committing and error.connection_invalidated:
        return StoreAway(_IN_DOUBT)
    locked = "locked" in str(error.orig) or state in {"55P03", "40P01", "57014"}
    return StoreAway(_LOCKED if locked else _GONE)
