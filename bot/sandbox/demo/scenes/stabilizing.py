"""Slowing what leaves: stressed mode, no more orders to northbank, a refill from another rail."""

from __future__ import annotations

import asyncio

from bot.sandbox.demo.play import Play
from bot.sandbox.demo.scenes.doing import commanded, finish

OUTAGE = "Northbank stopped paying and our queue grows by the minute"


async def stabilizing(play: Play) -> None:
    """Stabilize; the coverage keeps falling all the same."""
    play.screen.scene("Stabilize: stressed mode, and nothing more to northbank")
    await commanded(play, play.alice, f"/incident phase stabilize {OUTAGE}", "is in stabilize now")
    play.screen.standing.phase = "stabilize"
    play.tell(play.alice, f"moves on: “{OUTAGE}”")
    await asyncio.gather(_stressed(play), _route(play), _refill(play))


async def _stressed(play: Play) -> None:
    await finish(play, play.alice, "Set stressed mode, or go straight to protected", label="Do it")
    await play.alice.sees("STRESSED", play.channel, within=15)


async def _route(play: Play) -> None:
    await finish(play, play.bob, "Set the route to settling only", label="Do it")
    exposure = "9.1M USDT with them, 80k on the way, nothing owed by them, as of now"
    await finish(play, play.bob, "State the exposure", field="How much is with them", words=exposure)


async def _refill(play: Play) -> None:
    refill = "Reserve to hot, 2,000,000 USDT, for the queue, Frank and Bob, 0x5eed…, confirmed"
    await finish(
        play,
        play.frank,
        "Refill the hot wallet from another rail",
        field="Bucket, amount, reason",
        words=refill,
    )
