"""Holds past their review time ask; whoever may protect answers, and nothing loosens by itself."""

from datetime import timedelta

import pytest

from bot.domain.control import Hold
from tests.slack.support.world import World

WHY = "Northbank's answer is due at 05:00"


async def holds(world: World, incident_id: str = "INC-1") -> list[Hold]:
    async with world.ctx.store.read() as tx:
        return [h for h in await tx.holds.of(incident_id) if h.in_force]


async def protected(world: World) -> str:
    room = await world.declared()
    await world.alice.command("/protected-mode on Northbank has paused", room)
    await world.alice.click("Set protected mode", channel=room)
    await world.settle()
    return room


async def late(world: World, **units: float) -> None:
    """So much time passes, and what is due by then is done."""
    world.clock.advance(timedelta(**units))
    await world.everything_due()
    await world.drain()


async def test_the_review_of_everything_held_is_put_off_with_the_reason(world: World) -> None:
    room = await protected(world)
    before = {h.id: (h.level, h.claim) for h in await holds(world)}
    said = (await world.alice.command(f"/protected-mode extend 2h {WHY}", room)).reply
    assert "16 holds will be asked about again at 05:00 UTC. Nothing else has changed." in said
    after = await holds(world)
    assert {f"{h.review_at:%H:%M}" for h in after} == {"05:00"}
    assert {h.id: (h.level, h.claim) for h in after} == before
    row = (await world.rows())[-1]
    assert (row.kind, row.actor, row.data["justification"]) == ("hold.extended", "alice", WHY)
    told = (await world.alice.command("/incident timeline decisions", room)).reply
    assert f"put off the review of 16 holds until 05:00 UTC – {WHY}" in told


async def test_twice_is_once_and_the_second_person_hears_who_was_first(world: World) -> None:
    room = await protected(world)
    await world.alice.command(f"/protected-mode extend 2h {WHY}", room, times=3)
    said = (await world.bob.command("/protected-mode extend 2h I want it too", room)).reply
    assert (
        "Alice Ng put the review off at 03:00:00 UTC. No hold of INC-1 is reviewed before 05:00 UTC." in said
    )
    shorter = (await world.bob.command("/protected-mode extend 30m I want it too", room)).reply
    assert "Alice Ng put the review off" in shorter
    assert (await world.kinds()).count("hold.extended") == 1


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("", "Begin with for how long"),
        ("soon Northbank is silent", "Begin with for how long"),
        ("-1h Northbank is silent", "Begin with for how long"),
        ("0m Northbank is silent", "by a minute at least"),
        ("999999d Northbank is silent", "by 4h at most"),
        ("5h Northbank is silent", "by 4h at most"),
        ("1h", "Say why, in a few words"),
        ("1 hour", "Say why, in a few words"),
    ],
)
async def test_a_bad_duration_or_no_reason_is_answered_with_a_correct_example(
    world: World, typed: str, answer: str
) -> None:
    room = await protected(world)
    said = (await world.alice.command(f"/protected-mode extend {typed}", room)).reply
    assert answer in said
    assert "For example: /protected-mode extend 1h Northbank's answer is due at 05:00" in said
    assert "hold.extended" not in await world.kinds()


async def test_carol_may_not_and_an_incident_that_holds_nothing_says_so(world: World) -> None:
    room = await world.declared()
    said = (await world.alice.command(f"/protected-mode extend 1h {WHY}", room)).reply
    assert said == "INC-1 holds nothing, so there is nothing to review."
    refused = (await world.carol.command(f"/protected-mode extend INC-1 1h {WHY}", "general")).reply
    assert "To put off the review of holds in INC-1 takes the incident commander" in refused


async def test_a_hold_past_its_review_time_asks_on_the_card_in_a_page_and_on_home(world: World) -> None:
    room = await protected(world)
    await late(world, hours=1, minutes=1)
    card = (await world.alice.pins(room))[0]
    assert "Waiting: review the hold on" in card
    assert "[Extend 1 h]" in card
    await late(world, minutes=25)
    assert "holds are past their review time" in await world.alice.read("@breakwater")

    await world.alice.click("Extend 1 h", near="holds are past", channel="@breakwater")
    assert "Why should it be held on for another hour?" in world.alice.modal
    await world.alice.fill("Why should it be held on for another hour?", WHY)
    assert await world.alice.submit() == {}
    await world.drain()
    assert min(h.review_at for h in await holds(world)) > world.clock.now() + timedelta(minutes=59)
    assert "[Extend 1 h]" not in (await world.alice.pins(room))[0]


async def test_the_way_out_is_proposed_from_the_question(world: World) -> None:
    room = await world.declared()
    await world.bob.command("/control set withdrawals.risk checked Outflow has doubled", room)
    await world.settle()
    await late(world, hours=1, minutes=1)
    await world.bob.click("Propose the way out", channel=room)
    await world.bob.choose("Control", "withdrawals.risk")
    await world.bob.fill("Why may it be released now?", "Northbank settles again")
    assert await world.bob.submit() == {}
    await world.drain()
    assert "proposal.made" in await world.kinds()
    await world.alice.command(f"/protected-mode extend 1h {WHY}", room)
    await world.alice.click("Approve", near="Release withdrawals.risk", channel=room)
    await world.settle()
    assert "proposal.approved" in await world.kinds()  # a review put off makes no approval stale


async def test_in_a_mode_the_way_out_is_the_ladder_and_its_gates_are_named(world: World) -> None:
    room = await protected(world)
    await late(world, hours=1, minutes=1)
    await world.alice.click("Propose the way out", channel=room)
    await world.alice.fill("Why may it reopen now?", "Northbank settles again")
    refused = await world.alice.submit()
    assert refused
    assert "proposal.made" not in await world.kinds()


async def test_putting_a_review_off_asks_nobody_later_for_the_second_word_on_a_suspension(
    world: World,
) -> None:
    room = await world.declared()
    await world.frank.command("/control set withdrawals.limit.USDT.TRON suspended Books differ", room)
    await world.settle()
    await world.frank.command(f"/protected-mode extend 4h {WHY}", room)
    await late(world, minutes=16)
    assert "hold.unratified" in await world.kinds()
