"""Moving an incident between phases, and the steps that a phase brings with it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.approval import ProposalStatus
from bot.domain.base import Phase
from bot.domain.gate import GateResult, Verdict
from bot.domain.incident import Incident
from bot.domain.lifecycle import Lifecycle
from bot.domain.mode import ModeId
from bot.domain.runbook import Runbook, Step, StepState, StepStatus, due_at, missed_steps, steps_for
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.entitlement import may, take_part
from bot.usecases.gates import ask_gate, phase_gates, readings
from bot.usecases.holding import disarm
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.releases import end_plans

ACTS = {Phase.STOOD_DOWN: "stand_down", Phase.CLOSED: "close"}
RELAPSES = (Phase.PROTECTED, Phase.STABILIZE)


async def move_phase(ctx: Context, actor: Actor, incident_id: str, to: Phase, why: str) -> Incident:
    """Move an incident to another phase. Raises TransitionRefused with the gates that are shut."""
    said = justification(why, example=f"/incident phase {to} Outflow has doubled and the cause is known")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        role = may(ctx, actor, incident, ACTS.get(to, "phase"), f"move {incident.id} to {to}")
        gates = (*await phase_gates(ctx, tx, incident, to), *_mode_gate(incident, to))
        record(
            ctx,
            tx,
            "phase.decided",
            actor,
            incident=incident,
            role=role,
            to=to.value,
            justification=said,
            gates={g.id: g.verdict.value for g in gates},
        )
        return await enter(ctx, tx, incident, to, gates)


def _mode_gate(incident: Incident, to: Phase) -> tuple[GateResult, ...]:
    """A mode is left by a proposal that a second person approves, never by naming the next phase."""
    if to is not Phase.RECOVER or incident.mode is ModeId.NORMAL:
        return ()
    why = f"{incident.mode} mode is on; propose /protected-mode off, and a second person approves it"
    return (GateResult(id="mode_left", title="The service mode is left", verdict=Verdict.SHUT, reason=why),)


async def enter(
    ctx: Context, tx: Tx, incident: Incident, to: Phase, gates: tuple[GateResult, ...] = ()
) -> Incident:
    """Stand an incident in a phase within the caller's transaction; the caller has recorded why."""
    now = ctx.clock.now()
    standing = Lifecycle.move(incident.standing, to, gates)
    before = incident.phase
    changes = {"standing": standing, "phase_since": now, "phase_round": incident.phase_round + 1}
    if before is Phase.RECOVER and to in RELAPSES:
        changes["relapsed_at"] = now
    if standing.phase.ended:
        changes |= {"ended_at": now, "next_update_at": None, "mode": ModeId.NORMAL}
    incident = await tx.incidents.save(incident.model_copy(update=changes))
    record(ctx, tx, "phase.entered", None, incident=incident, before=before.value, after=to.value)
    if standing.phase.ended:
        await _end(ctx, tx, incident)
    else:
        if before is Phase.RECOVER and to in RELAPSES:
            await end_plans(ctx, tx, incident, f"the incident went back to {to}")
        if before is Phase.RECOVER or to is Phase.RECOVER:
            await supersede(ctx, tx, incident, "the incident has moved on")
        await lay_out(ctx, tx, incident)
    await work.draw(tx, incident.id)
    await work.anchor(tx, incident.id, f"{incident.phase_round}")
    await work.chart(tx, f"phase-{incident.phase_round}", incident.id)
    return incident


async def lay_out(ctx: Context, tx: Tx, incident: Incident) -> None:
    """Add the steps that the phase at hand brings for this class; those taken off the table come back."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    now = ctx.clock.now()
    every = await tx.steps.of(incident.id)
    have = {(s.runbook_id, s.step_id): s for s in every if s.round == incident.phase_round}
    new, asked = [], []
    for book, step in _steps_here(pinned.runbooks, incident, every):
        due = max(due_at(step, incident.phase_since), now + step.budget)
        known = have.get((book.id, step.id))
        if known is None:
            new.append(_open(incident, book.id, step.id, due))
        elif known.status is StepStatus.SUPERSEDED:
            back = {"status": StepStatus.OPEN, "due_at": due, "at": None}
            asked.append(await tx.steps.save(known.model_copy(update=back)))
    await tx.steps.add(new)
    for state in (*new, *asked):
        key = (incident.id, str(state.round), state.runbook_id, state.step_id)
        await work.at(ctx, tx, state.due_at, "step_due", *key)


def _steps_here(
    runbooks: tuple[Runbook, ...], incident: Incident, states: list[StepState]
) -> list[tuple[Runbook, Step]]:
    """The steps of the phase, and before them those of the class whose phase was passed by."""
    relapsed = incident.relapsed_at is not None
    asked = {(s.runbook_id, s.step_id) for s in states if relapsed or s.status is not StepStatus.SUPERSEDED}
    where = (incident.phase, incident.class_, incident.runbooks)
    return [*missed_steps(runbooks, *where, asked), *steps_for(runbooks, *where)]


def _open(incident: Incident, runbook_id: str, step_id: str, due: datetime) -> StepState:
    return StepState(
        incident_id=incident.id,
        step_id=step_id,
        runbook_id=runbook_id,
        phase=incident.phase,
        round=incident.phase_round,
        due_at=due,
    )


async def supersede(
    ctx: Context, tx: Tx, incident: Incident, reason: str, *, only_class: bool = False
) -> None:
    """Take unfinished steps off the table: all of them, or those of runbooks that fit the class no longer.

    A step with a transfer under way stays: money on its way must be seen to arrive.
    """
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    gone = []
    for state in await tx.steps.of(incident.id):
        fits = pinned.by_id[state.runbook_id].runs_in(incident.class_, incident.runbooks)
        if state.status.finished or state.transfer or (only_class and fits):
            continue
        await tx.steps.save(state.model_copy(update={"status": StepStatus.SUPERSEDED, "at": ctx.clock.now()}))
        gone.append(state.step_id)
    if gone:
        record(ctx, tx, "steps.superseded", None, incident=incident, steps=gone, reason=reason)


async def _end(ctx: Context, tx: Tx, incident: Incident) -> None:
    """Nothing of an ended incident may fire any more: its deadlines go in the same transaction."""
    await supersede(ctx, tx, incident, "the incident has ended")
    await end_plans(ctx, tx, incident, "the incident has ended")
    await tx.jobs.cancel_prefix(f"step_due:{incident.id}:")
    await tx.jobs.cancel(*(f"{kind}:{incident.id}" for kind in ("update_due", "role_due", "classify_due")))
    for hold in await tx.holds.of(incident.id):
        await disarm(tx, hold)
    for proposal in await tx.proposals.of(incident.id):
        if proposal.status is ProposalStatus.OPEN:
            await tx.proposals.save(proposal.model_copy(update={"status": ProposalStatus.EXPIRED}))
            await work.show(tx, "proposal", proposal.id)
        await tx.jobs.cancel(f"proposal_due:{proposal.id}")


__all__ = ["ask_gate", "enter", "lay_out", "move_phase", "phase_gates", "readings", "supersede"]
