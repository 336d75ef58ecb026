"""Holding on: words for customers and the desk, the steps of the phase, and a way out that is still shut."""

from __future__ import annotations

import asyncio

from bot.sandbox.demo.play import Play
from bot.sandbox.demo.scenes.doing import approve, finish, published, refused, refused_click, skip

PROTECTED = "Some services are limited"
MACROS = "Support macros"
UPDATE = "Update"
TOO_EARLY = "/protected-mode off Customers complain about the limits"


async def under_protection(play: Play) -> None:
    """Tell, walk the runbook, and be held back by the gates."""
    play.screen.scene("Protected: tell customers and the desk what is so")
    await finish(play, play.dana, "Publish what works, what waits", label="Draft")
    await asyncio.gather(
        refused_click(play, play.alice, "Approve", PROTECTED, "takes", "tries to approve the update"),
        refused_click(play, play.carol, "Approve", PROTECTED, "takes", "tries to approve it too"),
    )
    await asyncio.gather(_words(play), _frank(play), _bob(play), _erin(play))
    play.notes.cause_ended_at = play.now()
    await play.market.end_cause()
    play.tell("Market", "northbank's administrator begins to pay out; nobody here knows it yet")
    await refused(play, play.alice, TOO_EARLY, "Not yet", "asks for the way out too early")
    await skip(
        play,
        play.alice,
        "Have every full suspension ratified",
        "Nothing is fully suspended; small ones go on",
    )
    await finish(play, play.dana, "Publish an update - which services", label="Draft")
    await approve(play, play.dana, UPDATE)
    await published(play, UPDATE, 3)


async def _words(play: Play) -> None:
    await approve(play, play.dana, PROTECTED)
    await published(play, PROTECTED, 2)
    await play.dana.command("/incident macros", play.channel)
    await approve(play, play.dana, MACROS)
    await play.until("the macros are in force", lambda: _in_force(play))
    found = await play.eye.keep_macros("protected")
    answers = found["in_force"][0]["macros"]
    money = next(m for m in answers if m["id"] == "withdrawal")
    play.tell(
        "Breakwater",
        f"{len(answers)} macros in force; “{money['question']}” {money['answer'].splitlines()[0]}",
    )
    await finish(play, play.dana, "Put the macros into use")


async def _in_force(play: Play) -> bool:
    found = await play.eye.read_json("/macros.json")
    return bool(found["in_force"]) and not found["in_force"][0]["outdated"]


async def _frank(play: Play) -> None:
    await finish(play, play.frank, "See that every control is confirmed")


async def _bob(play: Play) -> None:
    await finish(play, play.bob, "Compare what is asked for with the hot wallet")
    await finish(play, play.bob, "Call them, and write down who said what")
    await skip(
        play,
        play.bob,
        "Close the route",
        "They still settle small amounts; closing waits for the call at four",
    )


async def _erin(play: Play) -> None:
    await finish(play, play.erin, "Check which notices are due")
