"""Everything that `make sandbox` starts, with business time in a hurry, and the console before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox.console.app import create_console
from bot.sandbox.console.conductor import Conductor
from bot.sandbox.console.director import Director
from bot.sandbox.console.feed import Feed
from bot.sandbox.console.levels import knobs
from bot.sandbox.console.stage import ByHand, make_world
from bot.sandbox.console.world import world_routes
from bot.sandbox.slack import listen, serving
from bot.sandbox.staging.market import Market
from bot.sandbox.staging.stage import Stage

HURRY = 100.0  # a business hour in 36 seconds, as in the demo
WAITS = "demo"  # the waits of a reopening are two minutes, and budgets outlast the play


@dataclass(frozen=True)
class Whole:
    """The console's address, and the parts behind it."""

    url: str
    world: ByHand
    stage: Stage
    conductor: Conductor

    async def refusals(self) -> list[Any]:
        """Payloads of the bot that broke Slack's rules."""
        async with httpx.AsyncClient(trust_env=False) as client:
            found = (await client.get(f"{self.world.slack_url}/sandbox/refusals")).json()
        return list(found["refusals"])


@asynccontextmanager
async def whole(folder: Path) -> AsyncIterator[Whole]:
    """Strict Slack, marketplace and bot as processes; nothing of them is left afterwards."""
    world = replace(make_world(folder, seed=7, keep=False), overrides=WAITS)
    conductor = Conductor(world.clock_file, world.database)
    market = Market(world.market_url, world.market_token)
    director = Director(market, conductor)
    books, told = world.database, knobs(world.root / "runbooks")
    feed = Feed(market, director, bot_url=world.bot_url, database=books, knobs=told)
    app = create_console(world.slack_url, world_routes(feed, director))
    async with Stage(world, folder / "logs") as stage, serving(app, listen()) as url:
        looking = asyncio.create_task(feed.run())
        conductor.go_on(HURRY)
        try:
            yield Whole(url, world, stage, conductor)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
