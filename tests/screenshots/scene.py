"""An incident in the sandbox, played until a newcomer can see what Breakwater is for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from bot.sandbox.console.app import create_console
from bot.sandbox.console.conductor import Conductor
from bot.sandbox.console.director import USUAL_SPEED, Director
from bot.sandbox.console.feed import Feed
from bot.sandbox.console.levels import knobs
from bot.sandbox.console.stage import make_world
from bot.sandbox.console.world import world_routes
from bot.sandbox.demo.play import Play
from bot.sandbox.demo.public import PublicEye
from bot.sandbox.demo.scenes.doing import approve, finish, press, published
from bot.sandbox.demo.screen import Screen
from bot.sandbox.slack import listen, serving
from bot.sandbox.staging.market import Market
from bot.sandbox.staging.stage import Stage

STORY = "counterparty_failure"
SUGGESTED = "A counterparty does not answer"
ALERT_WITHIN = 120.0
RUN, AFTER = timedelta(minutes=12), timedelta(minutes=9)
FAST = 20
WHOLE = re.compile(r"PROTECTED (\d+)/\1\b")
HOLDING = "We are looking into a problem"
PROTECTED = "Some services are limited"
WHY = "Northbank has paused withdrawals, coverage is far below 1 and still falling"


@dataclass
class Scene:
    """A running sandbox: where its console and its status page are, and who plays."""

    console_url: str
    status_url: str
    channel: str


@asynccontextmanager
async def playing(folder: Path, seed: int) -> AsyncIterator[Scene]:
    """The sandbox with an incident under protection. Raises SceneFailed, StageError, NotSeen."""
    world = make_world(folder / "sandbox", seed=seed, keep=False)
    conductor = Conductor(world.clock_file, world.database)
    market = Market(world.market_url, world.market_token)
    director = Director(market, conductor)
    known = knobs(world.root / "runbooks")
    feed = Feed(market, director, bot_url=world.bot_url, database=world.database, knobs=known)
    async with Stage(world, folder / "logs") as stage:
        looking = asyncio.create_task(feed.run(), name="feed")
        try:
            async with serving(
                create_console(world.slack_url, world_routes(feed, director)), listen()
            ) as url:
                conductor.go_on()
                eye = PublicEye(world.bot_url, folder / "public")
                play = Play(stage, Screen(conductor.now, Console(quiet=True)), market, eye)
                await _play(play, director)
                yield Scene(url, f"{world.bot_url}/status", play.channel)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking


async def _play(play: Play, director: Director) -> None:
    """A counterparty fails; Alice declares, Dana speaks, everything is protected, and Dana speaks again."""
    await director.begin(STORY)
    await play.alice.sees(SUGGESTED, "incidents", within=ALERT_WITHIN)
    await play.alice.click("Declare", near=SUGGESTED, channel="incidents")
    await play.until("the incident has its channel", lambda: _has_channel(play))
    await _roles(play)
    await finish(play, play.dana, "Publish the holding statement", label="Draft")
    await approve(play, play.dana, HOLDING)
    await published(play, HOLDING, 1)
    await finish(play, play.frank, "Freeze non-essential changes", label="Do it")
    await finish(play, play.frank, "Check signers, policies and unclaimed outflow")
    await finish(play, play.bob, "Check balances against the books and the chain", label="Check")
    await _pass(play, director, RUN)
    await play.alice.command(f"/protected-mode on {WHY}", play.channel)
    await play.alice.click("Set protected mode", channel=play.channel)
    await play.until("protected mode is confirmed whole", lambda: _whole(play), within=60)
    await finish(play, play.dana, "Publish what works, what waits", label="Draft")
    await approve(play, play.dana, PROTECTED)
    await published(play, PROTECTED, 2)
    await _pass(play, director, AFTER)


async def _roles(play: Play) -> None:
    """Alice names who does what, and they answer."""
    given = {"treasury_lead": "bob", "support_lead": "dana", "comms_owner": "dana", "executive": "erin"}
    for role, who in given.items():
        await play.alice.command(f"/incident role {role} @{who}", play.channel)
    for one in (play.frank, play.bob, play.dana, play.erin):
        await press(play, one, "I'm here", "Roles:")
    await finish(play, play.alice, "Name treasury, wallet ops, technical lead")
    await finish(play, play.alice, "Give the phone bridge")


async def _pass(play: Play, director: Director, business: timedelta) -> None:
    """Let the market run on."""
    director.set_pace(speed=FAST)
    await asyncio.sleep(business.total_seconds() / FAST)
    director.set_pace(speed=USUAL_SPEED)


async def _has_channel(play: Play) -> bool:
    play.channel = next((name for name in await play.alice.channels() if name.startswith("inc-")), "")
    return bool(play.channel)


async def _whole(play: Play) -> bool:
    return WHOLE.search(" ".join(await play.alice.pins(play.channel))) is not None
