"""Moving an incident between phases, and the steps that a phase brings with it."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import Outcome, Phase
from bot.domain.gate import GateFacts, GateResult, Verdict, evaluate_gate, longest_window
from bot.domain.incident import Incident
from bot.domain.lifecycle import Lifecycle
from bot.domain.mode import ModeId
from bot.domain.runbook import StepKind, StepState, StepStatus, due_at, steps_for
from bot.domain.signal import Reading, read_signal
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.entitlement import live, may
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

ACTS = {Phase.STOOD_DOWN: "stand_down", Phase.CLOSED: "close"}


async def move_phase(ctx: Context, actor: Actor, incident_id: str, to: Phase, why: str) -> Incident:
    """Move an incident to another phase. Raises TransitionRefused with the gates that are shut."""
    said = justification(why, example=f"/incident phase {to} Outflow has doubled and the cause is known")
    async with ctx.store.write() as tx:
        incident = await live(tx, incident_id)
        role = may(ctx, actor, incident, ACTS.get(to, "phase"), f"move {incident.id} to {to}")
        gates = await phase_gates(ctx, tx, incident, to)
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


async def enter(
    ctx: Context, tx: Tx, incident: Incident, to: Phase, gates: tuple[GateResult, ...] = ()
) -> Incident:
    """Stand an incident in a phase within the caller's transaction; the caller has recorded why."""
    now = ctx.clock.now()
    standing = Lifecycle.move(incident.standing, to, gates)
    before = incident.phase
    changes = {"standing": standing, "phase_since": now, "phase_round": incident.phase_round + 1}
    if before is Phase.RECOVER and to in (Phase.PROTECTED, Phase.STABILIZE):
        changes["relapsed_at"] = now
    if standing.phase.ended:
        changes |= {"ended_at": now, "next_update_at": None, "mode": ModeId.NORMAL}
    incident = await tx.incidents.save(incident.model_copy(update=changes))
    record(ctx, tx, "phase.entered", None, incident=incident, before=before.value, after=to.value)
    if standing.phase.ended:
        await _end(ctx, tx, incident)
    else:
        if to in (Phase.RECOVER, Phase.REVIEW):
            await supersede(ctx, tx, incident, "the incident has moved on")
        await lay_out(ctx, tx, incident)
    await work.draw(tx, incident.id)
    await work.anchor(tx, incident.id, f"{incident.phase_round}")
    return incident


async def lay_out(ctx: Context, tx: Tx, incident: Incident) -> None:
    """Add the steps that the phase at hand brings for this class and that are not there yet."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    now = ctx.clock.now()
    have = {
        (s.step_id, s.runbook_id) for s in await tx.steps.of(incident.id) if s.round == incident.phase_round
    }
    new = [
        StepState(
            incident_id=incident.id,
            step_id=step.id,
            runbook_id=book.id,
            phase=incident.phase,
            round=incident.phase_round,
            due_at=max(due_at(step, incident.phase_since), now + step.budget),
        )
        for book, step in steps_for(pinned.runbooks, incident.phase, incident.class_)
        if (step.id, book.id) not in have
    ]
    await tx.steps.add(new)
    for state in new:
        await work.at(
            ctx, tx, state.due_at, "step_due", incident.id, str(state.round), state.runbook_id, state.step_id
        )


async def supersede(
    ctx: Context, tx: Tx, incident: Incident, reason: str, *, only_class: bool = False
) -> None:
    """Take unfinished steps off the table: all of them, or those of runbooks that fit the class no longer."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    gone = []
    for state in await tx.steps.of(incident.id):
        book = pinned.by_id[state.runbook_id]
        if state.status.finished or (only_class and book.class_ in (None, incident.class_)):
            continue
        await tx.steps.save(state.model_copy(update={"status": StepStatus.SUPERSEDED, "at": ctx.clock.now()}))
        gone.append(state.step_id)
    if gone:
        record(ctx, tx, "steps.superseded", None, incident=incident, steps=gone, reason=reason)


async def phase_gates(ctx: Context, tx: Tx, incident: Incident, to: Phase) -> tuple[GateResult, ...]:
    """Every gate that stands before a phase: the operator's, and those that no policy can open."""
    named = ctx.content.now.phase_gates.get(to.value, ())
    written = [await ask_gate(ctx, tx, gate_id, incident) for gate_id in named]
    return (*written, *await _built_in(tx, incident, to))


async def ask_gate(ctx: Context, tx: Tx, gate_id: str, incident: Incident) -> GateResult:
    """Ask one gate now, on fresh readings and the steps finished since the last relapse."""
    content = ctx.content.now
    spec = content.gates[gate_id]
    now = ctx.clock.now()
    last = await tx.samples.last()
    readings = {s.id: read_signal(s, last.get(s.id), now) for s in content.signals.values()}
    window = longest_window(spec)
    names = {n for c in spec.conditions for n in c.signals}
    series = await tx.samples.since(names, now - window) if window > timedelta() else {}
    since = incident.relapsed_at or incident.declared_at
    done = {
        s.step_id
        for s in await tx.steps.of(incident.id)
        if s.status is StepStatus.DONE and s.at is not None and s.at >= since
    }
    return evaluate_gate(
        spec, GateFacts(now=now, readings=readings, series=series, steps_done=frozenset(done))
    )


async def readings(ctx: Context, tx: Tx) -> dict[str, Reading]:
    """What every known signal says now."""
    now = ctx.clock.now()
    last = await tx.samples.last()
    return {s.id: read_signal(s, last.get(s.id), now) for s in ctx.content.now.signals.values()}


async def _built_in(tx: Tx, incident: Incident, to: Phase) -> list[GateResult]:
    if to not in (Phase.REVIEW, Phase.CLOSED, Phase.STOOD_DOWN):
        return []
    held = sorted(h.control_id for h in await tx.holds.of(incident.id) if h.in_force)
    gates = [_gate("no_hold", "No hold in force", "; still held: " + ", ".join(held) if held else "")]
    moving = sorted(
        {a.control_id for a in await tx.holds.actuations(incident.id) if a.outcome is Outcome.PENDING}
    )
    gates.append(
        _gate("settled", "Every decision has its outcome", ", ".join(moving) + " under way" if moving else "")
    )
    if to is Phase.CLOSED:
        pinned = await tx.keepsakes.pinned(incident.content_digest)
        left = [s.step_id for s in await tx.steps.of(incident.id) if not s.status.finished]
        names = ", ".join(
            _title(pinned.by_id[s.runbook_id].steps, s.step_id)
            for s in await tx.steps.of(incident.id)
            if s.step_id in left
        )
        gates.append(_gate("steps", "Every step of the review is finished", f"left: {names}" if left else ""))
    return gates


def _title(steps: tuple[object, ...], step_id: str) -> str:
    return next((getattr(s, "title", "") for s in steps if getattr(s, "id", "") == step_id), step_id)


def _gate(gate_id: str, title: str, why_shut: str) -> GateResult:
    verdict = Verdict.SHUT if why_shut else Verdict.OPEN
    return GateResult(id=gate_id, title=title, verdict=verdict, reason=why_shut.lstrip("; ") or "holds")


async def _end(ctx: Context, tx: Tx, incident: Incident) -> None:
    """Nothing of an ended incident may fire any more: its deadlines go in the same transaction."""
    await supersede(ctx, tx, incident, "the incident has ended")
    for kind in ("step_due", "update_due", "role_due"):
        await tx.jobs.cancel_prefix(f"{kind}:{incident.id}")
    for hold in await tx.holds.of(incident.id):
        await tx.jobs.cancel(f"hold_review:{hold.id}", f"ratify:{hold.id}")
    for proposal in await tx.proposals.of(incident.id):
        await tx.jobs.cancel(f"proposal_due:{proposal.id}")


__all__ = ["StepKind", "ask_gate", "enter", "lay_out", "move_phase", "phase_gates", "readings", "supersede"]
