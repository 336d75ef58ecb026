"""Service modes: previewing and setting one, and proposing to leave it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.approval import PlanStatus
from bot.domain.base import Phase, Role
from bot.domain.control import Control, Level
from bot.domain.errors import AlreadyDone, BadInput, NotFound
from bot.domain.incident import Incident
from bot.domain.mode import ModeId, ServiceMode, mode_levels, strictest
from bot.domain.text import SUMMARY_MAX, clean, justification
from bot.usecases import phases, steps, work
from bot.usecases.controls import Change, entitled_to_tighten, finish_held, preview, tighten
from bot.usecases.entitlement import live
from bot.usecases.incidents import Declaration, declare_in
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record


@dataclass(frozen=True, slots=True)
class ModePreview:
    """What a mode would do, control by control; `impact` says unknown when live numbers are missing."""

    mode: ServiceMode
    changes: list[Change]
    impact: str
    incident: Incident | None


async def preview_mode(ctx: Context, actor: Actor, mode_id: ModeId, incident: Incident | None) -> ModePreview:
    """Show what setting a mode would do. Raises NotEntitled before anything is shown."""
    content = ctx.content.now
    mode = content.modes[mode_id]
    pairs = mode_levels(mode, content.controls)
    entitled_to_tighten(ctx, actor, [c for c, _ in pairs])
    environment = incident.environment if incident else ctx.environment
    async with ctx.store.read() as tx:
        states = await tx.controls.all(environment)
        holds = await tx.holds.in_force(environment)
        readings = await phases.readings(ctx, tx)
    queue, value = readings.get("queue_count"), readings.get("queue_value")
    known = queue and value and queue.fresh and value.fresh
    impact = f"waiting now: {queue.said}, {value.said}" if known and queue and value else "impact unknown"
    return ModePreview(mode, preview(pairs, states, holds), impact, incident)


async def set_mode(
    ctx: Context, actor: Actor, mode_id: ModeId, why: str, incident_id: str | None, once: str = ""
) -> Incident:
    """Set a stricter mode at once; declares an incident when none is named.

    `/protected-mode on` moves the phase to protected. Raises NotEntitled, AlreadyDone, BadInput, Ended.
    """
    said = justification(
        why, example="/protected-mode on Northbank has paused withdrawals and our queue is growing"
    )
    async with ctx.store.write() as tx:
        _entitled(ctx, actor, mode_id)
        if incident_id is None:
            incident = await declare_in(
                ctx, tx, actor, Declaration(clean(said, limit=SUMMARY_MAX), once=once)
            )
        else:
            incident = await live(tx, incident_id)
        await _refuse_repeat(ctx, tx, incident, mode_id)
        return await set_mode_in(ctx, tx, actor, incident, mode_id, said)


async def set_mode_in(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, mode_id: ModeId, said: str
) -> Incident:
    """Set a stricter mode within the caller's transaction; steps that asked for it are finished by it."""
    pairs, role = _entitled(ctx, actor, mode_id)
    decision = record(
        ctx,
        tx,
        "mode.decided",
        actor,
        incident=incident,
        role=role,
        mode=mode_id.value,
        levels={c.id: level.id for c, level in pairs},
        justification=said,
    )
    await tighten(ctx, tx, actor, incident, pairs, decision)
    incident = await tx.incidents.save(incident.model_copy(update={"mode": mode_id}))
    await finish_held(ctx, tx, actor, incident, said)
    await steps.finish_matching(
        ctx,
        tx,
        actor,
        incident,
        lambda s: s.mode is not None and strictest((s.mode, mode_id)) is mode_id,
        said,
    )
    incident = await _follow_phase(ctx, tx, incident, mode_id)
    await work.draw(tx, incident.id)
    return incident


async def platform_mode(tx: Tx) -> ModeId:
    """The service mode of the whole platform: the strictest that any open incident holds."""
    return strictest(i.mode for i in await tx.incidents.open())


def _entitled(ctx: Context, actor: Actor, mode_id: ModeId) -> tuple[list[tuple[Control, Level]], Role]:
    content = ctx.content.now
    pairs = mode_levels(content.modes[mode_id], content.controls)
    return pairs, entitled_to_tighten(ctx, actor, [c for c, _ in pairs])


async def _follow_phase(ctx: Context, tx: Tx, incident: Incident, mode_id: ModeId) -> Incident:
    if mode_id is ModeId.PROTECTED and incident.phase in (Phase.CLASSIFY, Phase.STABILIZE, Phase.RECOVER):
        for plan in await tx.proposals.plans(incident.id):
            await _end_plan(ctx, tx, incident, plan.id)
        return await phases.enter(ctx, tx, incident, Phase.PROTECTED)
    if mode_id is ModeId.STRESSED and incident.phase is Phase.CLASSIFY:
        return await phases.enter(ctx, tx, incident, Phase.STABILIZE)
    return incident


async def _end_plan(ctx: Context, tx: Tx, incident: Incident, plan_id: str) -> None:
    """A relapse ends the reopening under way: what was loosened is held again, what was not stays."""
    plan = await tx.proposals.plan(plan_id, lock=True)
    if plan.status in (PlanStatus.RUNNING, PlanStatus.PAUSED):
        await tx.proposals.save_plan(plan.model_copy(update={"status": PlanStatus.ENDED}))
        record(
            ctx,
            tx,
            "plan.ended",
            None,
            incident=incident,
            plan=plan.id,
            reason="protected mode was set again",
        )


async def _refuse_repeat(ctx: Context, tx: Tx, incident: Incident, mode_id: ModeId) -> None:
    order = list(ModeId)
    if order.index(incident.mode) > order.index(mode_id):
        raise BadInput(
            f"{incident.id} is in {incident.mode} mode; going down is proposed with /protected-mode off.",
            example="/protected-mode off The cause has ended and coverage is back",
        )
    if incident.mode is not mode_id or incident.phase is Phase.RECOVER:
        return
    rows = await tx.ledger.tail(incident.id, 500)
    last = next((r for r in rows if r.kind == "mode.decided"), None)
    if last is None:
        raise NotFound(f"{incident.id} has no record of its mode.")
    who = ctx.content.now.directory.people.get(last.actor)
    name = who.name if who else last.actor
    raise AlreadyDone(f"{name} set {mode_id} mode at {last.at:%H:%M:%S} UTC.", by=name, at=last.at)
