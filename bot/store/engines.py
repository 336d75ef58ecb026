"""Where the database is, from the URLs that operators write; and an engine for migrations and checks."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.store.sqlite import PRAGMAS

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


def sync_engine(url: Url) -> Engine:
    """An engine for migrations and checks, patient for 30 s."""
    if not url.is_sqlite:
        return create_engine(url.for_sync, connect_args={"connect_timeout": 5})
    make_folder(url)
    engine = create_engine(url.for_sync)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def make_folder(url: Url) -> None:
    """Make the folder that a SQLite file lies in."""
    Path(url.parsed.database or "").expanduser().absolute().parent.mkdir(parents=True, exist_ok=True)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout = 30000", *PRAGMAS):
        connection.execute(f"PRAGMA {pragma}").close()
