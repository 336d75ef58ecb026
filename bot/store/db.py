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
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import psycopg
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.engines import Engines, Url, parse_url
from bot.store.failures import GONE, LOCKED, told
from bot.store.turns import Turns
from bot.store.wakes import Wakes
from bot.usecases.ports.errors import StoreAway

WEB_PATIENCE: Final = timedelta(seconds=1.5)
WORKER_PATIENCE: Final = timedelta(seconds=30)
_WORTH_A_CALL = 0.1  # seconds spent queueing before SQLite is told to be less patient
_GRACE = 1.0  # seconds a transaction may take beyond the wait for its locks


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
        self._turns = Turns()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.is_sqlite

    @asynccontextmanager
    async def writing(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end of the block; `urgent` where a person waits for it.

        Raises StoreAway when the database is locked or gone, Stale when somebody else wrote the same unique
        row first, StoreError when it was never migrated.
        """
        until = self._until()
        async with self._my_turn(urgent=urgent), self._transaction(self._engines.write, until) as connection:
            yield connection
            await _commit(connection)

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A view of one moment that cannot write. Raises StoreAway and StoreError."""
        return self._transaction(self._engines.read, self._until())

    async def close(self) -> None:
        """Close every connection."""
        await self._engines.dispose()

    @asynccontextmanager
    async def _my_turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """SQLite lets writers of one process queue here, where waiting is fair and costs nothing."""
        if not self.is_sqlite:
            yield
            return
        try:
            # Python 3.11's wait_for would swallow a cancellation that comes just then.
            async with asyncio.timeout(self._patience):
                await self._turns.take(urgent=urgent)
        except TimeoutError:
            raise StoreAway(LOCKED) from None
        try:
            yield
        finally:
            self._turns.give_back()

    def _until(self) -> float:
        return asyncio.get_running_loop().time() + self._patience

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine, until: float) -> AsyncIterator[AsyncConnection]:
        connection = await self._connect(engine, until)
        dog = Watchdog(connection, until + _GRACE)
        try:
            await _begin(connection)
            with told():
                yield connection
        except exc.ResourceClosedError as error:
            # An answer without the rows that were asked for: whatever else it says, it is not to be believed.
            await _discard(connection)
            raise StoreAway(GONE) from error
        # Whatever the caller's block raised, its transaction must not be left open; the error goes on.
        except Exception:
            await _roll_back(connection)
            raise
        # A cancellation may have come in the middle of a statement: the connection is not to be trusted.
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
                with told():
                    await connection.start()
        except (exc.TimeoutError, OSError) as error:
            raise StoreAway(GONE) from error
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
            self._timer = asyncio.get_running_loop().call_at(until, _shut, pgconn)

    def call_off(self) -> None:
        """The transaction ended in time."""
        if self._timer is not None:
            self._timer.cancel()


def _shut(pgconn: Any) -> None:
    try:
        # Raises when it was closed meanwhile and its number may be another's.
        own = socket.socket(fileno=os.dup(pgconn.socket))
    except (OSError, psycopg.Error):
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


async def _begin(connection: AsyncConnection) -> None:
    try:
        with told():
            await connection.begin()
    # Interrupted here, nobody knows whether a transaction is open; the error goes on.
    except BaseException:
        await _discard(connection)
        raise


async def _commit(connection: AsyncConnection) -> None:
    try:
        with told(committing=True):
            await connection.commit()
    # The same at the end: what was not heard to commit must not linger; the error goes on.
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
        # aiosqlite waits for ever when a connection is closed a second time while its thread ends.
        with suppress(exc.DBAPIError, TimeoutError):
            async with asyncio.timeout(_GRACE):
                await connection.invalidate()
        await connection.close()

    if not connection.closed:
        await asyncio.shield(asyncio.ensure_future(discard()))
