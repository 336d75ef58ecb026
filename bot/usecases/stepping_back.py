"""Taking a ladder step back: what it lowered is held again as before it, under the same approval."""

from __future__ import annotations

from typing import Any

from bot.domain.approval import PlanStage, PlanStatus, ReleasePlan
from bot.domain.base import Role
from bot.domain.control import Control, Hold
from bot.domain.gate import GateResult, Verdict
from bot.domain.incident import Incident
from bot.usecases import publications, work
from bot.usecases.digests import holders
from bot.usecases.gates import ask_gate
from bot.usecases.holding import arm
from bot.usecases.ports import Actor, Actuation, Context, Tx
from bot.usecases.ratification import count_as_ratified
from bot.usecases.record import record

CALLED = (Role.INCIDENT_COMMANDER, Role.TREASURY_LEAD)


async def step_back_gates(
    ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan
) -> tuple[GateResult | None, GateResult | None]:
    """The first gate that takes a step back, and the first whose truth is unknown."""
    known = [g for g in plan.step_back if g in ctx.content.now.gates]
    asked = [await ask_gate(ctx, tx, gate_id, incident) for gate_id in known]
    shut = next((g for g in asked if g.verdict is Verdict.SHUT), None)
    return shut, next((g for g in asked if g.verdict is Verdict.UNKNOWN), None)


async def step_back(
    ctx: Context,
    tx: Tx,
    incident: Incident,
    plan: ReleasePlan,
    reason: str,
    actor: Actor | None = None,
    role: Role | None = None,
) -> ReleasePlan:
    """Hold again what the last stage lowered, at the levels before it; from then on a person is asked.

    `reason` is the gate that failed or, with an `actor`, their justification. Raises ValueError where there
    is nothing to take back.
    """
    if plan.standing is None:
        raise ValueError("nothing was lowered that could be taken back")
    stage, levels = plan.stages[plan.standing], plan.undo[plan.standing]
    await tx.controls.lock(incident.environment, levels)
    said: dict[str, Any] = {"stage": stage.id, "title": stage.title, "levels": levels}
    why: dict[str, Any] = {"justification": reason} if actor else {"reason": reason}
    entry = f"{plan.decision_id}.{plan.standing}.back{plan.tries + 1}"
    facts = {**said, **why, "plan": plan.id, "proposal": plan.proposal_id}
    decision = record(
        ctx, tx, "plan.stepped_back", actor, incident=incident, role=role, entry_id=entry, **facts
    )
    raised = [h for c, to in levels.items() if (h := await _raise(ctx, tx, incident, plan, decision, c, to))]
    await tx.holds.add_actuations(_asked(ctx, plan, hold, decision) for hold in raised)
    for hold in raised:
        await work.actuate(tx, hold.environment, hold.control_id)
    await _call(ctx, tx, incident, stage, decision, reason)
    return await tx.proposals.save_plan(_taken_back(ctx, plan, plan.standing, decision, reason))


async def returned(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan) -> ReleasePlan:
    """The levels of a step back have come to their outcomes: the public is told what works now."""
    stage = plan.stages[plan.stage]
    said: dict[str, Any] = {"plan": plan.id, "stage": stage.id, "title": stage.title}
    record(ctx, tx, "plan.step_back_confirmed", None, incident=incident, **said)
    await publications.offer_draft(ctx, tx, incident)
    await work.draw(tx, incident.id)
    return await tx.proposals.save_plan(plan.model_copy(update={"back_at": ctx.clock.now()}))


async def _raise(
    ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan, decision: str, control_id: str, to: str
) -> Hold | None:
    """One hold raised or placed again; None where it stands so tight, and for a control not written now."""
    control = ctx.content.now.by_id.get(control_id)
    mine = [h for h in await tx.holds.of(incident.id) if h.control_id == control_id]
    if control is None or not mine:
        return None
    hold = next((h for h in mine if h.in_force), mine[-1])
    if hold.in_force and control.index(hold.level) >= control.index(to):
        return None
    return await _hold(ctx, tx, plan, hold, control, decision, to)


async def _hold(
    ctx: Context, tx: Tx, plan: ReleasePlan, hold: Hold, control: Control, decision: str, to: str
) -> Hold:
    level = control.level(to)
    changes = {
        "level": level.id,
        "value": level.value,
        "content_digest": ctx.content.now.policy_digest,
        "decision_id": decision,
        "plan_id": plan.id,
        "released_at": None,
        "review_at": ctx.clock.now() + control.review_after,
    }
    held = await tx.holds.save(hold.model_copy(update=changes))
    await arm(ctx, tx, held, level)
    if level.full_suspension:
        # Two people have approved the ladder with its steps back: that is a second person's word on it.
        proposal = await tx.proposals.get(plan.proposal_id)
        await count_as_ratified(ctx, tx, held, proposal.decided_by or "")
    return held


def _asked(ctx: Context, plan: ReleasePlan, hold: Hold, decision: str) -> Actuation:
    """It tightens, so no release plan bears it."""
    return Actuation(
        id=ctx.ids.new("act"),
        environment=plan.environment,
        control_id=hold.control_id,
        decision_id=decision,
        incident_id=plan.incident_id,
        hold_id=hold.id,
        level=hold.level,
        created_at=ctx.clock.now(),
    )


def _taken_back(ctx: Context, plan: ReleasePlan, index: int, decision: str, reason: str) -> ReleasePlan:
    now = ctx.clock.now()
    return plan.model_copy(
        update={
            "stage": index,
            "begun": False,
            "confirmed_at": None,
            "due_at": None,
            "undo": {i: levels for i, levels in plan.undo.items() if i < index},
            "tries": plan.tries + 1,
            "back": decision,
            "back_at": None,
            "asks": True,
            "status": PlanStatus.PAUSED,
            "paused_because": f"stepped back from “{plan.stages[index].title}”: {reason}",
            "paused_at": now,
        }
    )


async def _call(
    ctx: Context, tx: Tx, incident: Incident, stage: PlanStage, decision: str, reason: str
) -> None:
    """Those who command and count are paged: what was open is shut again."""
    text = f"{incident.id}: the reopening stepped back from “{stage.title}”: {reason}"
    await work.page(ctx, tx, f"back:{decision}", holders(ctx, incident, set(CALLED)), text, incident.id)
    await work.draw(tx, incident.id)
    await work.follow(tx, incident.id)
