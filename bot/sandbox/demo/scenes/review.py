"""Looking back while it is fresh, and closing."""

from __future__ import annotations

import asyncio

from bot.sandbox.demo.play import Play
from bot.sandbox.demo.scenes.doing import approve, commanded, finish, seen_done

RESOLVED = "All limits are lifted"
FIGURES = "See the review: detected, classified, protected and told within the hour; no false alarm"
BETTER = "Halve what may lie with one counterparty; Bob; by 4 December"


async def review(play: Play) -> None:
    """The last word in public, two readers, the figures, one improvement, and the end."""
    play.screen.scene("Review: the last word, two readers, one improvement")
    await play.until("the review may begin", lambda: _begun(play), within=20)
    await finish(play, play.dana, "Publish the last word", label="Draft")
    await approve(play, play.dana, RESOLVED)
    await play.until("the page says resolved", lambda: _resolved(play))
    await play.eye.keep_macros("end")
    await asyncio.gather(_alice(play), _bob(play), _frank(play), _erin(play))
    await seen_done(play, "Name at least one improvement", "Take the figures", "Look at every override")
    said = await commanded(play, play.alice, "/incident close Reviewed by all who were there", "is closed")
    play.screen.standing.phase = "closed"
    play.tell(play.alice, said)


async def _begun(play: Play) -> bool:
    answer = await play.alice.command("/incident phase review Every limit is lifted and all is reconciled")
    if "is in review now" not in answer.reply:
        return False
    play.screen.standing.phase = "review"
    play.tell(play.alice, answer.reply)
    return True


async def _resolved(play: Play) -> bool:
    await play.eye.look()
    return any(update["status"] == "resolved" for update in play.eye.updates.values())


async def _alice(play: Play) -> None:
    await finish(play, play.alice, "Read the timeline from the first signal")
    await finish(play, play.alice, "Name at least one improvement", field="What will change", words=BETTER)


async def _bob(play: Play) -> None:
    await finish(play, play.bob, "Take the figures", field="Time to detect", words=FIGURES)
    await finish(play, play.bob, "Set what may lie with one counterparty")


async def _frank(play: Play) -> None:
    await finish(play, play.frank, "Read the timeline as the second person")


async def _erin(play: Play) -> None:
    await finish(play, play.erin, "Look at every override")
