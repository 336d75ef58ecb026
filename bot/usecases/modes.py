"""Service modes: previewing and setting one, and proposing to leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.base import Phase, Role
from bot.domain.control import Control, Level
from bot.domain.errors import AlreadyDone, BadInput, Stale
from bot.domain.incident import Incident
from bot.domain.mode import ModeId, ServiceMode, mode_levels, strictest
from bot.domain.runbook import Step
from bot.domain.text import SUMMARY_MAX, clean, justification
from bot.usecases import phases, steps, work
from bot.usecases.controls import Change, finish_held, levels_before, preview, tighten
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.gates import numbers
from bot.usecases.incidents import Declaration, declare_in
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

ACT = "protected_mode_on"
FOLLOWS = {
    ModeId.PROTECTED: dict.fromkeys((Phase.CLASSIFY, Phase.STABILIZE, Phase.RECOVER), Phase.PROTECTED),
    ModeId.STRESSED: dict.fromkeys((Phase.CLASSIFY, Phase.RECOVER), Phase.STABILIZE),
}


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
    entitled(ctx, actor, mode_id)
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
    """Set a stricter mode at once, in the only open incident or a new one when none is named.

    `/protected-mode on` moves the phase to protected. Raises NotEntitled, AlreadyDone, BadInput, Ended.
    """
    said = justification(
        why, example="/protected-mode on Northbank has paused withdrawals and our queue is growing"
    )
    async with ctx.store.write() as tx:
        entitled(ctx, actor, mode_id)
        incident = await _concerned(ctx, tx, actor, said, incident_id, once)
        await _refuse_repeat(tx, incident, mode_id)
        return await set_mode_in(ctx, tx, actor, incident, mode_id, said)


async def set_mode_in(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, mode_id: ModeId, said: str
) -> Incident:
    """Set a stricter mode within the caller's transaction; steps that asked for it are finished by it."""
    pairs, role = entitled(ctx, actor, mode_id)
    decision = record(
        ctx,
        tx,
        "mode.decided",
        actor,
        incident=incident,
        role=role,
        mode=mode_id.value,
        levels={c.id: level.id for c, level in pairs},
        before=await levels_before(tx, incident, [c for c, _ in pairs]),
        mode_before=incident.mode.value,
        numbers=await numbers(ctx, tx),
        justification=said,
    )
    await tighten(ctx, tx, actor, incident, pairs, decision)
    await tx.keepsakes.set_fact(_set_by(incident), f"{ctx.clock.now().isoformat()} {actor.person.name}")
    incident = await tx.incidents.save(incident.model_copy(update={"mode": mode_id}))
    incident = await _follow_phase(ctx, tx, incident, mode_id)
    await finish_held(ctx, tx, actor, incident, said)

    def asked_for(step: Step) -> bool:
        return step.mode is not None and strictest((step.mode, mode_id)) is mode_id

    await steps.finish_matching(ctx, tx, actor, incident, asked_for, said)
    await work.draw(tx, incident.id)
    return incident


async def platform_mode(tx: Tx) -> ModeId:
    """The service mode of the whole platform: the strictest that any open incident holds."""
    return strictest(i.mode for i in await tx.incidents.open())


def entitled(ctx: Context, actor: Actor, mode_id: ModeId) -> tuple[list[tuple[Control, Level]], Role]:
    """What a mode sets, and the role in which one person may set it. Raises NotEntitled.

    A mode is prewritten as a whole: whoever may tighten a part may set it, unless the policy names others.
    """
    content = ctx.content.now
    pairs = mode_levels(content.modes[mode_id], content.controls)
    roles = content.authority.acts.get(ACT)
    if roles is None:
        roles = tuple(dict.fromkeys(r for c, _ in pairs for r in content.authority.rules[c.rule].tighten))
    return pairs, may_as(ctx, actor, roles, f"set {mode_id} mode")


async def _concerned(
    ctx: Context, tx: Tx, actor: Actor, said: str, incident_id: str | None, once: str
) -> Incident:
    """The incident named, else the only open one, else a new one; of two people at once one declares."""
    if incident_id is not None:
        return await take_part(ctx, tx, actor, incident_id)
    running = [i for i in await tx.incidents.open() if i.environment is ctx.environment]
    if not running:
        made = await declare_in(ctx, tx, actor, Declaration(clean(said, limit=SUMMARY_MAX), once=once))
        # Numbers are given one at a time: who declared at this moment has committed before ours was given.
        other = next((i for i in await tx.incidents.open() if i.id != made.id), None)
        if other is None or other.environment is not ctx.environment:
            return made
        raise Stale(f"{other.id} was declared at this very moment; set the mode there.")
    if len(running) > 1:
        keys = ", ".join(i.id for i in running[:10])
        raise BadInput(
            f"Several incidents are open ({keys}); say which.",
            example=f"/protected-mode on {running[0].id} Withdrawals are running",
        )
    return await take_part(ctx, tx, actor, running[0].id)


async def _follow_phase(ctx: Context, tx: Tx, incident: Incident, mode_id: ModeId) -> Incident:
    to = FOLLOWS.get(mode_id, {}).get(incident.phase)
    return await phases.enter(ctx, tx, incident, to) if to else incident


async def _refuse_repeat(tx: Tx, incident: Incident, mode_id: ModeId) -> None:
    order = list(ModeId)
    if order.index(incident.mode) > order.index(mode_id):
        raise BadInput(
            f"{incident.id} is in {incident.mode} mode; going down is proposed with /protected-mode off.",
            example="/protected-mode off The cause has ended and coverage is back",
        )
    said = await tx.keepsakes.fact(_set_by(incident))
    if incident.mode is not mode_id or incident.phase is Phase.RECOVER or said is None:
        return
    moment, _, name = said.partition(" ")
    at = datetime.fromisoformat(moment)
    raise AlreadyDone(f"{name} set {mode_id} mode at {at:%H:%M:%S} UTC.", by=name, at=at)


def _set_by(incident: Incident) -> str:
    """Where it is kept who set the mode in force, and when."""
    return f"mode:{incident.id}"
