"""The first fifteen minutes: everybody does what is theirs, at the same time; Alice answers the tree."""

from __future__ import annotations

import asyncio

from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.demo.scenes.doing import finish, press, seen_done

TREE = (
    ("nobody claims", "No", "every outflow has its request"),
    ("Do the books differ", "No", "books drift is 0"),
    (
        "one provider cannot or will not move them",
        "Yes",
        "northbank acknowledges nothing since five minutes past",
    ),
)
CLASS = "counterparty failure"


async def first_minutes(play: Play) -> None:
    """Classify, with the runbook walked in parallel."""
    play.screen.scene("Classify: the first fifteen minutes, everybody at once")
    await asyncio.gather(_commander(play), _frank(play), _bob(play), _dana(play))
    await seen_done(play, "Freeze non-essential changes", "Answer the tree and choose a class")


async def _commander(play: Play) -> None:
    alice = play.alice
    await finish(play, alice, "Name treasury, wallet ops, technical lead")
    await finish(play, alice, "Give the phone bridge")
    await press(play, alice, "Classify", "Answer the tree and choose a class")
    for words, answer, remark in TREE:
        shown = await alice.look()
        if words not in " ".join(shown.split()):
            raise SceneFailed(f"the tree does not ask about “{words}” but shows: {shown}")
        beside = [line.strip("• ") for line in shown.splitlines() if line.startswith("•")]
        await alice.choose("Answer", answer)
        await alice.fill("Remark", remark)
        if complaints := await alice.submit():
            raise SceneFailed(f"the tree complains: {complaints}")
        play.tell(alice, f"answers {answer}: {remark} (beside it: {'; '.join(beside)})")
    if CLASS not in alice.modal:
        raise SceneFailed(f"the tree does not end at {CLASS} but shows: {alice.modal}")
    await alice.close(everything=True)
    play.tell("Breakwater", f"the class is {CLASS}; its runbook's steps join the board")


async def _frank(play: Play) -> None:
    await finish(play, play.frank, "Freeze non-essential changes", label="Do it")
    await finish(play, play.frank, "Check signers, policies and unclaimed outflow")


async def _bob(play: Play) -> None:
    await finish(play, play.bob, "Check balances against the books and the chain", label="Check")
    await finish(play, play.bob, "List what flows to them by itself")


async def _dana(play: Play) -> None:
    await finish(play, play.dana, "Read the ticket categories")
