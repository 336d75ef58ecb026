"""Carrying a release plan out, stage by stage; asked by its job and after every outcome."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.approval import PlanStatus, ReleasePlan, Restore
from bot.domain.base import Outcome, Role
from bot.domain.control import ControlState, Hold
from bot.domain.gate import GateResult
from bot.domain.incident import Incident
from bot.domain.ladder import LadderMove, LadderVerb, next_move
from bot.domain.mode import ModeId
from bot.usecases import publications, work
from bot.usecases.digests import holders
from bot.usecases.frozen import frozen_words, standing_freeze
from bot.usecases.gates import ask_gate
from bot.usecases.holding import disarm
from bot.usecases.ports import Actuation, Context, Job, Tx
from bot.usecases.record import record
from bot.usecases.reload import stands
from bot.usecases.stepping_back import returned, step_back, step_back_gates

STAYS = (LadderVerb.PAUSE, LadderVerb.REST, LadderVerb.BACK, LadderVerb.RETURNED)


async def advance(ctx: Context, plan_id: str, job: Job | None = None) -> datetime | None:
    """Take a plan as far as it goes now; returns when to look again (business time), or None.

    A worker's `job` is fenced in the same transaction. Raises NotFound, LeaseLost.
    """
    async with ctx.store.write() as tx:
        plan = await tx.proposals.plan(plan_id)
        incident = await tx.incidents.get(plan.incident_id, lock=True)
        plan = await tx.proposals.plan(plan_id, lock=True)
        if job is not None:
            await tx.jobs.hold_fast(job)
        if incident.ended:
            return None
        for _ in range(len(plan.stages) * 4 + 4):
            move = await _ask(ctx, tx, incident, plan)
            plan, incident, again = await _do(ctx, tx, incident, plan, move)
            if not again:
                return move.look_at
        return None


async def _ask(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan) -> LadderMove:
    gate: GateResult | None = None
    stage = plan.at_hand
    if stage is not None and stage.gate and plan.confirmed_at is None:
        gate = await ask_gate(ctx, tx, stage.gate, incident)
    outcomes: tuple[Outcome, ...] = ()
    if plan.begun and stage is not None:
        mine = await tx.holds.actuations(incident.id)
        outcomes = tuple(a.outcome for a in mine if a.decision_id == plan.stage_decision)
    elif plan.back is not None:
        mine = await tx.holds.actuations(incident.id)
        outcomes = tuple(a.outcome for a in mine if a.decision_id == plan.back)
    freeze = await standing_freeze(tx, plan.environment)
    stop = frozen_words(ctx, freeze) if freeze else await _overtaken(ctx, tx, plan)
    failing, unknown = await step_back_gates(ctx, tx, incident, plan)
    shut = next((g for g in (gate, failing, unknown) if g and not g.is_open), gate)
    return next_move(plan, ctx.clock.now(), shut, outcomes, stop, failing)


async def _overtaken(ctx: Context, tx: Tx, plan: ReleasePlan) -> str:
    """Why the approval no longer covers the stage at hand; empty while it does."""
    if not await stands(ctx, tx, plan.content_digest):
        return "the controls or the policy have changed since this was approved; propose it again"
    shown = (await tx.proposals.get(plan.proposal_id)).shown
    touched = plan.at_hand.levels if plan.at_hand else {}
    for hold in await tx.holds.of(plan.incident_id):
        if not hold.in_force or hold.control_id not in touched or hold.plan_id == plan.id:
            continue
        if shown.hold_versions.get(hold.id) != hold.claim:
            return f"{hold.control_id} was tightened after this was approved; propose it again"
    return ""


async def _do(
    ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan, move: LadderMove
) -> tuple[ReleasePlan, Incident, bool]:
    if plan.status is PlanStatus.PAUSED and not plan.asks and move.verb not in STAYS:
        plan = await _resume(ctx, tx, incident, plan)
    match move.verb:
        case LadderVerb.BEGIN:
            return await _begin(ctx, tx, incident, plan), incident, True
        case LadderVerb.CONFIRM:
            return await _confirm(ctx, tx, incident, plan), incident, True
        case LadderVerb.NEXT:
            step = {"stage": plan.stage + 1, "begun": False, "confirmed_at": None, "due_at": None}
            return await tx.proposals.save_plan(plan.model_copy(update=step)), incident, True
        case LadderVerb.BACK:
            return await step_back(ctx, tx, incident, plan, move.reason), incident, True
        case LadderVerb.RETURNED:
            return await returned(ctx, tx, incident, plan), incident, True
        case LadderVerb.PAUSE:
            return await _pause(ctx, tx, incident, plan, move.reason), incident, False
        case LadderVerb.DONE:
            plan, incident = await _done(ctx, tx, incident, plan)
            return plan, incident, False
        case _:
            return plan, incident, False


async def _resume(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan) -> ReleasePlan:
    """Go on after a pause; what the stage had begun is looked at again at once."""
    record(ctx, tx, "plan.resumed", None, incident=incident, plan=plan.id, paused_because=plan.paused_because)
    for control_id in plan.at_hand.levels if plan.at_hand and plan.begun else ():
        await work.actuate(tx, plan.environment, control_id)
    await work.draw(tx, incident.id)
    changes = {"status": PlanStatus.RUNNING, "paused_because": ""}
    return await tx.proposals.save_plan(plan.model_copy(update=changes))


async def _begin(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan) -> ReleasePlan:
    stage = plan.at_hand
    if stage is None:
        raise ValueError("a plan at its end has nothing to begin")
    states = await tx.controls.lock(incident.environment, stage.levels)
    mine = {h.control_id: h for h in await tx.holds.of(incident.id) if h.in_force}
    holds = {control_id: mine[control_id] for control_id in stage.levels if control_id in mine}
    if not holds:
        said = "every control of it was released already"
        record(
            ctx,
            tx,
            "plan.stage_passed",
            None,
            incident=incident,
            plan=plan.id,
            stage=stage.id,
            title=stage.title,
            reason=said,
        )
        passed = {"stage": plan.stage + 1}
        return await tx.proposals.save_plan(plan.model_copy(update=passed))
    decision = record(
        ctx,
        tx,
        "plan.stage_begun",
        None,
        incident=incident,
        plan=plan.id,
        proposal=plan.proposal_id,
        stage=stage.id,
        title=stage.title,
        levels=stage.levels,
        entry_id=plan.stage_decision,
    )
    every = holds.values()
    lowered = [await _lower(ctx, tx, plan, h, stage.levels[h.control_id], decision) for h in every]
    await tx.holds.add_actuations(_asked(ctx, plan, hold, decision) for hold in lowered)
    for hold in lowered:
        await work.actuate(tx, hold.environment, hold.control_id)
    for hold in lowered:
        await _restore(ctx, tx, plan, hold, states[hold.control_id])
    await work.draw(tx, incident.id)
    begun = {"begun": True, "back": None, "back_at": None}
    moved = {h.control_id for h in lowered if h.decision_id == decision}
    undo = {**plan.undo, plan.stage: {c: h.level for c, h in holds.items() if c in moved}}
    return await tx.proposals.save_plan(plan.model_copy(update={**begun, "undo": undo}))


async def _restore(ctx: Context, tx: Tx, plan: ReleasePlan, hold: Hold, state: ControlState) -> None:
    """Where approvers chose normal over what was found, the last release goes back to normal."""
    if hold.in_force or plan.restore.get(hold.control_id) is not Restore.NORMAL:
        return
    if await tx.holds.in_force(hold.environment, hold.control_id):
        return
    normal = ctx.content.now.by_id[hold.control_id].levels[0].value
    await tx.controls.save(state.model_copy(update={"baseline": normal}))


def _asked(ctx: Context, plan: ReleasePlan, hold: Hold, decision: str) -> Actuation:
    return Actuation(
        id=ctx.ids.new("act"),
        environment=hold.environment,
        control_id=hold.control_id,
        decision_id=decision,
        incident_id=plan.incident_id,
        hold_id=hold.id,
        level=hold.level if hold.in_force else None,
        plan_id=plan.id,
        created_at=ctx.clock.now(),
    )


async def _lower(ctx: Context, tx: Tx, plan: ReleasePlan, hold: Hold, level_id: str, decision: str) -> Hold:
    """Lower one hold, or release it at normal; a hold that stands lower already stays."""
    control = ctx.content.now.by_id[hold.control_id]
    target = control.index(level_id)
    if target >= control.index(hold.level):
        return hold
    changes: dict[str, object] = {"plan_id": plan.id, "decision_id": decision}
    if target == 0:
        changes |= {"released_at": ctx.clock.now()}
        await disarm(tx, hold)
    else:
        level = control.level(level_id)
        changes |= {"level": level.id, "value": level.value, "content_digest": plan.content_digest}
        await tx.jobs.cancel(f"ratify:{hold.id}")
    return await tx.holds.save(hold.model_copy(update=changes))


async def _confirm(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan) -> ReleasePlan:
    stage = plan.at_hand
    if stage is None:
        raise ValueError("a plan at its end has nothing to confirm")
    now = ctx.clock.now()
    record(
        ctx,
        tx,
        "plan.stage_confirmed",
        None,
        incident=incident,
        plan=plan.id,
        stage=stage.id,
        title=stage.title,
    )
    await publications.offer_draft(ctx, tx, incident)
    await work.draw(tx, incident.id)
    due = now + timedelta(seconds=stage.wait_seconds)
    return await tx.proposals.save_plan(plan.model_copy(update={"confirmed_at": now, "due_at": due}))


async def _pause(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan, reason: str) -> ReleasePlan:
    if plan.status is PlanStatus.PAUSED and plan.paused_because == reason:
        return plan
    if plan.status is not PlanStatus.PAUSED:
        record(ctx, tx, "plan.paused", None, incident=incident, plan=plan.id, reason=reason)
        for person in holders(ctx, incident, {Role.INCIDENT_COMMANDER}):
            await work.nudge(ctx, tx, person)
    await work.draw(tx, incident.id)
    since = plan.paused_at if plan.status is PlanStatus.PAUSED else ctx.clock.now()
    changes = {"status": PlanStatus.PAUSED, "paused_because": reason, "paused_at": since}
    return await tx.proposals.save_plan(plan.model_copy(update=changes))


async def _done(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan) -> tuple[ReleasePlan, Incident]:
    plan = await tx.proposals.save_plan(plan.model_copy(update={"status": PlanStatus.DONE}))
    record(ctx, tx, "plan.done", None, incident=incident, plan=plan.id)
    if not any(h.in_force for h in await tx.holds.of(incident.id)) and incident.mode is not ModeId.NORMAL:
        incident = await tx.incidents.save(incident.model_copy(update={"mode": ModeId.NORMAL}))
        record(ctx, tx, "mode.left", None, incident=incident, mode=ModeId.NORMAL.value)
    await work.draw(tx, incident.id)
    return plan, incident
