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
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import psycopg
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
_WORTH_A_CALL = 0.1  # seconds spent queueing before SQLite is told to be less patient
_GRACE = 1.0  # seconds a transaction may take beyond the wait for its locks
_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
_HAS_IT = "the ledger has this entry already"  # what SQLite's guard says, before the constraint could
_NO_TABLE = "42P01"
_BUSY_STATES = {"55P03", "40P01", "57014"}  # a lock not given in time, a deadlock, a statement out of time
_AWAY = (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError)
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
        until = self._until()
        async with self._my_turn(), self._transaction(self._engines.write, until) as connection:
            yield connection
            await _commit(connection)

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A view of one moment that cannot write. Raises StoreAway and StoreError."""
        return self._transaction(self._engines.read, self._until())

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
            # Python 3.11's wait_for would swallow a cancellation that comes just then.
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreAway(_LOCKED) from None
        try:
            yield
        finally:
            self._turn.release()

    def _until(self) -> float:
        return asyncio.get_running_loop().time() + self._patience

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine, until: float) -> AsyncIterator[AsyncConnection]:
        connection = await self._connect(engine, until)
        dog = Watchdog(connection, until + _GRACE)
        try:
            await _begin(connection)
            with _said():
                yield connection
        except Exception:
            await _roll_back(connection)
            raise
        except BaseException:
            await _discard(connection)
            raise
        else:
            await connection.close()
        finally:
            dog.call_off()

    async def _connect(self, engine: AsyncEngine, until: float) -> AsyncConnection:
        connection = engine.connect()
        left = max(until - asyncio.get_running_loop().time(), 0.05)
        try:
            # SQLite's driver opens a file in a thread that no cancellation reaches.
            async with asyncio.timeout(None if self.is_sqlite else left):
                await connection.start()
        except (exc.DBAPIError, exc.TimeoutError, sqlite3.Error, OSError) as error:
            raise StoreAway(_GONE) from error
        if self.is_sqlite and self._patience - left > _WORTH_A_CALL:
            await connection.execution_options(patience_ms=int(left * 1000))
        return connection


class Watchdog:
    """Shuts a PostgreSQL connection's socket when its transaction outlives its time."""

    def __init__(self, connection: AsyncConnection, until: float) -> None:
        self._timer: asyncio.TimerHandle | None = None
        raw = connection.sync_connection.connection.driver_connection if connection.sync_connection else None
        pgconn = getattr(raw, "pgconn", None)
        if pgconn is not None:
            self._timer = asyncio.get_running_loop().call_at(until, _shut, pgconn.socket)

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
    except (exc.DBAPIError, sqlite3.Error, psycopg.Error) as error:
        orig = error.orig if isinstance(error, exc.DBAPIError) else error
        told = _told(orig, committing=committing)
        if told is None:
            raise
        raise told from error


def _told(error: BaseException | None, *, committing: bool) -> Exception | None:
    state = getattr(error, "sqlstate", None)
    twice = getattr(error, "sqlite_errorcode", None) in _UNIQUE or _HAS_IT in str(error)
    if state == _UNIQUE_STATE or twice:
        return Stale("Somebody else was first: this has been recorded already. Look again.")
    if state == _NO_TABLE or "no such table" in str(error):
        return StoreError(_NOT_MIGRATED)
    if not isinstance(error, _AWAY):
        return None
    if state in _BUSY_STATES or "locked" in str(error):
        return StoreAway(_LOCKED)
    return StoreAway(_IN_DOUBT if committing else _GONE)


async def _begin(connection: AsyncConnection) -> None:
    try:
        with _said():
            await connection.begin()
    except BaseException:
        await _discard(connection)
        raise


async def _commit(connection: AsyncConnection) -> None:
    try:
        with _said(committing=True):
            await connection.commit()
    except BaseException:
        await _discard(connection)
        raise


async def _roll_back(connection: AsyncConnection) -> None:
    try:
        await asyncio.shield(asyncio.ensure_future(connection.close()))
    except exc.DBAPIError:
        await _discard(connection)


async def _discard(connection: AsyncConnection) -> None:
    """Give a connection up for good.

    Interrupted, or failing at its beginning or end, it may have a transaction open that nobody knows of.
    """

    async def discard() -> None:
        with suppress(exc.DBAPIError):
            await connection.invalidate()
        await connection.close()

    if not connection.closed:
        await asyncio.shield(asyncio.ensure_future(discard()))
