"""Northbank pays again, and somebody says so; the gates of the way out open one after the other."""

from __future__ import annotations

from decimal import Decimal

from bot.sandbox.demo.play import Play
from bot.sandbox.demo.scenes.doing import finish

COVERED = Decimal("1.6")  # a little above the gate, so that it does not shut again in the next minute
WITHIN = 45.0
CAUSE = "Confirm that the cause has ended"


async def turning_point(play: Play) -> None:
    """From the word that the cause has ended until the way out may be proposed."""
    play.screen.scene("The turning point: northbank pays again")
    ended = "Northbank settles again, two payments received and seen on chain"
    await finish(play, play.alice, CAUSE, field="What ended", words=ended)
    await play.until("coverage is back above 1.5", lambda: _covered(play), within=WITHIN)
    play.tell("Market", f"coverage is {play.screen.standing.coverage}")


async def _covered(play: Play) -> bool:
    record = (await play.market.state())["record"]
    play.screen.standing.read_market(record)
    return all(Decimal(asset["coverage"]) >= COVERED for asset in record["assets"].values())
