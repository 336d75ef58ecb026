"""One level up or down at a time, what a jump passes over, and taking back what was placed a moment ago."""

from __future__ import annotations

import pytest

from bot.domain.approval import Proposal, ProposalKind
from bot.domain.errors import BadInput, NotEntitled, NotFound, Stale
from bot.usecases import approvals, controls, levels
from tests.support.world import OVER, ROUTE, USDT, WHY, World

WRONG = "It was the wrong network"


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def hold(world: World, level: str, incident: str = "INC-1", control: str = USDT) -> None:
    await controls.set_control(world.ctx, world.actor("bob"), incident, control, level, WHY)
    await world.drain()


async def up(world: World, incident: str = "INC-1", by: str = "bob") -> str:
    made = await levels.tighten_one(world.ctx, world.actor(by), incident, USDT, WHY)
    await world.drain()
    return made.level


async def agreed(world: World, made: Proposal, by: str = "alice") -> None:
    await approvals.approve(world.ctx, world.actor(by), made.id, made.hash)
    await world.drain()


async def withdraw(world: World, by: str = "bob") -> Proposal:
    return await approvals.propose_withdrawal(world.ctx, world.actor(by), "INC-1", USDT, WRONG)


async def test_one_level_tighter_than_it_is_held_by_anybody_or_seen(declared: World) -> None:
    assert [await up(declared), await up(declared)] == ["eased", "tightened"]
    await declared.declared()
    assert await up(declared, "INC-2") == "trickle"
    declared.service.elsewhere(declared.control(USDT), "small_only")
    await declared.make_due(f"actuate:live:{USDT}:all")
    await declared.drain()
    assert await up(declared) == "suspended"
    with pytest.raises(BadInput, match="the most restrictive level it has"):
        await up(declared)
    with pytest.raises(NotEntitled):
        await levels.tighten_one(declared.ctx, declared.actor("carol"), "INC-1", "swaps", WHY)


async def test_one_level_down_is_proposed_and_goes_no_further(declared: World) -> None:
    await hold(declared, "small_only")
    made = await approvals.propose_lower(declared.ctx, declared.actor("bob"), "INC-1", USDT, OVER)
    assert (made.kind, made.what) == (ProposalKind.LOWER, f"lower {USDT} to trickle")
    assert made.shown.moves[0].to_level == "trickle"
    assert declared.service.level(declared.control(USDT)) == "small_only"
    await agreed(declared, made)
    assert declared.service.level(declared.control(USDT)) == "trickle"
    assert (await declared.holds())[USDT].level == "trickle"


async def test_one_level_down_from_the_first_lets_go_of_it(declared: World) -> None:
    await hold(declared, "eased")
    made = await approvals.propose_lower(declared.ctx, declared.actor("bob"), "INC-1", USDT, OVER)
    assert made.what == f"release {USDT}"
    await agreed(declared, made)
    assert await declared.holds() == {}
    assert declared.service.level(declared.control(USDT)) == "normal"


async def test_lowering_ones_own_hold_leaves_what_another_incident_holds(declared: World) -> None:
    await hold(declared, "small_only")
    await declared.declared()
    await hold(declared, "small_only", "INC-2")
    made = await approvals.propose_lower(declared.ctx, declared.actor("bob"), "INC-1", USDT, OVER)
    assert made.shown.moves[0].to_level == "small_only"
    await agreed(declared, made)
    assert declared.service.level(declared.control(USDT)) == "small_only"
    assert (await declared.holds())[USDT].level == "trickle"


async def test_a_hold_that_was_raised_since_makes_the_proposal_stale(declared: World) -> None:
    await hold(declared, "trickle")
    made = await approvals.propose_lower(declared.ctx, declared.actor("bob"), "INC-1", USDT, OVER)
    await hold(declared, "small_only")
    with pytest.raises(Stale, match="what it is lowered to"):
        await agreed(declared, made)


async def test_a_mode_keeps_what_it_promises_shut_one_level_down_too(world: World) -> None:
    await world.protected()
    with pytest.raises(BadInput, match="is left as a whole"):
        await approvals.propose_lower(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)


async def test_a_jump_says_what_lies_between(declared: World) -> None:
    await hold(declared, "eased")
    control = declared.control(USDT)
    async with declared.ctx.store.read() as tx:
        states = await tx.controls.all(declared.ctx.environment)
        holds = await tx.holds.in_force(declared.ctx.environment)
    (jump,) = controls.preview([(control, control.level("small_only"))], states, holds)
    (one,) = controls.preview([(control, control.level("tightened"))], states, holds)
    (blind,) = controls.preview([(control, control.level("small_only"))], {}, [])
    assert [level.id for level in jump.between] == ["tightened", "trickle"]
    assert one.between == blind.between == ()


async def test_what_was_placed_a_moment_ago_is_taken_back_by_two_without_ladder_or_gates(
    world: World,
) -> None:
    await world.protected()
    made = await withdraw(world)
    assert made.what == f"withdraw the hold on {USDT}"
    with pytest.raises(NotEntitled, match="the second person must be another"):
        await agreed(world, made, by="bob")
    await agreed(world, made)
    assert USDT not in await world.holds()
    assert world.service.level(world.control(USDT)) == "normal"


async def test_a_raise_is_taken_back_to_where_it_was_raised_from(declared: World) -> None:
    await hold(declared, "tightened")
    await declared.pass_time(minutes=30)
    await hold(declared, "small_only")
    await agreed(declared, await withdraw(declared))
    assert (await declared.holds())[USDT].level == "tightened"
    assert declared.service.level(declared.control(USDT)) == "tightened"


async def test_out_of_a_suspension_a_withdrawal_too_takes_an_executive(declared: World) -> None:
    await hold(declared, "suspended")
    made = await withdraw(declared)
    with pytest.raises(NotEntitled, match="Erin Walsh"):
        await agreed(declared, made)
    await agreed(declared, made, by="erin")
    assert declared.service.level(declared.control(USDT)) == "normal"


@pytest.mark.parametrize("minutes", [11, 60])
async def test_after_ten_minutes_it_goes_the_usual_way(declared: World, minutes: int) -> None:
    await hold(declared, "small_only")
    await declared.pass_time(minutes=minutes)
    with pytest.raises(Stale, match="was not placed within 10m"):
        await withdraw(declared)


async def test_a_withdrawal_that_nobody_agreed_to_in_time_is_over(declared: World) -> None:
    await hold(declared, "small_only")
    made = await withdraw(declared)
    await declared.pass_time(minutes=11)
    with pytest.raises(Stale, match="is expired"):
        await agreed(declared, made)


async def test_saying_the_same_again_makes_no_old_hold_new(declared: World) -> None:
    """Or whoever set a level anew could take it back without its gates."""
    await hold(declared, "small_only")
    await declared.pass_time(minutes=30)
    made = await approvals.propose_release(declared.ctx, declared.actor("bob"), "INC-1", USDT, OVER)
    await approvals.approve(declared.ctx, declared.actor("alice"), made.id, made.hash)
    await hold(declared, "small_only")
    with pytest.raises(Stale, match="was not placed"):
        await withdraw(declared)


async def test_nothing_is_taken_back_that_is_not_held(declared: World) -> None:
    for propose in (approvals.propose_lower, approvals.propose_withdrawal):
        with pytest.raises(NotFound, match="there is nothing to release"):
            await propose(declared.ctx, declared.actor("bob"), "INC-1", ROUTE, WRONG)
