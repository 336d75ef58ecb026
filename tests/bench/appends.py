"""Ledger appends a second, beside bare commits on the same database."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import psycopg

from bot.store import SqlStore, open_database
from bot.store.engines import parse_url
from bot.store.migrations import migrate
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_least
from tests.support.made import entry
from tests.support.postgres import postgres

WRITERS = 8
SQLITE_AIM, POSTGRES_AIM = 0.15, 0.35
HOW = (
    f"one entry a transaction in one process, the better of one writer and {WRITERS}; "
    "bare: one row a commit on one connection; the best of some turns each"
)


async def on_sqlite(bench: Bench) -> list[Row]:
    """The embedded default, durable as it is shipped."""
    path = bench.work / "appends.db"
    url = f"sqlite:///{path}"
    await asyncio.to_thread(migrate, url)
    return [await _row("SQLite", url, bench, lambda n: _bare_sqlite(path, n), SQLITE_AIM)]


async def on_postgresql(bench: Bench) -> list[Row]:
    """A real server that pays for fsync."""
    with postgres(durable=True) as server:
        url = await asyncio.to_thread(server.fresh)
        return [await _row("PostgreSQL", url, bench, lambda n: _bare_postgres(url, n), POSTGRES_AIM)]


async def _row(name: str, url: str, bench: Bench, bare: Callable[[int], float], aim: float) -> Row:
    """Ours and the bare thing in turns, so that what else the machine does meets both."""
    times = bench.few(800, 200)
    many: list[float] = []
    one: list[float] = []
    theirs: list[float] = []
    for _ in range(bench.few(3, 1)):
        theirs.append(await asyncio.to_thread(bare, times))
        many.append(await _appends(url, times, WRITERS))
        one.append(await _appends(url, times, 1))
    own, other = max(many + one), max(theirs)
    detail = {"bare_commits": round(other), "one_writer": round(max(one)), "eight_writers": round(max(many))}
    return at_least(f"ledger appends, {name}", own / other, "x bare commits", aim, **detail, how=HOW)


async def _appends(url: str, times: int, writers: int) -> float:
    database = open_database(url, patience=timedelta(seconds=30))
    store, numbers, mark = SqlStore(database), count(), time.time_ns()

    async def write(share: int) -> None:
        for _ in range(share):
            async with store.write() as tx:
                tx.ledger.append(entry(f"entry_{mark}_{next(numbers)}"))

    try:
        await write(20)
        started = time.perf_counter()
        await asyncio.gather(*(write(times // writers) for _ in range(writers)))
        return times // writers * writers / (time.perf_counter() - started)
    finally:
        await database.close()


def _bare_sqlite(path: Path, times: int) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as one:
        for pragma in ("journal_mode = wal", "synchronous = full"):
            one.execute(f"PRAGMA {pragma}")
        one.execute("CREATE TABLE IF NOT EXISTS bare (n INTEGER PRIMARY KEY, text TEXT)")
        started = time.perf_counter()
        for _ in range(times):
            one.execute("BEGIN IMMEDIATE")
            one.execute("INSERT INTO bare (text) VALUES ('reserves at 41 m USDT')")
            one.execute("COMMIT")
        return times / (time.perf_counter() - started)


def _bare_postgres(url: str, times: int) -> float:
    with psycopg.connect(parse_url(url).for_libpq) as one:
        one.execute("CREATE TABLE IF NOT EXISTS bare (n BIGSERIAL PRIMARY KEY, text TEXT)")
        one.commit()
        started = time.perf_counter()
        for _ in range(times):
            one.execute("INSERT INTO bare (text) VALUES ('reserves at 41 m USDT')")
            one.commit()
        return times / (time.perf_counter() - started)
