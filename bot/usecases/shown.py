"""Exactly what an approver is shown, and what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.approval import Move, Proposal, ProposalKind, Shown, changed
from bot.domain.authority import loosening_roles
from bot.domain.base import Phase, Role
from bot.domain.control import Control, ControlState, Hold, same_value
from bot.domain.gate import GateResult
from bot.domain.incident import Incident
from bot.domain.mode import ModeId, mode_levels
from bot.usecases.gates import ask_gate
from bot.usecases.ports import Context, Tx

Pairs = tuple[tuple[Role, Role], ...]
NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a proposal is about: `targets` are the levels own holds are lowered to, normal where not named."""

    proposal_id: str
    kind: ProposalKind
    targets: dict[str, str]
    pairs: Pairs
    expires_at: datetime


async def held(tx: Tx, incident: Incident) -> list[Hold]:
    """What an incident holds, in order of control."""
    return sorted((h for h in await tx.holds.of(incident.id) if h.in_force), key=lambda h: h.control_id)


def pairs_for(ctx: Context, kind: ProposalKind, holds: list[Hold]) -> Pairs:
    """Who must agree. Leaving a mode is one proposal for all its controls: commander and treasury."""
    content = ctx.content.now
    controls = [(content.by_id[h.control_id], h) for h in holds]
    suspended = any(c.level(h.level).full_suspension for c, h in controls)
    if kind is ProposalKind.MODE_OFF:
        rule = content.authority.rules["money"]
    else:
        rule = content.authority.rules[controls[0][0].rule]
    return loosening_roles(rule, content.authority, out_of_suspension=suspended)


def targets_for(ctx: Context, incident: Incident, kind: ProposalKind, holds: list[Hold]) -> dict[str, str]:
    """What each hold is lowered to; a hold that is not named is released."""
    if kind is ProposalKind.MODE_OFF:
        return {}
    floor = mode_floor(ctx, incident) if kind is ProposalKind.RELEASE else {}
    wanted = {}
    for hold in holds:
        control = ctx.content.now.by_id[hold.control_id]
        by_kind = {
            ProposalKind.LOWER: control.levels[max(control.index(hold.level) - 1, 0)].id,
            ProposalKind.WITHDRAW: hold.before or NORMAL,
        }
        wanted[control.id] = by_kind.get(kind) or floor.get(control.id, NORMAL)
    return {control_id: level for control_id, level in wanted.items() if level != NORMAL}


async def begin_gates(ctx: Context, tx: Tx, incident: Incident, kind: ProposalKind) -> list[GateResult]:
    """The gates that must be open before a mode is left, asked now."""
    ladder = ctx.content.now.modes[ModeId.PROTECTED].ladder
    if kind is not ProposalKind.MODE_OFF or ladder is None:
        return []
    return [await ask_gate(ctx, tx, gate_id, incident) for gate_id in ladder.begin]


def mode_floor(ctx: Context, incident: Incident) -> dict[str, str]:
    """The level below which a release of a single control does not go, by control: what the mode promises.

    Once the mode is being left along its ladder there is none.
    """
    if incident.mode is ModeId.NORMAL or incident.phase is Phase.RECOVER:
        return {}
    content = ctx.content.now
    return {c.id: level.id for c, level in mode_levels(content.modes[incident.mode], content.controls)}


async def shown_now(ctx: Context, tx: Tx, terms: Terms, holds: list[Hold], gates: list[GateResult]) -> Shown:
    """Exactly what an approver is shown."""
    content = ctx.content.now
    touched = {h.control_id for h in holds}
    states = await tx.controls.all(holds[0].environment)
    every = await tx.holds.in_force(holds[0].environment)
    moves = tuple(
        _move(content.by_id[h.control_id], h, every, states.get(h.control_id), terms.targets) for h in holds
    )
    ladder = content.modes[ModeId.PROTECTED].ladder
    steps_back = ladder.step_back if ladder and terms.kind is ProposalKind.MODE_OFF else ()
    return Shown.model_validate(
        {
            "proposal_id": terms.proposal_id,
            "moves": moves,
            "hold_versions": {h.id: h.claim for h in every if h.control_id in touched},
            "gates": {g.id: g.verdict.value for g in gates},
            "content_digest": content.policy_digest,
            "pairs": terms.pairs,
            "expires_at": terms.expires_at,
            "step_back": steps_back,
            "targets": terms.targets,
        }
    )


async def differences(
    ctx: Context, tx: Tx, incident: Incident, proposal: Proposal, shown_hash: str
) -> list[str]:
    """What is no longer as the approver was shown it, in words; empty when it all still is."""
    if shown_hash != proposal.hash:
        return ["the message you clicked"]
    # Leaving a mode releases everything the incident holds: a hold placed since then was not shown.
    touched = {m.control_id for m in proposal.shown.moves}
    every = proposal.kind is ProposalKind.MODE_OFF
    holds = [h for h in await held(tx, incident) if every or h.control_id in touched]
    if not holds:
        return ["a hold"]
    gates = await begin_gates(ctx, tx, incident, proposal.kind)
    pairs = pairs_for(ctx, proposal.kind, holds)
    targets = targets_for(ctx, incident, proposal.kind, holds)
    terms = Terms(proposal.id, proposal.kind, targets, pairs, proposal.shown.expires_at)
    return changed(proposal.shown, await shown_now(ctx, tx, terms, holds, gates))


def _move(
    control: Control, hold: Hold, every: list[Hold], state: ControlState | None, targets: dict[str, str]
) -> Move:
    others = [h for h in every if h.control_id == control.id and h.id != hold.id]
    stay = [control.index(h.level) for h in others] + [control.index(targets.get(control.id, NORMAL))]
    to = min(max(stay), control.index(hold.level))
    baseline = state.baseline if state and to == 0 else None
    off = baseline is not None and not same_value(baseline, control.levels[0].value)
    return Move(
        control_id=control.id,
        target=hold.target,
        from_level=hold.level,
        to_level=control.levels[to].id,
        suspended=control.level(hold.level).full_suspension,
        baseline_off=off,
        baseline=baseline if off else None,
    )
