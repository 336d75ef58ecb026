"""What people do comes to the same over HTTP and over Socket Mode."""

from datetime import timedelta

import pytest

from bot.sandbox.slack import FOREIGN_TEAM, Fault
from tests.slack.support.world import World

WHY = "Northbank has paused withdrawals and our queue is growing"


async def written(world: World) -> int:
    async with world.ctx.store.read() as tx:
        return len(await tx.ledger.rows())


async def test_an_incident_is_declared_protected_and_its_reopening_approved(either_world: World) -> None:
    world = either_world
    room = await world.declared()
    await world.bob.command(f"/protected-mode on {WHY}", room)
    await world.bob.click("Set protected mode", channel=room)
    await world.settle()
    assert "PROTECTED 16/16 confirmed" in (await world.alice.pins(room))[0]

    await world.alice.click("Done", near="Confirm that the cause has ended", channel=room)
    await world.alice.fill("What ended", "Northbank settles again, seen twice")
    assert await world.alice.submit() == {}
    every = [timedelta(minutes=m) for m in range(33)]
    well = {"books_drift": "0", "coverage": "1.9", "net_outflow_hour": "10", "refill_available": "1000000"}
    await world.feed(*every, **well)
    world.clock.advance(timedelta(minutes=32))
    answer = await world.alice.command("/protected-mode off Northbank settles again", room)
    assert "It waits for Bob Okafor" in answer.reply
    await world.drain()
    await world.bob.click("Approve", near="Reopen along the ladder", channel=room)
    await world.drain()
    assert (await world.kinds()).count("proposal.approved") == 1


async def test_a_refusal_stands_beside_the_field_it_is_about(either_world: World) -> None:
    world = either_world
    room = await world.declared()
    await world.bob.click("Protected mode", near="amber anchor", channel=room)
    await world.bob.fill("Why?", "no")
    complaints = await world.bob.submit()
    assert list(complaints) == ["Why?"]
    assert "mode.decided" not in await world.kinds()
    await world.bob.fill("Why?", WHY)
    assert await world.bob.submit() == {}
    assert (await world.kinds()).count("mode.decided") == 1


@pytest.mark.parametrize("trouble", ["retry", "duplicate", "lose_ack", "cut"])
async def test_a_command_that_comes_twice_has_one_effect(either_world: World, trouble: str) -> None:
    world = either_world
    room = await world.declared()
    world.workspace.faults.add(Fault(trouble, "command"))
    answer = await world.alice.command("/incident note Northbank's desk confirms it", room)
    assert answer.ok
    assert (await world.kinds()).count("note") == 1
    if trouble != "retry" and world.line:
        assert answer.reply == "Noted in INC-1."


@pytest.mark.parametrize("trouble", ["retry", "duplicate", "lose_ack", "cut"])
async def test_a_click_and_a_submission_that_come_twice_have_one_effect(
    either_world: World, trouble: str
) -> None:
    world = either_world
    room = await world.declared()
    world.workspace.faults.add(Fault(trouble, "block_actions"))
    world.workspace.faults.add(Fault(trouble, "view_submission"))
    await world.alice.click("Done", near="Give the phone bridge", channel=room)
    assert (await world.kinds()).count("step.done") == 1
    await world.bob.click("Protected mode", near="amber anchor", channel=room)
    await world.bob.fill("Why?", WHY)
    assert await world.bob.submit() == {}
    assert (await world.kinds()).count("mode.decided") == 1


async def test_three_copies_at_once_declare_once(either_world: World) -> None:
    world = either_world
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general", times=3)
    async with world.ctx.store.read() as tx:
        assert [i.id for i in await tx.incidents.open()] == ["INC-1"]


async def test_another_team_changes_nothing(either_world: World) -> None:
    world = either_world
    assert (await world.alice.command("/incident list")).ok
    await world.alice.command("/protected-mode on They want in", team_id=FOREIGN_TEAM)
    assert await written(world) == 0
    await world.alice.command("/incident declare Ours", "general")
    await world.alice.click("Declare", channel="general", team_id=FOREIGN_TEAM)
    assert await written(world) == 0
