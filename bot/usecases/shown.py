"""Exactly what an approver is shown, and what has changed since."""

from __future__ import annotations

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


async def shown_now(
    ctx: Context,
    tx: Tx,
    proposal_id: str,
    floor: dict[str, str],
    holds: list[Hold],
    gates: list[GateResult],
    pairs: Pairs,
    expires_at: datetime,
) -> Shown:
    """Exactly what an approver is shown."""
    content = ctx.content.now
    touched = {h.control_id for h in holds}
    states = await tx.controls.all(holds[0].environment)
    every = await tx.holds.in_force(holds[0].environment)
    moves = tuple(
        _move(content.by_id[h.control_id], h, every, states.get(h.control_id), floor.get(h.control_id))
        for h in holds
    )
    return Shown.model_validate(
        {
            "proposal_id": proposal_id,
            "moves": moves,
            "hold_versions": {h.id: h.claim for h in every if h.control_id in touched},
            "gates": {g.id: g.verdict.value for g in gates},
            "content_digest": content.policy_digest,
            "pairs": pairs,
            "expires_at": expires_at,
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
    floor = mode_floor(ctx, incident) if proposal.kind is ProposalKind.RELEASE else {}
    now = await shown_now(ctx, tx, proposal.id, floor, holds, gates, pairs, proposal.shown.expires_at)
    return changed(proposal.shown, now)


def _move(
    control: Control, hold: Hold, every: list[Hold], state: ControlState | None, floor: str | None
) -> Move:
    baseline = state.baseline if state else None
    others = [h for h in every if h.control_id == control.id and h.id != hold.id]
    stay = [control.index(h.level) for h in others] + ([control.index(floor)] if floor else [])
    to = max(stay, default=0)
    normal = control.levels[0]
    return Move(
        control_id=control.id,
        target=hold.target,
        from_level=hold.level,
        to_level=control.levels[min(to, control.index(hold.level))].id,
        suspended=control.level(hold.level).full_suspension,
        baseline_off=baseline is not None and not same_value(baseline, normal.value),
    )
