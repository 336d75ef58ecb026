"""The way out: proposed by one, approved by another, reopened stage by stage, each stage told."""

from __future__ import annotations

import asyncio
import re

from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.demo.scenes.doing import finish, press, refused_click, tries_to_approve
from bot.sandbox.people import NotSeen

OFF = "/protected-mode off Northbank pays again, books match and coverage is above 1.5"
LADDER = "Reopen along the ladder"
DRAFT = "Services are reopening in steps"
STAGE = re.compile(r"Latest step, now in force: ([^\n.]+)")
OPEN_WITHIN = 60.0
PROPOSED_WITHIN = 30.0


async def reopening(play: Play) -> None:
    """Recover: the ladder, its gates and waits, and words that follow each stage."""
    play.screen.scene("Recover: a second person's yes, then stage by stage")
    await play.until("the gates of the way out are open", lambda: _proposed(play), within=PROPOSED_WITHIN)
    await refused_click(
        play, play.alice, "Approve", LADDER, "You proposed this", "tries to approve her own proposal"
    )
    await refused_click(play, play.carol, "Approve", LADDER, "takes", "tries to approve the reopening")
    while not await _approved(play):
        play.tell(play.bob, "is told that a gate has changed since it was shown; Alice must propose it again")
        await play.until("the way out is proposed again", lambda: _proposed(play), within=PROPOSED_WITHIN)
    play.tell(play.bob, "reads what would change, control by control, and approves")
    play.screen.standing.phase = "recover"
    told = asyncio.create_task(_tell_each_stage(play))
    try:
        await asyncio.gather(_treasury(play), _reopened(play))
    finally:
        told.cancel()
        await asyncio.gather(told, return_exceptions=True)
    await finish(play, play.dana, "Answer those who waited longest")


async def _proposed(play: Play) -> bool:
    answer = await play.alice.command(OFF, play.channel)
    if "Not yet" in answer.reply:
        return False
    if "Proposed" not in answer.reply:
        raise SceneFailed(f"Alice proposed the way out and was told: {answer.reply or answer.saw}")
    play.tell(play.alice, f"proposes the way out: {answer.reply}")
    return True


async def _approved(play: Play) -> bool:
    """Bob's yes; False when the proposal was out of date by then. Raises SceneFailed after a while."""
    await press(play, play.bob, "Approve", LADDER)
    card = ""

    async def decided() -> bool:
        nonlocal card
        card = (await play.bob.sees(LADDER, play.channel)).text
        return "approved by Bob Okafor" in card or "out of date" in card

    await play.until("Bob's approval is on the card", decided, within=PROPOSED_WITHIN)
    return "approved by Bob Okafor" in card


async def _treasury(play: Play) -> None:
    await finish(play, play.bob, "See that refill keeps up with net outflow", label="Check")
    matched = "Everything matched: books, hashes, no overrides"
    await finish(
        play,
        play.bob,
        "Reconcile the books, every transaction hash",
        field="What did not match",
        words=matched,
    )


async def _reopened(play: Play) -> None:
    """Wait until every control stands at its default, telling each withdrawal limit on the way."""
    limits: list[str] = []

    async def open_again() -> bool:
        controls = await play.market.controls()
        rail = next(c for c in controls if c["path"].endswith("TRON/withdrawals"))
        limit = rail["value"]["max_per_transaction"]
        if limit not in limits:
            limits.append(limit)
            play.tell("Breakwater", f"withdrawals on Tron up to {int(limit):,} USDT a transaction")
        return all(c["value"] == c["default"] for c in controls)

    await play.until("every control is back at its baseline", open_again, within=OPEN_WITHIN)
    play.tell("Breakwater", "every control is back at its baseline, read from the marketplace")


async def _tell_each_stage(play: Play) -> None:
    """Dana approves each stage's text as it comes; one that the facts have overtaken is drafted anew."""
    while True:
        await tries_to_approve(play, play.dana, DRAFT, await _stage_told(play))


async def _stage_told(play: Play) -> str:
    """The stage that the newest draft speaks of; empty where none is there or it names none."""
    try:
        shown = await play.dana.sees(DRAFT, play.channel)
    except NotSeen:
        return ""
    return stage_in(shown.text)


def stage_in(text: str) -> str:
    """The stage that a draft's words name as the latest; empty where they name none."""
    found = STAGE.search(text)
    return found[1].strip() if found else ""
