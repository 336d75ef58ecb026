"""One incident releases a control while another tightens it, at the same instant, on PostgreSQL."""

from __future__ import annotations

import asyncio
import time

from bot.store.migrations import migrate
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most
from tests.support.overlap import release_against_tighten
from tests.support.postgres import postgres
from tests.support.world import opened

TIMES = 200
HOW = "both ask at once while a worker is at it; wrong is whatever does not end at the other incident's level"


async def overlap(bench: Bench) -> list[Row]:
    """How often it went wrong, of so many times."""
    times = bench.few(TIMES, 20)
    with postgres(durable=True) as server:
        url = await asyncio.to_thread(server.fresh)
        await asyncio.to_thread(migrate, url)
        began, wrong = time.monotonic(), list[str]()
        async for world in opened(url):
            wrong = await release_against_tighten(world, times)
    seconds = round(time.monotonic() - began)
    name = "released and tightened at the same instant"
    return [at_most(name, len(wrong), "wrong", 0, times=times, seconds=seconds, first=wrong[:1], how=HOW)]
