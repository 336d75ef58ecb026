"""The way out: step by step, each gated, confirmed, published and waited for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.approval import PlanStatus
from bot.domain.base import Outcome
from bot.domain.errors import Stale
from bot.domain.mode import ModeId
from bot.usecases import approvals, controls, ladder
from bot.usecases.ports import LeaseLost
from tests.support.service import Fault
from tests.support.world import OVER, USDT, WHY, World


async def test_a_step_is_begun_confirmed_and_waited_for_before_the_next(world: World) -> None:
    plan = await world.reopening()
    assert (plan.stage, plan.begun, plan.status) == (0, True, PlanStatus.RUNNING)
    assert plan.confirmed_at is not None
    assert plan.due_at == plan.confirmed_at + timedelta(minutes=30)
    assert world.service.level(world.control(USDT)) == "trickle"
    await world.pass_time(minutes=29, calm=True)
    assert world.service.level(world.control(USDT)) == "trickle"
    await world.pass_time(minutes=2, calm=True)
    assert world.service.level(world.control(USDT)) == "tightened"


async def test_it_ends_in_normal_mode_with_every_baseline_restored_and_no_hold_in_force(
    full_world: World,
) -> None:
    world = full_world
    world.service.elsewhere(world.control("promo.payouts"), "paused")  # the operator's own, before all this
    plan = await world.climbed(await world.reopening({"promo.payouts": "found"}))
    assert plan.status is PlanStatus.DONE
    assert (await world.incident()).mode is ModeId.NORMAL
    assert await world.holds() == {}
    now = world.levels(c.id for c in world.ctx.content.now.controls)
    assert {i for i, level in now.items() if level != "normal"} == {"promo.payouts"}
    begun = [r.data["stage"] for r in await world.rows("plan.stage_begun")]
    assert begun == [s.id for s in plan.stages]
    assert begun[-1] == "everything"
    async with world.ctx.store.read() as tx:
        assert {a.outcome for a in await tx.holds.actuations("INC-1")} <= {
            Outcome.CONFIRMED,
            Outcome.ALREADY_SET,
        }


async def test_each_confirmed_step_is_drafted_for_the_public_under_its_title(world: World) -> None:
    await world.reopening()
    drafts = [p for p in await world.publications() if p.spec_id == "reopening" and p.state == "draft"]
    assert "oldest first" in drafts[0].body


@pytest.mark.parametrize(
    ("samples", "said"),
    [({"net_outflow_hour": "900000"}, "six hours of net outflow"), ({}, "unknown")],
    ids=["shut", "unknown"],
)
async def test_a_gate_that_is_not_open_pauses_says_why_asks_the_commander_and_goes_on_by_itself(
    world: World, samples: dict[str, str], said: str
) -> None:
    plan = await world.reopening()
    world.clock.advance(timedelta(minutes=31))
    if samples:
        await world.feed({"coverage": "2", "books_drift": "0", "refill_available": "9", **samples})
    await world.make_due(f"ladder:{plan.id}")
    await world.drain(only="time")
    plan = await world.plan(plan.id)
    assert plan.status is PlanStatus.PAUSED
    assert said in plan.paused_because
    assert any(a.what.startswith("reopening paused") for a in (await world.view()).awaited)
    assert "digest:alice" in await world.due()
    assert world.service.level(world.control(USDT)) == "trickle"
    await world.pass_time(minutes=1, calm=True)
    assert (await world.plan(plan.id)).status is PlanStatus.RUNNING
    assert world.service.level(world.control(USDT)) == "tightened"
    assert len(await world.rows("plan.resumed")) == 1


async def test_what_was_tightened_since_the_approval_stops_the_plan(world: World) -> None:
    plan = await world.reopening()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    await world.pass_time(minutes=31, calm=True)
    plan = await world.plan(plan.id)
    assert plan.status is PlanStatus.PAUSED
    assert "was tightened after this was approved" in plan.paused_because
    assert world.service.level(world.control(USDT)) == "small_only"


async def test_a_newer_approval_takes_the_place_of_a_stopped_plan(world: World) -> None:
    first = await world.reopening()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.pass_time(minutes=31, calm=True)
    await world.calm()
    made = await approvals.propose_off(world.ctx, world.actor("bob"), "INC-1", OVER)
    second = await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    assert (await world.plan(first.id)).status is PlanStatus.ENDED
    assert (await world.climbed(await world.worked(second.id))).status is PlanStatus.DONE


async def test_a_stopped_plan_gives_way_even_where_one_of_its_controls_was_released_apart(
    world: World,
) -> None:
    first = await world.reopening()
    apart = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", "withdrawals.risk", OVER)
    await approvals.approve(world.ctx, world.actor("alice"), apart.id, apart.hash)
    await world.drain()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.pass_time(minutes=31, calm=True)
    assert (await world.plan(first.id)).status is PlanStatus.PAUSED
    await world.calm()
    made = await approvals.propose_off(world.ctx, world.actor("bob"), "INC-1", OVER)
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    assert (await world.plan(first.id)).status is PlanStatus.ENDED


async def test_a_plan_that_has_nothing_left_to_loosen_is_left_to_say_that_it_is_done(world: World) -> None:
    await world.declared()
    plans = []
    for control_id, level in (("withdrawals.risk", "strict"), (USDT, "trickle")):
        await controls.set_control(world.ctx, world.actor("bob"), "INC-1", control_id, level, WHY)
        await world.drain()
        made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", control_id, OVER)
        plan = await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
        plans.append(plan.id)
        await ladder.advance(world.ctx, plan.id)
        await world.drain(only="actuation")
    await world.drain()
    assert [(await world.plan(p)).status for p in plans] == [PlanStatus.DONE, PlanStatus.DONE]


async def test_a_changed_policy_stops_the_plan_at_its_next_step(world: World) -> None:
    plan = await world.reopening()
    authority = world.ctx.content.now.authority
    world.reload(authority=authority.model_copy(update={"ratify_within": timedelta(minutes=5)}))
    await world.pass_time(minutes=31, calm=True)
    plan = await world.plan(plan.id)
    assert plan.status is PlanStatus.PAUSED
    assert "policy have changed" in plan.paused_because


async def test_a_refused_step_pauses_and_may_be_proposed_anew(world: World) -> None:
    made = await world.proposed_off()
    world.service.fail(USDT, Fault.REFUSE)
    first = await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    await world.drain()
    assert "refused this stage" in (await world.plan(first.id)).paused_because
    await world.calm()
    again = await approvals.propose_off(world.ctx, world.actor("bob"), "INC-1", OVER)
    second = await approvals.approve(world.ctx, world.actor("alice"), again.id, again.hash)
    assert (await world.climbed(await world.worked(second.id))).status is PlanStatus.DONE


async def test_beginning_a_step_twice_is_seen_and_undone(world: World) -> None:
    plan = await world.reopening()
    async with world.ctx.store.write() as tx:
        found = await tx.proposals.plan(plan.id)
        await tx.proposals.save_plan(found.model_copy(update={"begun": False, "confirmed_at": None}))
    with pytest.raises(Stale):
        await ladder.advance(world.ctx, plan.id)
    assert len(await world.rows("plan.stage_begun")) == 1


async def test_a_worker_that_lost_its_lease_advances_nothing(world: World) -> None:
    plan = await world.reopening()
    slow = await world.claim(f"ladder:{plan.id}")
    await world.expire_leases()
    await world.pass_time(minutes=31, calm=True)
    rows = len(await world.rows())
    with pytest.raises(LeaseLost):
        await ladder.advance(world.ctx, plan.id, slow)
    assert len(await world.rows()) == rows


async def test_a_step_whose_controls_were_released_by_hand_is_passed_without_its_wait(world: World) -> None:
    plan = await world.reopening()
    made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    await world.drain()
    await world.pass_time(minutes=31, calm=True)
    plan = await world.plan(plan.id)
    assert plan.at_hand is not None
    assert plan.at_hand.id == "eased"
    assert len(await world.rows("plan.stage_passed")) == 1


async def test_a_single_release_is_not_told_as_a_reopening(world: World) -> None:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", "withdrawals.risk", "strict", WHY)
    await world.drain()
    made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", "withdrawals.risk", OVER)
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    await world.drain()
    assert "reopening" not in {p.spec_id for p in await world.publications()}
