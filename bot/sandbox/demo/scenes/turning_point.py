"""The cause ends; the gates of the way out open one after the other."""

from __future__ import annotations

from decimal import Decimal

from bot.sandbox.demo.play import Play
from bot.sandbox.demo.scenes.doing import finish

COVERED = Decimal("1.5")
WITHIN = 45.0
CAUSE = "Confirm that the cause has ended"


async def turning_point(play: Play) -> None:
    """From the end of the cause until the way out may be proposed."""
    play.screen.scene("The turning point: northbank pays again")
    play.notes.cause_ended_at = play.now()
    await play.market.end_cause()
    play.tell(
        "Market", "northbank's administrator releases 85 % of what lay there; the rumour dies down slowly"
    )
    ended = "Northbank settles again, two payments received and seen on chain"
    await finish(play, play.alice, CAUSE, field="What ended", words=ended)
    await play.until("coverage is back at 1.5", lambda: _covered(play), within=WITHIN)
    play.tell("Market", f"coverage is {play.screen.standing.coverage}")


async def _covered(play: Play) -> bool:
    record = (await play.market.state())["record"]
    play.screen.standing.read_market(record)
    return all(Decimal(asset["coverage"]) >= COVERED for asset in record["assets"].values())
