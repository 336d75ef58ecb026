"""On PostgreSQL a commit that wants work is heard in other processes, also after the connection broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.store import SqlStore, open_database
from bot.store.listener import Listener
from tests.support.postgres import Postgres

pytestmark = pytest.mark.real
_LISTENERS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[SqlStore]:
    database = open_database(postgres_url)
    yield SqlStore(database)
    await database.close()


async def _heard(rung: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await rung.wait()
    rung.clear()


async def _want(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.jobs.want("card:INC-1", "card", "views")


async def test_a_commit_is_heard_elsewhere(postgres_url: str, store: SqlStore) -> None:
    rung = asyncio.Event()
    listener = Listener(postgres_url, rung.set)
    listener.start()
    await _heard(rung)  # once, on beginning to listen
    await _want(store)
    await _heard(rung)
    await listener.close()


async def test_a_broken_connection_comes_back_and_rings_for_what_was_missed(
    postgres_url: str, postgres_server: Postgres, store: SqlStore
) -> None:
    rung = asyncio.Event()
    listener = Listener(postgres_url, rung.set, reconnect=0.05)
    listener.start()
    await _heard(rung)
    assert postgres_server.ask(_LISTENERS, postgres_url) == [(1,)]
    await _heard(rung)
    await _want(store)
    await _heard(rung)
    await listener.close()
