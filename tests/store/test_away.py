"""A database that is locked, gone or frozen is said to be so, in time for Slack's three seconds."""

# ruff: noqa: PT012 - a transaction fails at the end of its block or within it

from __future__ import annotations

import asyncio
import signal
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from bot.store import SqlQueue, SqlStore, open_database
from bot.usecases.ports import StoreAway
from tests.support.made import entry
from tests.support.postgres import Postgres, postgres

SLACK_WAITS = 3.0
KILL = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'breakwater'"


@contextmanager
def _in_time() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SLACK_WAITS


@pytest.fixture
async def file_store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    """As the web process has it: patient for 1.5 s."""
    database = open_database(sqlite_url)
    yield SqlStore(database)
    await database.close()


@contextmanager
def _locked(url: str) -> Iterator[None]:
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


async def _append(store: SqlStore, entry_id: str) -> None:
    async with store.write() as tx:
        tx.ledger.append(entry(entry_id))


async def _rows(store: SqlStore) -> list[str]:
    async with store.read() as tx:
        return [row.id for row in await tx.ledger.rows()]


async def test_a_locked_file_is_said_to_be_busy_in_time_to_all_who_wait(
    file_store: SqlStore, sqlite_url: str
) -> None:
    with _locked(sqlite_url), _in_time():
        answers = await asyncio.gather(
            *(_append(file_store, f"e_{n}") for n in range(5)), return_exceptions=True
        )
        assert [type(a) for a in answers] == [StoreAway] * 5
        assert "Nothing was done" in str(answers[0])
        assert await _rows(file_store) == []
    await _append(file_store, "e_9")
    assert await _rows(file_store) == ["e_9"]


async def test_a_lock_let_go_within_the_patience_is_waited_for(file_store: SqlStore, sqlite_url: str) -> None:
    with _locked(sqlite_url):
        waiting = asyncio.create_task(_append(file_store, "e_1"))
        await asyncio.sleep(0.3)
    await waiting
    assert await _rows(file_store) == ["e_1"]


async def test_a_writer_of_this_process_that_stays_too_long_makes_the_next_give_up(
    file_store: SqlStore,
) -> None:
    with _in_time():
        async with file_store.write() as tx:
            tx.ledger.append(entry("e_1"))
            with pytest.raises(StoreAway, match="busy"):
                await _append(file_store, "e_2")
    assert await _rows(file_store) == ["e_1"]


async def test_a_writer_that_is_cancelled_leaves_nothing_and_frees_its_turn(any_store: SqlStore) -> None:
    begun = asyncio.Event()

    async def stay() -> None:
        async with any_store.write() as tx:
            await tx.keepsakes.set_fact("epoch", "2")
            begun.set()
            await asyncio.Event().wait()

    staying = asyncio.create_task(stay())
    await begun.wait()
    staying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await staying
    await _append(any_store, "e_1")
    async with any_store.read() as tx:
        assert await tx.keepsakes.fact("epoch") is None


async def test_a_file_in_the_way_is_said_to_be_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "breakwater.db").mkdir()
    database = open_database(f"sqlite:///{tmp_path}/breakwater.db")
    with pytest.raises(StoreAway, match="unable to open database file"):
        await _append(SqlStore(database), "e_1")
    await database.close()
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:  # it says goodbye to this test's event loop
            await asyncio.to_thread(thread.join, 5)


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server to stop and to freeze."""
    with postgres() as server:
        yield server


@pytest.mark.real
async def test_a_row_locked_elsewhere_is_said_to_be_busy_in_time(postgres_url: str) -> None:
    database = open_database(postgres_url)
    async with await psycopg.AsyncConnection.connect(postgres_url) as other:
        await other.execute("SELECT id FROM ledger_head FOR UPDATE")
        with _in_time(), pytest.raises(StoreAway, match="busy"):
            await _append(SqlStore(database), "e_1")
    await _append(SqlStore(database), "e_2")
    await database.close()


@pytest.mark.real
async def test_connections_that_the_server_closed_meanwhile_are_not_used_again(
    postgres_url: str, postgres_server: Postgres
) -> None:
    database = open_database(postgres_url)
    store = SqlStore(database)
    await asyncio.gather(*(_append(store, f"e_{n}") for n in range(3)))
    assert postgres_server.ask(KILL, postgres_url) != []
    await asyncio.gather(*(_append(store, f"f_{n}") for n in range(3)))
    await database.close()


@pytest.mark.real
async def test_a_connection_lost_in_the_middle_leaves_nothing_half_done(
    postgres_url: str, postgres_server: Postgres
) -> None:
    database = open_database(postgres_url)
    store = SqlStore(database)
    with pytest.raises(StoreAway):
        async with store.write() as tx:
            await tx.keepsakes.set_fact("epoch", "2")
            tx.ledger.append(entry("e_1"))
            postgres_server.ask(KILL, postgres_url)
    async with store.read() as tx:
        assert await tx.keepsakes.fact("epoch") is None
        assert await tx.ledger.rows() == []
    await database.close()


@pytest.mark.real
async def test_a_stopped_server_is_said_to_be_gone_and_work_goes_on_when_it_is_back(
    own_server: Postgres,
) -> None:
    url = own_server.fresh()
    database = open_database(url)
    store, queue = SqlStore(database), SqlQueue(database)
    await _append(store, "e_1")
    own_server.halt()
    with _in_time(), pytest.raises(StoreAway, match="cannot be reached"):
        await _append(store, "e_2")
    with _in_time(), pytest.raises(StoreAway):
        await _rows(store)
    with _in_time(), pytest.raises(StoreAway):
        await queue.claim(["views"], "w", timedelta(seconds=1))
    own_server.start_again()
    await _append(store, "e_3")
    assert await _rows(store) == ["e_1", "e_3"]
    await queue.close()
    await database.close()


@pytest.mark.real
async def test_a_frozen_server_is_given_up_in_time(own_server: Postgres) -> None:
    """It keeps its sockets open and never answers: neither connecting nor asking may wait for it."""
    url = own_server.fresh()
    database = open_database(url)
    store = SqlStore(database)
    await _append(store, "e_1")
    main = psutil.Process(own_server.pid)
    frozen = [main, *main.children(recursive=True)]
    for process in frozen:
        process.send_signal(signal.SIGSTOP)
    try:
        for number in (2, 3):  # a connection we had, and one that we would have to make
            with _in_time(), pytest.raises(StoreAway, match="cannot be reached"):
                await _append(store, f"e_{number}")
    finally:
        for process in frozen:
            process.send_signal(signal.SIGCONT)
    await _append(store, "e_4")
    assert (await _rows(store))[-1] == "e_4"
    await database.close()


async def test_whenever_a_writer_is_cancelled_all_or_nothing_stands_and_the_next_can_write(
    any_store: SqlStore,
) -> None:
    for turns in range(60):
        writing = asyncio.create_task(_append(any_store, f"e_{turns}"))
        reading = asyncio.create_task(_rows(any_store))
        for _ in range(turns):
            await asyncio.sleep(0)
        writing.cancel()
        reading.cancel()
        await asyncio.wait({writing, reading})
        async with asyncio.timeout(5):
            await _append(any_store, f"f_{turns}")
            rows = await _rows(any_store)
        assert writing.cancelled() or f"e_{turns}" in rows
        assert rows[-1] == f"f_{turns}"
