"""The crash test in full: every violation counts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.store.migrations import migrate
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most
from tests.crash.run import Plan, crash
from tests.support.postgres import postgres

DECISIONS = 400
NAMED = 5


async def on_sqlite(bench: Bench) -> list[Row]:
    """On the embedded database."""
    folder = bench.work / "crash-sqlite"
    folder.mkdir()
    url = f"sqlite:///{folder / 'breakwater.db'}"
    await asyncio.to_thread(migrate, url)
    return [await _row("SQLite", url, folder, bench)]


async def on_postgresql(bench: Bench) -> list[Row]:
    """On a real server."""
    folder = bench.work / "crash-postgresql"
    folder.mkdir()
    with postgres() as server:
        url = await asyncio.to_thread(server.fresh)
        return [await _row("PostgreSQL", url, folder, bench)]


async def _row(name: str, url: str, folder: Path, bench: Bench) -> Row:
    report = await crash(url, folder, Plan(decisions=bench.few(DECISIONS, 40), seed=11, quiet_within=90))
    violations = report.violations
    detail = {**report.figures, **({"violations": violations[:NAMED]} if violations else {})}
    return at_most(f"crash test, {name}", len(violations), "violations", 0, **detail)
