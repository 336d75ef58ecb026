"""A freeze stops loosening, `freeze all` tightening too; two people lift it, and everything is read first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.approval import PlanStatus
from bot.domain.base import Environment, Outcome
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, NotFound, Stale
from bot.domain.freeze import Freeze, FreezeScope
from bot.usecases import approvals, controls, freezing
from bot.usecases.frozen import FreezeView, freeze_view
from tests.support.service import Fault
from tests.support.world import OVER, USDT, WHY, World

FIGHT = "Two reopenings are fighting over the hot wallet"
CALMED = "Books agree again and both reopenings were looked through"


async def freeze(world: World, by: str = "bob", scope: FreezeScope = FreezeScope.LOOSENING) -> Freeze:
    typed = "freeze all" if scope is FreezeScope.ALL else ""
    return await freezing.freeze(world.ctx, world.actor(by), scope, FIGHT, typed)


async def lift(world: World, by: str) -> Freeze:
    return await freezing.lift(world.ctx, world.actor(by), CALMED)


async def seen(world: World) -> FreezeView | None:
    async with world.ctx.store.read() as tx:
        return await freeze_view(world.ctx, tx, world.ctx.environment)


async def released(world: World) -> None:
    """Bob's and Alice's yes to releasing what INC-1 holds."""
    made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)


@pytest.fixture
async def held(world: World) -> World:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    return world


async def test_one_entitled_person_stops_a_release_that_was_approved_and_it_waits_with_the_reason(
    held: World,
) -> None:
    await released(held)
    await freeze(held, by="frank")
    await held.drain()
    assert held.service.level(held.control(USDT)) == "small_only"
    async with held.ctx.store.read() as tx:
        (plan,) = await tx.proposals.plans("INC-1")
    assert plan.paused_because.startswith("Frank Moreau froze loosening")
    (row, mine) = await held.rows("freeze.begun")
    assert (row.actor, row.incident_id, mine.incident_id) == ("frank", None, "INC-1")
    assert row.data["justification"] == FIGHT


async def test_it_is_asked_for_in_the_transaction_of_the_intent(held: World) -> None:
    """The stage was begun before the freeze: what the worker finds when it runs is what counts."""
    await released(held)
    await held.drain(only="time")
    assert await held.holds() == {}
    await freeze(held)
    await held.drain()
    assert held.service.level(held.control(USDT)) == "small_only"
    state = await held.state()
    assert state.detail.startswith("Bob Okafor froze loosening")
    assert (await held.outcomes())[-1] is Outcome.PENDING


async def test_while_loosening_is_frozen_everyone_still_tightens(held: World) -> None:
    await freeze(held)
    await controls.set_control(held.ctx, held.actor("bob"), "INC-1", USDT, "suspended", WHY)
    await held.drain()
    assert held.service.level(held.control(USDT)) == "suspended"


async def test_freeze_all_stops_tightening_too_and_sets_what_is_held_once_it_is_lifted(held: World) -> None:
    await freeze(held, by="alice", scope=FreezeScope.ALL)
    await controls.set_control(held.ctx, held.actor("bob"), "INC-1", USDT, "suspended", WHY)
    held.service.elsewhere(held.control("swaps"), "none")
    await held.drain()
    assert held.service.level(held.control(USDT)) == "small_only"
    assert "froze everything" in (await held.state()).detail
    await lift(held, "alice")
    await lift(held, "bob")
    await held.drain()
    await held.pass_time(seconds=3)
    assert await seen(held) is None
    assert held.service.level(held.control(USDT)) == "suspended"


@pytest.mark.parametrize("typed", ["", "freeze", "all", "freeze alll"])
async def test_freeze_all_must_be_typed_out(held: World, typed: str) -> None:
    with pytest.raises(BadInput, match="type “freeze all” in full"):
        await freezing.freeze(held.ctx, held.actor("alice"), FreezeScope.ALL, FIGHT, typed)
    assert await seen(held) is None


async def test_who_is_not_entitled_freezes_nothing_and_lifts_nothing(held: World) -> None:
    with pytest.raises(NotEntitled, match="Alice Ng"):
        await freeze(held, by="carol")
    with pytest.raises(NotEntitled):
        await freeze(held, by="bob", scope=FreezeScope.ALL)
    await freeze(held)
    with pytest.raises(NotEntitled):
        await lift(held, "dana")
    with pytest.raises(BadInput):
        await freezing.lift(held.ctx, held.actor("alice"), "")


async def test_a_second_freeze_is_told_who_was_first_and_freeze_all_goes_beyond(held: World) -> None:
    await freeze(held)
    with pytest.raises(AlreadyDone, match="Bob Okafor froze loosening at 03:00:00 UTC"):
        await freeze(held, by="alice")
    assert (await freeze(held, by="erin", scope=FreezeScope.ALL)).scope is FreezeScope.ALL
    with pytest.raises(AlreadyDone, match="Erin Walsh froze everything"):
        await freeze(held)


async def test_lifting_takes_another_person_and_reads_every_control_again_first(held: World) -> None:
    await released(held)
    await freeze(held)
    await held.drain()
    await lift(held, "bob")
    with pytest.raises(NotEntitled, match="You proposed this; the second person must be another"):
        await lift(held, "bob")
    await held.drain()
    assert any("Bob Okafor proposes to lift the freeze" in text for text in held.pages("alice"))
    held.clock.advance(timedelta(seconds=1))
    reads = held.service.reads
    await lift(held, "alice")
    view = await seen(held)
    assert view is not None
    assert view.lifting
    assert set(view.unread) == {c.id for c in held.content.now.controls}
    assert held.service.level(held.control(USDT)) == "small_only"
    await held.drain(only="actuation")
    assert held.service.reads > reads
    assert held.service.level(held.control(USDT)) == "small_only"
    await held.pass_time(seconds=3)
    assert await seen(held) is None
    await held.pass_time(seconds=31)
    assert held.service.level(held.control(USDT)) == "normal"
    assert [r.data["unread"] for r in await held.rows("freeze.lifted")] == [[], []]


async def test_what_cannot_be_read_keeps_it_frozen_for_a_minute_and_is_named(held: World) -> None:
    await freeze(held)
    held.service.deaf.add("swaps")
    await lift(held, "bob")
    await lift(held, "alice")
    await held.drain()
    await held.pass_time(seconds=30)
    view = await seen(held)
    assert view is not None
    assert view.unread == ("swaps",)
    await held.pass_time(seconds=45)
    assert await seen(held) is None
    assert (await held.rows("freeze.lifted"))[0].data["unread"] == ["swaps"]


async def test_a_proposal_to_lift_that_nobody_answered_is_over_after_its_time(held: World) -> None:
    await freeze(held)
    await lift(held, "bob")
    await held.pass_time(minutes=61)
    assert (await lift(held, "alice")).agreed is None
    view = await seen(held)
    assert view is not None
    assert view.asked_by == "Alice Ng"


async def test_nothing_is_lifted_that_is_not_frozen_nor_what_was_frozen_anew(held: World) -> None:
    with pytest.raises(NotFound, match="Nothing is frozen"):
        await lift(held, "bob")
    first = await freeze(held)
    await lift(held, "bob")
    await lift(held, "alice")
    await freeze(held, by="frank")
    with pytest.raises(Stale):
        await freezing.lift(held.ctx, held.actor("alice"), CALMED, first.id)
    await held.pass_time(minutes=5)
    assert await seen(held) is not None


async def test_what_was_in_flight_is_listed_until_it_drains(held: World) -> None:
    held.service.fail(USDT, Fault.LOSE_BEFORE)
    await released(held)
    await held.drain()
    assert (await held.state()).intent_open
    await freeze(held)
    view = await seen(held)
    assert view is not None
    assert view.flying == (USDT,)
    assert (await held.rows("freeze.begun"))[0].data["in_flight"] == [USDT]
    await held.retry()
    view = await seen(held)
    assert view is not None
    assert view.flying == ()


async def test_a_freeze_and_an_intent_at_the_same_moment_are_in_some_order(any_world: World) -> None:
    """Either the intent was first, and is listed, or it never was."""
    world = any_world
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    await released(world)
    await world.drain(only="time")
    job = await world.claim(f"actuate:live:{USDT}:all")
    await asyncio.gather(freeze(world), world.carry(job))
    (row, *_) = await world.rows("freeze.begun")
    intents = [r for r in await world.rows("actuation.intended") if r.data["course"] == "loosen"]
    assert all(i.seq < row.seq for i in intents)


async def test_a_reopening_pauses_and_goes_on_under_its_approval_once_two_have_lifted(world: World) -> None:
    plan = await world.reopening()
    await freeze(world)
    await world.pass_time(minutes=31, calm=True)
    plan = await world.plan(plan.id)
    assert plan.status is PlanStatus.PAUSED
    assert world.service.level(world.control(USDT)) == "trickle"
    await lift(world, "bob")
    await lift(world, "alice")
    await world.drain()
    await world.pass_time(seconds=3, calm=True)
    assert (await world.plan(plan.id)).status is PlanStatus.RUNNING
    await world.drain()
    assert world.service.level(world.control(USDT)) == "tightened"


async def test_a_drill_goes_on_while_the_real_thing_is_frozen(held: World) -> None:
    await freeze(held)
    async with held.ctx.store.read() as tx:
        assert await freeze_view(held.ctx, tx, Environment.DRILL) is None
