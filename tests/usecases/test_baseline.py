"""What was off normal before it was held: whoever approves says what to restore, as part of the approval."""

from __future__ import annotations

import pytest

from bot.domain.approval import Proposal, Restore
from bot.domain.errors import BadInput, Stale
from bot.usecases import approvals, controls
from tests.support.world import OVER, USDT, WHY, World

OFF = "eased"


@pytest.fixture
async def off(world: World) -> World:
    """Before all this the operators had eased it."""
    world.service.elsewhere(world.control(USDT), OFF)
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    return world


async def proposed(world: World, incident: str = "INC-1") -> Proposal:
    return await approvals.propose_release(world.ctx, world.actor("bob"), incident, USDT, OVER)


async def test_what_was_found_is_part_of_what_is_shown(off: World) -> None:
    (move,) = (await proposed(off)).shown.choices
    assert move.baseline == off.control(USDT).level(OFF).value


@pytest.mark.parametrize(("choice", "level"), [(Restore.FOUND, OFF), (Restore.NORMAL, "normal")])
async def test_the_release_restores_what_the_approver_chose(off: World, choice: Restore, level: str) -> None:
    made = await proposed(off)
    await approvals.approve(off.ctx, off.actor("alice"), made.id, made.hash, {USDT: choice})
    await off.drain()
    assert off.service.level(off.control(USDT)) == level
    (row,) = await off.rows("proposal.approved")
    assert row.data["restore"] == {USDT: choice.value}


@pytest.mark.parametrize("choice", [None, {}, {USDT: "tightened"}, {"swaps": "normal"}])
async def test_without_a_choice_nothing_is_approved(off: World, choice: dict[str, str] | None) -> None:
    made = await proposed(off)
    with pytest.raises(BadInput, match="was off normal before it was held"):
        await approvals.approve(off.ctx, off.actor("alice"), made.id, made.hash, choice)
    await off.drain()
    assert off.service.level(off.control(USDT)) == "small_only"


async def test_where_all_was_normal_nothing_is_asked(world: World) -> None:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    assert (await proposed(world)).shown.choices == ()


async def test_it_is_asked_of_the_last_release_alone(off: World) -> None:
    await off.declared()
    await controls.set_control(off.ctx, off.actor("bob"), "INC-2", USDT, "tightened", WHY)
    await off.drain()
    first = await proposed(off)
    assert first.shown.choices == ()
    await approvals.approve(off.ctx, off.actor("alice"), first.id, first.hash)
    await off.drain()
    assert len((await proposed(off, "INC-2")).shown.choices) == 1


async def test_another_hold_placed_meanwhile_keeps_the_baseline_for_the_last_release(off: World) -> None:
    await off.declared()
    made = await proposed(off)
    await approvals.approve(off.ctx, off.actor("alice"), made.id, made.hash, {USDT: "normal"})
    await controls.set_control(off.ctx, off.actor("bob"), "INC-2", USDT, "tightened", WHY)
    await off.drain()
    assert off.service.level(off.control(USDT)) == "tightened"
    assert (await off.state()).baseline == off.control(USDT).level(OFF).value


async def test_a_baseline_that_became_known_since_makes_the_proposal_stale(world: World) -> None:
    world.service.elsewhere(world.control(USDT), OFF)
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    made = await proposed(world)
    await world.drain()
    with pytest.raises(Stale, match="the controls or levels"):
        await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash, {USDT: "normal"})
