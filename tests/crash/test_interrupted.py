"""A task that is cancelled at any moment, and once more while it winds up, leaves the database usable."""

from __future__ import annotations

import asyncio
import gc
import random
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest

from bot.store import SqlQueue, SqlStore, open_database
from bot.store.sqlite import SqliteLink
from bot.usecases.ports import StoreAway
from tests.crash.world import LEASE, seeded
from tests.support.made import entry

ROUNDS = 40
HANDS = 6


@pytest.mark.timeout(40)
# Connections given up in the middle of opening or closing are left to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
# psycopg's own generators complain when they are collected after their connection was closed under them.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_interruptions_at_any_moment_neither_hang_nor_lock_the_database(any_url: str) -> None:
    database = open_database(any_url, patience=timedelta(seconds=10))
    queue = SqlQueue(database)
    await _interrupted(SqlStore(database), queue)
    await queue.close()
    await database.close()
    gc.collect()


async def _interrupted(store: SqlStore, queue: SqlQueue) -> None:
    numbers, rng = count(), seeded(3)

    async def write() -> None:
        async with store.write() as tx:
            tx.ledger.append(entry(f"entry_{next(numbers)}"))
            await tx.jobs.want(f"card:{rng.randrange(5)}", "card", "views")

    async def read() -> None:
        async with store.read() as tx:
            await tx.ledger.head()

    async def claim() -> None:
        job = await queue.claim(["views"], "worker", LEASE)
        if job is not None:
            await queue.finish(job)

    async def hand() -> None:
        for _ in range(ROUNDS):
            task = asyncio.create_task(rng.choice((write, read, claim))())
            await _interrupt(task, rng)
            with suppress(asyncio.CancelledError, StoreAway):
                await task

    await asyncio.gather(*(hand() for _ in range(HANDS)))
    async with asyncio.timeout(5):
        await write()
        await claim()
        await read()


async def _interrupt(task: asyncio.Task[None], rng: random.Random) -> None:
    for _ in range(rng.randrange(3)):
        await asyncio.sleep(rng.uniform(0, 0.006))
        task.cancel()


async def test_an_interrupted_transaction_lets_go_of_its_lock_whoever_still_refers_to_it(
    sqlite_url: str,
) -> None:
    """SQLite keeps a closed connection, and its locks, for as long as one of its statements is unfinished."""
    one = open_database(sqlite_url, patience=timedelta(seconds=10))
    other = open_database(sqlite_url, patience=timedelta(seconds=2))
    referred_to = []
    begun = asyncio.Event()

    async def work() -> None:
        async with one.writing() as connection:
            assert isinstance(connection, SqliteLink)
            referred_to.append(await connection.own.execute("SELECT 1 UNION SELECT 2"))
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await SqlQueue(other).beat("worker")
    assert referred_to
    await one.close()
    await other.close()
