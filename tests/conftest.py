"""What every test may ask for: both databases, a clock that stands, ids that count, and no network.

`any_url`, `any_database` and `any_store` run a test twice, on SQLite and on PostgreSQL; `sqlite_url` and
`postgres_url` give one of them. Every test has a database of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

from bot.store import Database, SqlQueue, SqlStore, open_database
from bot.store.migrations import migrate
from tests.support.clock import FakeClock, SerialIds
from tests.support.databases import KINDS, sqlite_file
from tests.support.postgres import Postgres, postgres


def pytest_runtest_setup() -> None:
    """Nothing but this machine can be reached."""
    socket_allow_hosts(["127.0.0.0/8", "::1"], allow_unix_socket=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ids() -> SerialIds:
    return SerialIds()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for the whole test process."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    made = tmp_path_factory.mktemp("template") / "breakwater.db"
    migrate(f"sqlite:///{made}")
    return made


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return sqlite_file(sqlite_template, tmp_path)


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=[KINDS[0], pytest.param(KINDS[1], marks=pytest.mark.real)])
def any_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of either kind; its URL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == KINDS[0] else "postgres_url")
    return url


@pytest.fixture
async def any_database(any_url: str) -> AsyncIterator[Database]:
    database = open_database(any_url, patience=timedelta(seconds=10))
    yield database
    await database.close()


@pytest.fixture
def any_store(any_database: Database) -> SqlStore:
    return SqlStore(any_database)


@pytest.fixture
async def any_queue(any_database: Database) -> AsyncIterator[SqlQueue]:
    queue = SqlQueue(any_database)
    yield queue
    await queue.close()
