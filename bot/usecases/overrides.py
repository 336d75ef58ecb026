"""Break-glass: past a shut gate, or past a missing approval, by one person's word, and never unseen.

Each use goes into the ledger with the gate's truth and the numbers, is announced, is paged to executives,
and keeps the incident from ending until another person has looked at it. The policy says who may, for
which reasons, and how many times an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain.approval import ProposalKind, ProposalStatus, ReleasePlan
from bot.domain.authority import BreakGlass
from bot.domain.base import Role
from bot.domain.errors import BadInput, NotEntitled, NotFound, Refusal, Stale
from bot.domain.gate import GateResult, evaluate_gate
from bot.domain.incident import Incident
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.approvals import chosen_of
from bot.usecases.approved import carry_approval
from bot.usecases.attestations import named_gate
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.gates import gate_facts, numbers
from bot.usecases.opened import REVIEWED, USED, Override, unreviewed
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.second import either
from bot.usecases.shown import differences
from bot.usecases.step_up import Offered, weigh, with_proof

EXAMPLE = "/incident override coverage-restored gate_wrong The custody console shows 2.1"


@dataclass(frozen=True, slots=True)
class Glass:
    """Why the glass is broken: a reason code of the policy, and the person's own words."""

    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class _Use:
    """One use that the policy allows."""

    actor: Actor
    incident: Incident
    role: Role
    reason: str
    said: str


async def override_gate(
    ctx: Context, actor: Actor, incident_id: str, gate_id: str, glass: Glass
) -> tuple[GateResult, datetime]:
    """Hold a shut gate open for a while; what it says in truth, and until when.

    Raises NotEntitled, BadInput for a gate that is open or a reason that is none, NotFound.
    """
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        use = await _allowed(ctx, tx, actor, incident, glass)
        gate = named_gate(ctx, gate_id)
        truth = evaluate_gate(gate, await gate_facts(ctx, tx, gate, incident))
        if truth.is_open:
            raise BadInput(f"“{gate.title}” is open; there is nothing to break.")
        until = ctx.clock.now() + _policy(ctx).lasts
        past = f"the gate “{gate.title}”, {truth.verdict}"
        about = {
            "gate": gate.id,
            "truth": truth.verdict.value,
            "says": truth.reason,
            "until": until.isoformat(),
        }
        await _use(ctx, tx, use, past, about)
        return truth, until


async def override_approval(
    ctx: Context,
    actor: Actor,
    proposal_id: str,
    shown_hash: str,
    glass: Glass,
    restore: Mapping[str, str] | None = None,
    offered: Offered = None,
) -> ReleasePlan:
    """Carry a proposal out without the second person; a second factor is still asked for where policy does.

    Raises NotEntitled, BadInput, Stale when what was shown has changed or it waits no more, ProofNeeded.
    """
    async with ctx.store.write() as tx:
        proposal = await tx.proposals.get(proposal_id)
        incident = await take_part(ctx, tx, actor, proposal.incident_id)
        proposal = await tx.proposals.get(proposal_id, lock=True)
        use = await _allowed(ctx, tx, actor, incident, glass)
        may_as(ctx, actor, (*either(proposal.shown.pairs), *_policy(ctx).who), "loosen this")
        known = ctx.content.now.by_id
        moved = [known[m.control_id] for m in proposal.shown.moves if m.control_id in known]
        if proposal.kind is ProposalKind.IRREVERSIBLE or any(c.irreversible for c in moved):
            raise NotEntitled("What cannot be undone takes two people, always.")
        if proposal.status is not ProposalStatus.OPEN or ctx.clock.now() >= proposal.shown.expires_at:
            raise Stale("This proposal waits no more; propose it again.")
        if changed := await differences(ctx, tx, incident, proposal, shown_hash):
            raise Stale(f"Since this was shown, {', '.join(changed)} changed; propose it again.")
        chosen = chosen_of(proposal, restore or {})
        proof = await weigh(ctx, tx, actor, incident, proposal, use.role, offered)
        if not isinstance(proof, Refusal):
            about = {"proposal": proposal.id, "hash": proposal.hash, "gates": dict(proposal.shown.gates)}
            past = f"the second approval of {proposal.what}"
            used = await _use(ctx, tx, use, past, about)
            actor, proposal = with_proof(actor, proposal, proof)
            alone = replace(actor, proof={**(actor.proof or {}), "override": used})
            return await carry_approval(ctx, tx, alone, incident, proposal, use.role, chosen)
    raise proof


async def review(ctx: Context, actor: Actor, incident_id: str, said: str) -> list[Override]:
    """Say, as another person, what one found on looking at the overrides that wait; those looked at.

    Raises NotEntitled to who broke the glass, NotFound when none waits.
    """
    words = justification(said, example="/incident override review The feed was dead; I saw the console too")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        waiting = await unreviewed(tx, incident.id)
        if not waiting:
            raise NotFound(f"No override of {incident.id} waits for a review.")
        role = may_as(ctx, actor, _policy(ctx).review, "review an override")
        others = [o for o in waiting if o.by != actor.person.id]
        if not others:
            names = [p.name for p in ctx.content.now.directory.holders(_policy(ctx).review)]
            who = [name for name in names if name != actor.person.name]
            raise NotEntitled(f"You broke the glass; another must look at it: {', '.join(who)}.", who=who)
        about: dict[str, Any] = {"overrides": [o.id for o in others], "past": [o.words for o in others]}
        record(ctx, tx, REVIEWED, actor, incident=incident, role=role, **about, justification=words)
        await work.draw(tx, incident.id)
        return others


def reason_codes(ctx: Context) -> dict[str, str]:
    """The reason codes of the policy, and what they mean."""
    return _policy(ctx).reasons


def _policy(ctx: Context) -> BreakGlass:
    return ctx.content.now.authority.break_glass


async def _allowed(ctx: Context, tx: Tx, actor: Actor, incident: Incident, glass: Glass) -> _Use:
    """The role in which they may, and their words. Raises NotEntitled, BadInput."""
    policy = _policy(ctx)
    role = may_as(ctx, actor, policy.who, "break the glass")
    if glass.reason not in policy.reasons:
        known = ", ".join(policy.reasons)
        raise BadInput(f"“{glass.reason[:40]}” is no reason code. There are: {known}.", example=EXAMPLE)
    said = justification(glass.why, example=EXAMPLE)
    lately = await _lately(ctx, tx, actor)
    if len(lately) >= policy.at_most:
        raise NotEntitled(
            f"You broke the glass {len(lately)} times lately; the policy allows {policy.at_most} "
            f"within {policy.within.seconds // 60 or 1440} minutes. Ask another of those who may.",
            who=[p.name for p in ctx.content.now.directory.holders(policy.who) if p.id != actor.person.id],
        )
    return _Use(actor, incident, role, glass.reason, said)


async def _use(ctx: Context, tx: Tx, use: _Use, past: str, about: Mapping[str, Any]) -> str:
    """Record one use, and let everybody know of it; its row's id."""
    actor, incident = use.actor, use.incident
    why: dict[str, Any] = {"reason_code": use.reason, "numbers": await numbers(ctx, tx)}
    more: dict[str, Any] = {"past": past, **about, **why, "justification": use.said}
    used = record(ctx, tx, USED, actor, incident=incident, role=use.role, **more)
    kept = [*await _lately(ctx, tx, actor), ctx.clock.now()]
    await tx.keepsakes.set_fact(_fact(actor), " ".join(at.isoformat() for at in kept))
    meaning = _policy(ctx).reasons[use.reason]
    text = f"{incident.id}: glass broken past {past}, because {meaning}. Another person must review it."
    await work.warn(tx, f"override:{used}", f":rotating_light: {text}")
    await work.say(tx, f"override:{used}", incident.id, f":rotating_light: {text}")
    directory = ctx.content.now.directory
    executives = [p.id for p in directory.holders([ctx.content.now.authority.executive])]
    told = f"{actor.person.name} broke the glass. {text}"
    await work.page(ctx, tx, f"override:{used}", executives, told, incident.id)
    await work.draw(tx, incident.id)
    return used


async def _lately(ctx: Context, tx: Tx, actor: Actor) -> list[datetime]:
    kept = (await tx.keepsakes.fact(_fact(actor)) or "").split()
    since = ctx.clock.now() - _policy(ctx).within
    return [at for at in map(datetime.fromisoformat, kept) if at > since]


def _fact(actor: Actor) -> str:
    return f"overrides:{actor.person.id}"
