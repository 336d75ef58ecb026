"""What goes on beside the story: the standing at the foot of the screen, and the public page being read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx

from bot.sandbox.demo.play import Play
from bot.sandbox.people import Person
from bot.sandbox.people.line import Refused

LOOK_EVERY = 0.7


@asynccontextmanager
async def watching(play: Play) -> AsyncIterator[None]:
    """Watch the market, the incident's card and the public page until the block ends."""
    looks: tuple[Coroutine[Any, Any, None], ...] = (_market(play), _card(play), play.eye.watch())
    tasks = [asyncio.create_task(look) for look in looks]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _market(play: Play) -> None:
    while True:
        try:
            play.screen.standing.read_market((await play.market.state())["record"])
        except httpx.HTTPError:
            play.screen.standing.hot = "unknown"
        await asyncio.sleep(LOOK_EVERY)


async def _card(play: Play) -> None:
    """Reads the pinned card as anybody in the channel does; over a shoulder, so that nobody is disturbed."""
    reader = Person("the screen", "U01ALICE", play.stage.world.slack_url)
    while True:
        if play.channel:
            try:
                for card in await reader.pins(play.channel):
                    play.screen.standing.read_card(card)
            except (httpx.HTTPError, Refused):
                play.screen.standing.mode = "unknown"
        await asyncio.sleep(LOOK_EVERY)
