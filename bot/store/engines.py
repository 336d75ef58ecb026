"""SQLAlchemy engines for both databases, from the URLs that operators write."""

from __future__ import annotations

import select
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store import driver

_FORMS = "write sqlite:///path/to/file.db or postgresql://user:password@host/name"


@dataclass(frozen=True, slots=True)
class Url:
    """Where the database is, in the words of either driver."""

    parsed: URL

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.parsed.get_backend_name() == "sqlite"

    @property
    def for_async(self) -> URL:
        """For the event loop."""
        return self.parsed.set(drivername="sqlite+aiosqlite" if self.is_sqlite else "postgresql+psycopg")

    @property
    def for_sync(self) -> URL:
        """For migrations, which run to their end before anything else starts."""
        return self.parsed.set(drivername="sqlite" if self.is_sqlite else "postgresql+psycopg")

    @property
    def for_libpq(self) -> str:
        """For a bare psycopg connection."""
        return self.parsed.set(drivername="postgresql").render_as_string(hide_password=False)


def parse_url(url: str) -> Url:
    """Read a database URL. Raises ValueError with a sentence that says what it should be."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise ValueError(f"this is no database URL; {_FORMS}") from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise ValueError(f"{backend} is not supported; {_FORMS}")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError(f"a database in memory would lose everything at a restart; {_FORMS}")
    return Url(parsed)


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine that writes and one that only reads; on PostgreSQL they share their connections."""

    write: AsyncEngine
    read: AsyncEngine

    @classmethod
    def to(cls, url: Url, patience: timedelta, pool: int) -> Engines:
        """Engines for a database, which need not answer yet."""
        return _sqlite(url, patience) if url.is_sqlite else _postgres(url, patience, pool)

    async def dispose(self) -> None:
        """Close every connection."""
        await self.write.dispose()
        await self.read.dispose()


def sync_engine(url: Url) -> Engine:
    """An engine for migrations and checks, patient for 30 s."""
    if not url.is_sqlite:
        return create_engine(url.for_sync, connect_args={"connect_timeout": 5})
    make_folder(url)
    engine = create_engine(url.for_sync)
    _prepare_sqlite(engine, 30_000, "BEGIN IMMEDIATE")
    return engine


def make_folder(url: Url) -> None:
    """Make the folder that a SQLite file lies in."""
    Path(url.parsed.database or "").expanduser().absolute().parent.mkdir(parents=True, exist_ok=True)


def _sqlite(url: Url, patience: timedelta) -> Engines:
    make_folder(url)
    # Every transaction ends in a commit or a rollback of its own; the pool's would cost a third of an append.
    path = Path(url.parsed.database or "").expanduser().absolute()
    shared: dict[str, Any] = {"async_creator": lambda: driver.Connection(path), "pool_reset_on_return": None}
    write = create_async_engine(url.for_async, pool_size=1, max_overflow=0, **shared)
    read = create_async_engine(url.for_async, pool_size=5, max_overflow=20, **shared)
    busy_ms = int(patience.total_seconds() * 1000)
    _prepare_sqlite(write.sync_engine, busy_ms, "BEGIN IMMEDIATE")
    _prepare_sqlite(read.sync_engine, busy_ms, "BEGIN", "query_only = on")
    return Engines(write, read)


def _prepare_sqlite(engine: Engine, busy_ms: int, begin: str, *pragmas: str) -> None:
    # Recursive triggers also stop a REPLACE that our own guards did not foresee.
    always = ["journal_mode = wal", "synchronous = full", "foreign_keys = on", "recursive_triggers = on"]

    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        at_rest = [] if isinstance(connection, sqlite3.Connection) else ["busy_timeout = 0"]
        for pragma in [f"busy_timeout = {busy_ms}", *always, *pragmas, *at_rest]:
            _say(connection, f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        """Begin explicitly; a writer that waited for its turn has only what is left of its patience."""
        raw: Any = connection.connection.dbapi_connection
        if isinstance(raw, sqlite3.Connection):
            _say(raw, begin)
            return
        left = connection.get_execution_options().get("patience_ms", busy_ms)
        raw.run_async(lambda own: own.begin(begin, left))

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    event.listen(engine, "invalidate", _end_transaction)


def _end_transaction(connection: Any, _record: Any, _error: Any) -> None:
    """Roll back what is given up in its midst.

    SQLite closes a connection, and lets go of its locks, only once none of its statements is open any more:
    what somebody left open would hold them until the garbage collector comes round.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.rollback()
        return
    with suppress(ValueError, sqlite3.ProgrammingError):  # it is closed already, or closes just now
        connection.run_async(lambda raw: raw.rollback())


def _say(connection: Any, statement: str) -> None:
    """Run a statement that answers nothing we need, through whichever driver this is."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute(statement).close()
    else:
        connection.run_async(lambda raw: raw.execute_fetchall(statement))


def _postgres(url: Url, patience: timedelta, pool: int) -> Engines:
    waits = int(patience.total_seconds() * 1000)
    settings = {
        "lock_timeout": waits,
        "statement_timeout": waits + 500,
        "idle_in_transaction_session_timeout": 60_000,
        "timezone": "UTC",
    }
    arguments: dict[str, Any] = {
        "connect_timeout": 5,
        "tcp_user_timeout": waits,
        "application_name": "breakwater",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    write = create_async_engine(
        url.for_async,
        connect_args=arguments,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=patience.total_seconds(),
        isolation_level="READ COMMITTED",
    )
    event.listen(write.sync_engine, "checkout", _refuse_the_dead)
    read = write.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(write, read)


def _refuse_the_dead(connection: Any, _record: Any, _proxy: Any) -> None:
    """A pooled connection that has something to read was closed by the server; this costs no round trip."""
    descriptor = connection.driver_connection.pgconn.socket
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("the server closed this connection")
