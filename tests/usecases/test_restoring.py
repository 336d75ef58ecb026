"""A backup is put back: nothing of the course that was lost takes effect, and nothing loosens by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.approval import PlanStatus, ProposalStatus
from bot.domain.authority import Person
from bot.domain.base import Outcome
from bot.domain.errors import Refusal
from bot.domain.ledger import Head
from bot.usecases import approvals, controls, restoring
from bot.usecases.ports import Actor, Order, Outrun
from bot.usecases.restoring import Restored
from tests.support.world import FEW, OVER, USDT, WHY, World

OPERATOR = Actor(Person(id="os:root@host", name="root@host"), via="command line")


async def restored(world: World, *lost: Head) -> Restored:
    return await restoring.restore(world.ctx, OPERATOR, lost)


async def tightened(world: World, level: str = "tightened") -> None:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, level, WHY)
    await world.drain()


async def test_the_epoch_rises_above_every_one_given_even_if_the_same_backup_comes_back_twice(
    any_world: World,
) -> None:
    world = any_world
    await tightened(world)
    first = await restored(world)
    assert (first.before, first.epoch) == (1, int(world.clock.wall().timestamp()))
    again = await restored(world)
    assert again.epoch > first.epoch
    async with world.ctx.store.write() as tx:
        await tx.keepsakes.set_fact("epoch", "1")  # the same backup, an hour later
    world.clock.advance(timedelta(hours=1))
    assert (await restored(world)).epoch > again.epoch


async def test_what_is_held_is_set_anew_under_the_new_epoch_so_that_nothing_of_the_lost_course_counts(
    world: World,
) -> None:
    await tightened(world)
    late = Order("live/1/x/all/9", 1, 9, "of the course that was lost")
    done = await restored(world)
    await world.drain()
    assert world.service.effects[-1].epoch == done.epoch
    assert world.service.level(world.control(USDT)) == "tightened"
    normal = world.control(USDT).level("normal").value
    with pytest.raises(Outrun):
        await world.service.set(world.control(USDT), "all", normal, late)


async def test_what_the_lost_course_had_loosened_is_tightened_again(world: World) -> None:
    await tightened(world)
    world.service.elsewhere(world.control(USDT), "normal")
    await restored(world)
    await world.drain()
    assert world.service.level(world.control(USDT)) == "tightened"


async def test_what_the_lost_course_had_tightened_is_read_shown_and_left(world: World) -> None:
    await world.declared()
    world.service.elsewhere(world.control(USDT), "small_only")
    await restored(world)
    await world.drain()
    assert (await world.state()).observed_level == "small_only"
    assert world.service.level(world.control(USDT)) == "small_only"
    assert world.service.effects == []


async def test_nothing_is_known_of_any_control_until_it_was_read(world: World) -> None:
    await tightened(world)
    assert (await world.state()).observed_level == "tightened"
    done = await restored(world)
    state = await world.state()
    assert (state.observed, state.outcome) == (None, Outcome.UNKNOWN)
    assert done.controls >= len(FEW)
    reads = world.service.reads
    await world.drain()
    assert world.service.reads >= reads + done.controls
    assert (await world.state()).outcome is Outcome.CONFIRMED


async def test_a_reopening_under_way_ends_where_it_is(world: World) -> None:
    plan = await world.reopening()
    assert (await restored(world)).reopenings == 1
    await world.drain()
    assert (await world.plan(plan.id)).status is PlanStatus.ENDED
    await world.pass_time(hours=2, calm=True)
    assert world.service.level(world.control(USDT)) == "trickle"


async def test_an_open_proposal_goes_stale_and_may_be_made_anew(world: World) -> None:
    proposal = await world.proposed_off()
    assert (await restored(world)).proposals == 1
    assert (await world.proposal(proposal.id)).status is ProposalStatus.STALE
    with pytest.raises(Refusal):
        await approvals.approve(world.ctx, world.actor("alice"), proposal.id, proposal.hash)
    await approvals.propose_off(world.ctx, world.actor("bob"), proposal.incident_id, OVER)


async def test_the_ledger_says_who_did_it_and_what_is_lost_and_every_open_incident_hears_of_it(
    world: World,
) -> None:
    await world.declared()
    lost = Head(seq=99, hash="a" * 64)
    done = await restored(world, lost)
    await world.drain()
    whole, mine = await world.rows("deployment.restored")
    assert (whole.actor, whole.incident_id) == ("os:root@host", None)
    assert whole.data["lost"] == [lost.model_dump()]
    assert whole.data["ended_at_row"] == done.head.seq == whole.seq - 1
    assert mine.incident_id == "INC-1"
    (said,) = [job.payload["text"] for job in world.wanted if job.key == f"say:restored:{done.epoch}:INC-1"]
    assert f"row {done.head.seq}" in said
