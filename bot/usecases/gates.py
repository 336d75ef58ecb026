"""Asking gates: the operator's, over fresh signals and finished steps, and those that no policy can open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.domain.base import Outcome, Phase
from bot.domain.gate import GateFacts, GateResult, GateSpec, Verdict, evaluate_gate, longest_window
from bot.domain.incident import Incident
from bot.domain.runbook import StepState, StepStatus, find_step
from bot.domain.signal import Reading, read_signal
from bot.usecases.opened import opened, unreviewed
from bot.usecases.ports import Context, Tx

ENDS = (Phase.CLOSED, Phase.STOOD_DOWN)
FREE_OF_HOLDS = (Phase.REVIEW, Phase.CLOSED, Phase.STOOD_DOWN)


async def ask_gate(ctx: Context, tx: Tx, gate_id: str, incident: Incident) -> GateResult:
    """Ask one gate now, on fresh readings and the steps finished since the last relapse.

    One that is not open may be for a while, by two people's attestation or by an override.
    """
    spec = ctx.content.now.gates[gate_id]
    facts = await gate_facts(ctx, tx, spec, incident)
    result = evaluate_gate(spec, facts)
    return result if result.is_open else await opened(ctx, tx, incident, spec, facts, result)


async def gate_facts(ctx: Context, tx: Tx, spec: GateSpec, incident: Incident) -> GateFacts:
    """All that a gate looks at, now."""
    now = ctx.clock.now()
    window = longest_window(spec)
    names = {n for c in spec.conditions for n in c.signals}
    series = await tx.samples.since(names, now - window) if window > timedelta() else {}
    done = _steps_done(incident, await tx.steps.of(incident.id))
    known = await readings(ctx, tx) if names else {}
    return GateFacts(now=now, readings=known, series=series, steps_done=done)


async def readings(ctx: Context, tx: Tx) -> dict[str, Reading]:
    """What every known signal says now."""
    now = ctx.clock.now()
    last = await tx.samples.last()
    return {s.id: read_signal(s, last.get(s.id), now) for s in ctx.content.now.signals.values()}


async def numbers(ctx: Context, tx: Tx) -> dict[str, str]:
    """What every signal that was ever received says now, for the record of a decision."""
    return {name: r.said for name, r in (await readings(ctx, tx)).items() if r.value is not None}


async def phase_gates(ctx: Context, tx: Tx, incident: Incident, to: Phase) -> tuple[GateResult, ...]:
    """Every gate that stands before a phase."""
    named = ctx.content.now.phase_gates.get(to.value, ())
    written = [await ask_gate(ctx, tx, gate_id, incident) for gate_id in named]
    return (*written, *await _built_in(tx, incident, to))


def _steps_done(incident: Incident, states: Iterable[StepState]) -> frozenset[str]:
    """What was done since the last relapse: after that everything is to be confirmed anew."""
    since = incident.relapsed_at
    done = (s for s in states if s.status is StepStatus.DONE and s.at)
    return frozenset(s.step_id for s in done if since is None or (s.at and s.at > since))


async def _built_in(tx: Tx, incident: Incident, to: Phase) -> list[GateResult]:
    if to not in FREE_OF_HOLDS:
        return []
    held = sorted({h.control_id for h in await tx.holds.of(incident.id) if h.in_force})
    every = await tx.holds.actuations(incident.id)
    moving = sorted({a.control_id for a in every if a.outcome is Outcome.PENDING})
    sending = [t.words for s in await tx.steps.of(incident.id) if (t := s.transfer)]
    gates = [
        _gate("no_hold", "No hold in force", "still held", held),
        _gate("settled", "Every decision has its outcome", "under way", moving),
        _gate("arrived", "No transfer under way", "not confirmed", sending),
    ]
    if to in ENDS:
        waiting = [o.words for o in await unreviewed(tx, incident.id)]
        gates.append(_gate("overrides", "Every override is reviewed", "not reviewed", waiting))
    if to is Phase.CLOSED:
        gates.append(_gate("steps", "Every step is finished", "left", await _open_steps(tx, incident)))
    return gates


async def _open_steps(tx: Tx, incident: Incident) -> list[str]:
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    left = [s for s in await tx.steps.of(incident.id) if not s.status.finished]
    return [step.title if (step := find_step(pinned.by_id, s)) else s.step_id for s in left]


def _gate(gate_id: str, title: str, says: str, left: list[str]) -> GateResult:
    """A gate that is open when nothing is left."""
    if not left:
        return GateResult(id=gate_id, title=title, verdict=Verdict.OPEN, reason="holds")
    return GateResult(id=gate_id, title=title, verdict=Verdict.SHUT, reason=f"{says}: {', '.join(left)}")
