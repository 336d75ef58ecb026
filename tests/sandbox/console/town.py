"""A marketplace whose clock is set by hand, and the console beside it; both over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox.clock import Beat, PacedClock
from bot.sandbox.console.app import create_console
from bot.sandbox.console.conductor import Conductor
from bot.sandbox.console.director import Director
from bot.sandbox.console.feed import Feed
from bot.sandbox.console.levels import knobs
from bot.sandbox.console.world import world_routes
from bot.sandbox.marketplace.alarms import Alarms
from bot.sandbox.marketplace.app import build_app
from bot.sandbox.marketplace.journal import Journal
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.marketplace.world import World as Marketplace
from bot.sandbox.slack import listen, serving
from bot.sandbox.staging.market import Market
from tests.sandbox.console.frames import watching
from tests.sandbox.marketplace.harness import START, TOKEN, Clock, make_plan
from tests.support.world import ROOT

EVENTS = "/console/world/events"
NOBODY = "http://127.0.0.1:9"
TRON = "/v1/assets/USDT/networks/TRON/withdrawals"
SMALL = {"status": "enabled", "max_per_transaction": "500", "hourly_limit": "100000", "in_flight": "hold"}


@dataclass
class Town:
    """A marketplace whose clock is set by hand, and the console beside it."""

    wall: Clock
    marketplace: Marketplace
    alarms: Alarms
    feed: Feed
    director: Director
    client: httpx.AsyncClient
    shop: httpx.AsyncClient
    url: str

    async def look(self, minutes: float = 0) -> dict[str, Any]:
        """The page's next view, so many minutes of business time later."""
        self.wall.at += timedelta(minutes=minutes) / self.director.conductor.beat.scale
        self.marketplace.catch_up()
        for at, record in self.marketplace.history:
            self.alarms.watch(record, at)
        await self.feed.look()
        async with watching(self.client, path=EVENTS) as frames:
            return dict((await frames.until("world")).data)

    async def put(self, path: str, body: object, key: str) -> None:
        answer = await self.shop.put(path, json=body, headers={"Idempotency-Key": key})
        answer.raise_for_status()


@asynccontextmanager
async def a_town(tmp_path: Path) -> AsyncIterator[Town]:
    """The town; the bot's records are looked for in `breakwater.db` of the folder."""
    wall = Clock()
    pace = tmp_path / "pace.json"
    Beat(START, START, 5.0).keep(pace)
    clock = PacedClock(pace, wall)
    alarms = Alarms(live=True)
    marketplace = Marketplace(
        seed=7, scenario=SCENARIOS["calm"], now=clock, start=START, journal=Journal(None)
    )
    database = tmp_path / "breakwater.db"
    async with serving(build_app(marketplace, make_plan(), token=TOKEN, alarms=alarms), listen()) as shop:
        market = Market(shop, TOKEN)
        director = Director(market, Conductor(pace, database, wall))
        feed = Feed(market, director, bot_url=NOBODY, database=database, knobs=knobs(ROOT / "runbooks"))
        page = create_console(NOBODY, world_routes(feed, director))
        async with (
            serving(page, listen()) as url,
            httpx.AsyncClient(base_url=url, trust_env=False) as client,
            httpx.AsyncClient(
                base_url=shop, trust_env=False, headers={"Authorization": f"Bearer {TOKEN}"}
            ) as shopper,
        ):
            yield Town(wall, marketplace, alarms, feed, director, client, shopper, url)
