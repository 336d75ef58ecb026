"""What an approved release may do, and what becomes of its holds when it cannot be carried out."""

from __future__ import annotations

from typing import Any

from bot.domain.approval import PlanStatus, ProposalStatus, ReleasePlan
from bot.domain.base import Outcome
from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.domain.ladder import level_before
from bot.usecases import work
from bot.usecases.gates import ask_gate
from bot.usecases.holding import arm
from bot.usecases.ports import Actuation, Context, Tx
from bot.usecases.record import record
from bot.usecases.reload import stands
from bot.usecases.step_up import proved

GOING = (PlanStatus.RUNNING, PlanStatus.PAUSED)


async def releasing(tx: Tx, incident_id: str) -> set[str]:
    """The controls that an approved plan of the incident has yet to loosen."""
    plans = [p for p in await tx.proposals.plans(incident_id) if p.status in GOING]
    return {control for p in plans for stage in p.stages[p.stage :] for control in stage.levels}


async def authorised_release(ctx: Context, tx: Tx, pending: list[Actuation]) -> str | None:
    """The newest pending decision that an approved release covers, under the policy and the gates of now."""
    for asked in reversed(pending):
        if asked.plan_id is not None and await _covered(ctx, tx, asked, asked.plan_id):
            return asked.decision_id
    return None


async def _covered(ctx: Context, tx: Tx, asked: Actuation, plan_id: str) -> bool:
    plan = await tx.proposals.plan(plan_id)
    proposal = await tx.proposals.get(plan.proposal_id)
    if proposal.status is not ProposalStatus.APPROVED or plan.status is PlanStatus.ENDED:
        return False
    if not await stands(ctx, tx, plan.content_digest):
        return False
    if not asked.decision_id.startswith(f"{plan.decision_id}.") or not await tx.ledger.has(plan.decision_id):
        return False
    if not proved(ctx, proposal):
        return False
    stage = plan.at_hand
    if stage is None or not stage.gate:
        return True
    incident = await tx.incidents.get(asked.incident_id)
    return (await ask_gate(ctx, tx, stage.gate, incident)).is_open


async def put_back(ctx: Context, tx: Tx, incident: Incident, asked: Actuation, reason: str) -> Hold | None:
    """Let the hold stand again that a release was to lower, at the level the control never left.

    None when the incident holds the control anew already. The caller has locked the control.
    """
    control = ctx.content.now.by_id.get(asked.control_id)
    mine = [h for h in await tx.holds.of(incident.id) if h.control_id == asked.control_id]
    hold = next((h for h in mine if h.id == asked.hold_id), None)
    if control is None or hold is None or any(h.in_force and h.id != hold.id for h in mine):
        return None
    plan = await tx.proposals.plan(asked.plan_id or "")
    proposal = await tx.proposals.get(plan.proposal_id)
    level = control.level(level_before(plan, proposal.shown, control.id) or hold.level)
    if hold.in_force and control.index(hold.level) >= control.index(level.id):
        return None
    said: dict[str, Any] = {"hold": hold.id, "control": control.id, "level": level.id, "reason": reason}
    decision = record(ctx, tx, "hold.put_back", None, incident=incident, **said)
    changes = {
        "level": level.id,
        "value": level.value,
        "content_digest": ctx.content.now.policy_digest,
        "decision_id": decision,
        "plan_id": None,
        "released_at": None,
        "review_at": ctx.clock.now() + control.review_after,
    }
    hold = await tx.holds.save(hold.model_copy(update=changes))
    await arm(ctx, tx, hold, level)
    return hold


async def end_plans(ctx: Context, tx: Tx, incident: Incident, reason: str) -> None:
    """End every reopening of an incident that is still under way: what was not loosened yet stays held.

    The caller has locked the incident.
    """
    for plan in await tx.proposals.plans(incident.id):
        if await stop_plan(ctx, tx, incident, plan, reason):
            await _hold_again(ctx, tx, incident, plan, reason)


async def stop_plan(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan, reason: str) -> bool:
    """End a plan that is still under way; what it has begun is the caller's to settle."""
    plan = await tx.proposals.plan(plan.id, lock=True)
    if plan.status not in GOING:
        return False
    await tx.proposals.save_plan(plan.model_copy(update={"status": PlanStatus.ENDED}))
    record(ctx, tx, "plan.ended", None, incident=incident, plan=plan.id, reason=reason)
    await tx.jobs.cancel(f"ladder:{plan.id}")
    return True


async def _hold_again(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan, reason: str) -> None:
    states = await tx.controls.lock(incident.environment, plan.at_hand.levels if plan.at_hand else ())
    for asked in await tx.holds.actuations(incident.id):
        if asked.plan_id != plan.id or asked.outcome is not Outcome.PENDING:
            continue
        await put_back(ctx, tx, incident, asked, reason)
        generation = states[asked.control_id].generation
        await tx.holds.finish(asked.id, Outcome.SUPERSEDED, generation, ctx.clock.now())
        await work.actuate(tx, asked.environment, asked.control_id, asked.target)
