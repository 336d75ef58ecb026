from datetime import timedelta

import pytest

from bot.domain.base import Phase
from bot.slack.commands import previews
from tests.slack.support.world import World

WHY = "Northbank has paused withdrawals and our queue is growing"


async def protected(world: World) -> str:
    room = await world.declared()
    await world.bob.command(f"/protected-mode on {WHY}", room)
    await world.bob.click("Set protected mode", channel=room)
    await world.settle()
    return room


async def ready_to_reopen(world: World, room: str) -> None:
    """The cause has ended, and every signal has been well for half an hour."""
    await world.alice.click("Done", near="Confirm that the cause has ended", channel=room)
    await world.alice.fill("What ended", "Northbank settles again, seen twice")
    await world.alice.submit()
    every = [timedelta(minutes=m) for m in range(33)]
    well = {"books_drift": "0", "coverage": "1.9", "net_outflow_hour": "10", "refill_available": "1000000"}
    await world.feed(*every, **well)
    world.clock.advance(timedelta(minutes=32))


async def test_the_preview_goes_control_by_control_and_sets_nothing(world: World) -> None:
    room = await world.declared()
    answer = await world.bob.command(f"/protected-mode on {WHY}", room)
    assert "withdrawals.limit.USDT.TRON: unknown → small_only" in answer.reply
    assert "Withdrawals up to 500 USDT on Tron continue" in answer.reply
    assert "\nImpact unknown\n" in answer.reply
    assert "mode.decided" not in await world.kinds()


async def test_a_database_too_slow_for_the_preview_keeps_nobody_from_tightening(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "WITHIN", 0)
    answer = await world.bob.command(f"/protected-mode on {WHY}", "general")
    assert "Impact unknown" in answer.reply
    assert "[Set protected mode]" in answer.reply


async def test_the_preview_names_the_live_queue_when_it_is_fresh(world: World) -> None:
    room = await world.declared()
    await world.feed(queue_count="312", queue_value="4100000")
    answer = await world.bob.command(f"/protected-mode on {WHY}", room)
    assert "waiting now: 312" in answer.reply


async def test_confirming_sets_every_control_and_the_card_counts_them(world: World) -> None:
    room = await protected(world)
    card = (await world.alice.pins(room))[0].splitlines()
    assert card[0].startswith("SANDBOX · SEV2 · amber anchor · INC-1 · protected")
    assert card[2] == "PROTECTED 16/16 confirmed"
    assert await phase(world) is Phase.PROTECTED
    row = next(r for r in await world.rows() if r.kind == "mode.decided")
    assert (row.actor, row.data["justification"]) == ("bob", WHY)


async def test_with_no_incident_open_it_declares_one(world: World) -> None:
    await world.bob.command(f"/protected-mode on {WHY}", "general")
    await world.bob.click("Set protected mode", channel="general", times=3)
    await world.bob.click("Set protected mode", channel="general")
    await world.drain()
    assert "inc-1-amber-anchor" in await world.bob.channels()
    assert (await world.kinds()).count("mode.decided") == 1
    assert await world.kinds("INC-2") == []


async def test_the_second_person_to_confirm_is_told_who_was_first(world: World) -> None:
    room = await protected(world)
    await world.alice.command(f"/protected-mode on {WHY}", room)
    await world.alice.click("Set protected mode", channel=room)
    await world.drain()
    assert "Bob Okafor set protected mode at 03:00:00 UTC" in await world.alice.hears("Bob Okafor", ever=True)
    assert (await world.kinds()).count("mode.decided") == 1


async def test_carol_sees_no_preview_but_who_may(world: World) -> None:
    room = await world.declared()
    await world.invited("carol", to=room)
    answer = await world.carol.command(f"/protected-mode on {WHY}", room)
    assert "To set protected mode takes the" in answer.reply
    assert "Set protected mode" not in answer.reply


async def test_the_button_on_the_card_shows_the_same_preview_and_asks_why(world: World) -> None:
    room = await world.declared()
    await world.bob.click("Protected mode", near="amber anchor", channel=room)
    assert "withdrawals.limit.USDT.TRON: unknown → small_only" in world.bob.modal
    await world.bob.fill("Why?", WHY)
    assert await world.bob.submit() == {}
    await world.settle()
    assert "PROTECTED 16/16 confirmed" in (await world.alice.pins(room))[0]


async def test_off_is_refused_with_the_shut_gates_while_they_are_shut(world: World) -> None:
    room = await protected(world)
    answer = await world.alice.command("/protected-mode off Northbank settles again", room)
    assert "Not yet. Still shut:\n• The cause has ended – " in answer.reply
    assert "\n• Coverage is at least 1.5 – " in answer.reply
    assert "• *The cause has ended* – " in str(answer.raw["private"])
    assert "proposal.made" not in await world.kinds()


async def test_off_takes_a_second_entitled_person_and_reopens_along_the_ladder(world: World) -> None:
    room = await protected(world)
    await world.invited("carol", to=room)
    await ready_to_reopen(world, room)

    answer = await world.alice.command("/protected-mode off Northbank settles again, coverage is 1.9", room)
    assert "It waits for Bob Okafor" in answer.reply
    await world.drain()
    card = (await world.alice.pins(room))[0]
    assert "Waiting: approve: reopen along the ladder (16 controls) — Bob Okafor" in card
    assert "Waits for a second person: @bob, until" in await world.alice.read(room)
    paged = await world.bob.read("@breakwater")
    assert "INC-1: Alice Ng proposes to reopen along the ladder (16 controls); it waits for your yes" in paged

    for person, said in (
        (world.alice, "You proposed this"),
        (world.carol, "To approve this takes one of: Bob Okafor"),
    ):
        await person.click("Approve", near="Reopen along the ladder", channel=room)
        await world.drain()
        await person.hears(said, ever=True)
    assert "proposal.approved" not in await world.kinds()

    await world.bob.click("Approve", near="Reopen along the ladder", channel=room, times=2)
    await world.bob.click("Approve", near="Reopen along the ladder", channel=room)
    await world.everything_due()
    await world.settle()

    assert (await world.kinds()).count("proposal.approved") == 1
    assert await phase(world) is Phase.RECOVER
    assert "approved by Bob Okafor" in await world.alice.read(room)
    card = (await world.alice.pins(room))[0]
    assert "Reopening 1/" in card
    assert "withdrawals.limit.USDT.TRON: trickle" in card


async def test_a_refused_proposal_says_why_and_by_whom(world: World) -> None:
    room = await protected(world)
    await ready_to_reopen(world, room)
    await world.alice.command("/protected-mode off Northbank settles again, coverage is 1.9", room)
    await world.drain()
    await world.bob.click("Refuse", near="Reopen along the ladder", channel=room)
    await world.bob.fill("Why not?", "The second venue still falls")
    assert await world.bob.submit() == {}
    await world.drain()
    assert "refused by Bob Okafor" in await world.alice.read(room)
    assert (await world.rows())[-1].kind != "proposal.approved"


async def test_a_full_suspension_waits_on_the_card_for_a_second_person(world: World) -> None:
    room = await world.declared()
    await world.frank.command(
        "/control set withdrawals.limit.USDT.TRON suspended Unclaimed outflow on Tron", room
    )
    await world.drain()
    assert "Waiting: ratify withdrawals.limit.USDT.TRON suspended" in (await world.alice.pins(room))[0]
    await world.frank.click("Ratify withdrawals.limit.USDT.TRON", channel=room)
    await world.erin.click("Ratify withdrawals.limit.USDT.TRON", channel=room)
    await world.alice.click("Ratify withdrawals.limit.USDT.TRON", channel=room)
    await world.drain()
    await world.frank.hears("the second person must be another", ever=True)
    await world.alice.hears("Erin Walsh ratified this", ever=True)
    assert (await world.kinds()).count("hold.ratified") == 1
    assert "ratify" not in (await world.alice.pins(room))[0]


async def phase(world: World) -> Phase:
    async with world.ctx.store.read() as tx:
        return (await tx.incidents.get("INC-1")).phase
