"""Slowing what leaves: stressed mode, no more orders to northbank, a refill from another rail."""

from __future__ import annotations

import asyncio

from bot.sandbox.demo.play import Play
from bot.sandbox.demo.scenes.doing import commanded, finish, press, sent

HASH = "0x5eed1e55c0ffee1dea51de0ff1ce0ddba11"
REFILL = "Refill the hot wallet from another rail"
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
    """Money moves on two people's word: one proposes, another agrees, and only then it is sent."""
    await press(play, play.frank, "Propose a transfer", REFILL)
    await play.frank.choose("Out of which bucket", "Contingency reserve")
    await play.frank.fill("Amount", "2,000,000")
    await play.frank.fill("Asset", "USDT")
    await play.frank.fill("Where to", "hot wallet on Tron")
    await play.frank.fill("Why", "The hot wallet is empty within the hour at this pace")
    await sent(play.frank, REFILL)
    play.tell("Frank", "proposes to move 2,000,000 USDT from the contingency reserve to the hot wallet")
    await press(play, play.bob, "Agree", REFILL)
    play.tell(play.bob, "agrees to exactly that")
    await press(play, play.frank, "Sent", REFILL)
    await play.frank.fill("Transaction hash", HASH)
    await sent(play.frank, REFILL)
    await press(play, play.frank, "Confirmed", REFILL)
    await press(play, play.frank, "Done", f"confirmed: {HASH}")
    play.tell("Frank", "gives the hash, and sees it arrive")
