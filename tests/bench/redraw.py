"""Drawing a card and telling a timeline, of an incident with few and with very many ledger rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.bootstrap.clock import RandomIds, SystemClock
from bot.bootstrap.content import LoadedContent
from bot.content import Texts, load
from bot.domain.base import Environment
from bot.sandbox.staging.world import ROOT
from bot.slack.cards.incident import incident_card
from bot.slack.cards.steps import board
from bot.slack.cards.timeline import Page, page
from bot.store import SqlStore, open_database
from bot.store.migrations import migrate
from bot.usecases.incidents import Declaration, declare
from bot.usecases.ports import Actor, Context
from bot.usecases.record import record
from bot.usecases.timeline import EVERYTHING
from bot.usecases.views import incident_view, timeline
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most, quantile

AIM = 1.2
FEW, MANY = 10, 10_000
SHOWN = FEW  # as many lines for both, so that only the length of the record differs
BATCH = 500
HOW = "in one process on SQLite: read from the database and drawn to blocks; medians, in turns"


async def redraw(bench: Bench) -> list[Row]:
    """Two incidents, alike but for the length of their records."""
    url = f"sqlite:///{bench.work / 'redraw.db'}"
    await asyncio.to_thread(migrate, url)
    database = open_database(url, patience=timedelta(seconds=30))
    try:
        ctx = _context(SqlStore(database))
        few, many = [await _incident(ctx, rows) for rows in (FEW, MANY)]
        times = bench.few(60, 15)
        out = []
        for name, draw in (("card redraw", _card), ("timeline", _timeline)):
            short, long = await _in_turns(ctx, draw, few, many, times)
            detail = {f"ms_with_{FEW}": round(short, 2), f"ms_with_{MANY}": round(long, 2)}
            title = f"{name}, {MANY} ledger rows beside {FEW}"
            out.append(at_most(title, long / short, "x", AIM, **detail, how=HOW))
        return out
    finally:
        await database.close()


def _context(store: SqlStore) -> Context:
    content = load(ROOT / "runbooks", ROOT / "templates", {"MARKETPLACE_URL": "http://127.0.0.1:1"})
    texts = Texts(ROOT / "templates")
    return Context(store, SystemClock(), RandomIds(), LoadedContent(content), texts, Environment.SANDBOX)


async def _incident(ctx: Context, rows: int) -> str:
    alice = Actor(ctx.content.now.directory.people["alice"], via="bench")
    incident = await declare(ctx, alice, Declaration("Withdrawals run after Northbank paused"))
    written = 1
    while written < rows:
        part = min(BATCH, rows - written)
        async with ctx.store.write() as tx:
            for number in range(part):
                text = f"Northbank's desk, call {written + number}"
                record(ctx, tx, "note", alice, incident=incident, text=text)
        written += part
    return incident.id


async def _in_turns(
    ctx: Context, draw: Callable[[Context, str], Awaitable[None]], few: str, many: str, times: int
) -> tuple[float, float]:
    """Median milliseconds of each."""
    took: dict[str, list[float]] = {few: [], many: []}
    for _ in range(times):
        for incident_id, kept in took.items():
            started = time.perf_counter()
            await draw(ctx, incident_id)
            kept.append((time.perf_counter() - started) * 1000)
    return quantile(took[few], 0.5), quantile(took[many], 0.5)


async def _card(ctx: Context, incident_id: str) -> None:
    async with ctx.store.read() as tx:
        view = await incident_view(ctx, tx, incident_id)
    incident_card(view)
    board(view)


async def _timeline(ctx: Context, incident_id: str) -> None:
    async with ctx.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
        rows = await timeline(ctx, tx, incident, SHOWN)
    page(Page(incident, rows, EVERYTHING, None, {}))
