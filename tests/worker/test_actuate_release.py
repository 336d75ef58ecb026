"""A worker loosens only under an approved release, and asks for it again when it commits its intent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.approval import PlanStatus, ProposalStatus
from bot.domain.base import Outcome, Phase
from bot.domain.errors import TransitionRefused
from bot.usecases import approvals, controls, phases
from bot.usecases.record import record
from tests.support.service import Fault
from tests.support.world import CALM, OVER, USDT, WHY, World

KEY = f"actuate:live:{USDT}:all"


@pytest.fixture
async def held(world: World) -> World:
    """Bob holds USDT withdrawals at small_only."""
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    return world


async def released(world: World, incident: str = "INC-1") -> None:
    """Bob proposes and Alice approves; nothing is carried out yet but the plan's own stage."""
    made = await approvals.propose_release(world.ctx, world.actor("bob"), incident, USDT, OVER)
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    await world.drain(only="time")


async def test_an_approved_release_restores_the_baseline(held: World) -> None:
    await released(held)
    await held.drain()
    assert held.service.level(held.control(USDT)) == "normal"
    assert await held.outcomes() == [Outcome.CONFIRMED, Outcome.CONFIRMED]
    assert (await held.state()).baseline is None


async def test_a_baseline_off_normal_is_what_is_restored_and_the_approver_is_shown_that(world: World) -> None:
    world.service.elsewhere(world.control(USDT), "eased")
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)
    assert made.shown.moves[0].baseline_off
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash, {USDT: "found"})
    await world.drain()
    assert world.service.level(world.control(USDT)) == "eased"


async def test_a_hold_that_merely_vanished_loosens_nothing(held: World) -> None:
    hold = (await held.holds())[USDT]
    async with held.ctx.store.write() as tx:
        await tx.holds.save(hold.model_copy(update={"released_at": held.clock.now()}))
    await held.pass_time(minutes=2)
    assert held.service.level(held.control(USDT)) == "small_only"
    assert len(held.service.orders) == 1


async def test_a_release_whose_proposal_is_not_approved_loosens_nothing(held: World) -> None:
    await released(held)
    async with held.ctx.store.write() as tx:
        (proposal,) = await tx.proposals.of("INC-1")
        await tx.proposals.save(proposal.model_copy(update={"status": ProposalStatus.OPEN}))
    await held.drain()
    assert held.service.level(held.control(USDT)) == "small_only"
    assert await held.outcomes() == [Outcome.CONFIRMED, Outcome.PENDING]


async def test_a_release_whose_approval_is_not_in_the_ledger_loosens_nothing(held: World) -> None:
    """Not even when the stage that names it is: whoever can add such a row has approved nothing."""
    await released(held)
    async with held.ctx.store.write() as tx:
        (plan,) = await tx.proposals.plans("INC-1")
        await tx.proposals.save_plan(plan.model_copy(update={"decision_id": "forged"}))
        record(held.ctx, tx, "plan.stage_begun", None, entry_id="forged.0")
    await held._sql("UPDATE actuation SET decision_id = 'forged.0' WHERE plan_id IS NOT NULL")
    await held.drain()
    assert held.service.level(held.control(USDT)) == "small_only"


async def test_the_approval_is_asked_for_in_the_transaction_of_the_intent(held: World) -> None:
    """Between the read and the intent the plan ends: what was true at the read does not count."""
    await released(held)
    job = await held.claim(KEY)
    reads = held.service.read

    async def read_and_end(*args: object) -> object:
        async with held.ctx.store.write() as tx:
            (plan,) = await tx.proposals.plans("INC-1")
            if plan.status is not PlanStatus.ENDED:
                await tx.proposals.save_plan(plan.model_copy(update={"status": PlanStatus.ENDED}))
        return await reads(*args)  # type: ignore[arg-type]

    held.service.read = read_and_end  # type: ignore[method-assign, assignment]
    await held.actuator(job)
    assert held.service.level(held.control(USDT)) == "small_only"


async def test_a_changed_policy_stops_a_release_that_was_approved_before_it(held: World) -> None:
    await released(held)
    rules = dict(held.ctx.content.now.authority.rules)
    rules["money"] = rules["money"].model_copy(update={"tighten": rules["market"].tighten})
    held.reload(authority=held.ctx.content.now.authority.model_copy(update={"rules": rules}))
    await held.drain()
    assert held.service.level(held.control(USDT)) == "small_only"
    assert "policy has changed" in (await held.state()).detail


async def test_a_gate_that_shuts_before_the_intent_holds_the_release_up_and_says_so(world: World) -> None:
    proposal = await world.proposed_off()
    plan = await approvals.approve(world.ctx, world.actor("alice"), proposal.id, proposal.hash)
    await world.drain(only="time")  # the stage has begun, nothing is set yet
    world.clock.advance(timedelta(seconds=5))
    await world.feed({**CALM, "net_outflow_hour": "900000"})
    await world.make_due(f"ladder:{plan.id}")
    await world.drain()
    found = await world.plan(plan.id)
    assert world.service.level(world.control(USDT)) == "small_only"
    assert found.status is PlanStatus.PAUSED
    assert "six hours of net outflow" in found.paused_because
    await world.pass_time(minutes=1, calm=True)
    assert world.service.level(world.control(USDT)) == "trickle"
    assert (await world.plan(plan.id)).status is PlanStatus.RUNNING


async def test_a_refused_release_leaves_the_hold_pauses_the_plan_and_can_be_proposed_again(
    held: World,
) -> None:
    held.service.fail(USDT, Fault.REFUSE)
    await released(held)
    await held.drain()
    assert await held.outcomes() == [Outcome.CONFIRMED, Outcome.REJECTED]
    hold = (await held.holds())[USDT]
    assert hold.level == "small_only"
    (row,) = await held.rows("hold.put_back")
    assert "403" in row.data["reason"]
    async with held.ctx.store.read() as tx:
        (plan,) = await tx.proposals.plans("INC-1")
    assert plan.status is PlanStatus.PAUSED
    assert any("is rejected" in p for p in held.pages("alice"))
    with pytest.raises(TransitionRefused, match=r"still held: withdrawals\.limit\.USDT\.TRON"):
        await phases.move_phase(held.ctx, held.actor("alice"), "INC-1", Phase.STOOD_DOWN, OVER)
    await held.pass_time(minutes=2)
    assert len(held.service.orders) == 2  # a refused loosening is not tried again by itself
    await released(held)
    await held.drain()
    assert held.service.level(held.control(USDT)) == "normal"
    assert await held.holds() == {}


async def test_a_refused_step_down_leaves_the_hold_where_it_was(world: World) -> None:
    proposal = await world.proposed_off()
    world.service.fail(USDT, Fault.REFUSE)
    plan = await approvals.approve(world.ctx, world.actor("alice"), proposal.id, proposal.hash)
    await world.drain()
    assert (await world.holds())[USDT].level == "small_only"
    assert (await world.plan(plan.id)).status is PlanStatus.PAUSED


async def test_what_somebody_else_set_tighter_is_not_loosened_by_our_release(held: World) -> None:
    held.service.elsewhere(held.control(USDT), "suspended")
    await released(held)
    await held.drain()
    assert held.service.level(held.control(USDT)) == "suspended"
    assert await held.outcomes() == [Outcome.CONFIRMED, Outcome.ALREADY_SET]
    view = next(c for c in (await held.view()).controls if c.control.id == USDT)
    assert view.external


async def test_the_next_hold_takes_a_baseline_of_its_own(held: World) -> None:
    await released(held)
    await held.drain()
    held.service.elsewhere(held.control(USDT), "eased")
    await controls.set_control(held.ctx, held.actor("bob"), "INC-1", USDT, "tightened", WHY)
    await held.drain()
    assert (await held.state()).baseline == held.control(USDT).level("eased").value


async def test_a_release_whose_answer_was_lost_is_retried_under_its_own_key(held: World) -> None:
    held.service.fail(USDT, Fault.LOSE_BEFORE)
    await released(held)
    await held.drain()
    await held.retry()
    keys = [o.key for o in held.service.orders]
    assert keys[1] == keys[2]
    assert held.service.level(held.control(USDT)) == "normal"
