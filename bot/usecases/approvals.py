"""A second person's yes or no to exactly what was shown; how it is proposed is in `proposing`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.domain.approval import Proposal, ProposalStatus, ReleasePlan, Restore
from bot.domain.authority import covers
from bot.domain.base import Role
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Refusal, Stale
from bot.domain.incident import Incident
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.approved import carry_approval
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.frozen import name_of
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.proposing import propose_lower, propose_off, propose_release, propose_withdrawal
from bot.usecases.record import record
from bot.usecases.second import approvers, either, second_persons
from bot.usecases.shown import differences
from bot.usecases.step_up import Offered, weigh, with_proof


async def approve(
    ctx: Context,
    actor: Actor,
    proposal_id: str,
    shown_hash: str,
    restore: Mapping[str, str] | None = None,
    offered: Offered = None,
) -> ReleasePlan:
    """A second person's yes to exactly what was shown; it becomes a release plan that runs by itself.

    `restore` says, by control, what to put back where its baseline is off normal. Raises BadInput without
    it, NotEntitled (also to the proposer), Stale when anything has changed since, AlreadyDone; ProofNeeded
    when the policy asks for more than was `offered`: the yes is kept then.
    """
    async with ctx.store.write() as tx:
        proposal = await tx.proposals.get(proposal_id)
        incident = await take_part(ctx, tx, actor, proposal.incident_id)
        proposal = await tx.proposals.get(proposal_id, lock=True)
        _still_open(ctx, proposal)
        role = _second_person(ctx, actor, proposal)
        stale = await differences(ctx, tx, incident, proposal, shown_hash)
        if not stale:
            chosen = chosen_of(proposal, restore or {})
            proof = await weigh(ctx, tx, actor, incident, proposal, role, offered)
            if not isinstance(proof, Refusal):
                actor, proposal = with_proof(actor, proposal, proof)
                return await carry_approval(ctx, tx, actor, incident, proposal, role, chosen)
        else:
            proof = await _gone_stale(ctx, tx, actor, incident, proposal, stale)
    raise proof


async def refuse(ctx: Context, actor: Actor, proposal_id: str, why: str) -> Proposal:
    """Say no to a proposal, with the reason; the proposer may also take it back so."""
    said = justification(why, example="Coverage is still falling on the second venue")
    async with ctx.store.write() as tx:
        proposal = await tx.proposals.get(proposal_id)
        incident = await take_part(ctx, tx, actor, proposal.incident_id)
        proposal = await tx.proposals.get(proposal_id, lock=True)
        _still_open(ctx, proposal)
        role = proposal.proposer_role
        if actor.person.id != proposal.proposer:
            role = may_as(ctx, actor, either(proposal.shown.pairs), "decide on this proposal")
        record(
            ctx,
            tx,
            "proposal.refused",
            actor,
            incident=incident,
            role=role,
            proposal=proposal.id,
            justification=said,
        )
        done = {
            "status": ProposalStatus.REFUSED,
            "decided_by": actor.person.id,
            "decided_at": ctx.clock.now(),
        }
        proposal = await tx.proposals.save(proposal.model_copy(update=done))
        await tx.jobs.cancel(f"proposal_due:{proposal.id}")
        await work.show(tx, "proposal", proposal.id)
        await work.draw(tx, incident.id)
        return proposal


async def proposal_due(ctx: Context, proposal_id: str) -> datetime | None:
    """Nobody has answered a proposal: executives hear of it; when its time has run out it ends."""
    async with ctx.store.write() as tx:
        proposal = await tx.proposals.get(proposal_id, lock=True)
        if proposal.status is not ProposalStatus.OPEN:
            return None
        incident = await tx.incidents.get(proposal.incident_id)
        expires_at = proposal.shown.expires_at
        if ctx.clock.now() < expires_at:
            await _unanswered(ctx, tx, incident, proposal)
            return expires_at
        record(ctx, tx, "proposal.expired", None, incident=incident, proposal=proposal.id)
        await tx.proposals.save(proposal.model_copy(update={"status": ProposalStatus.EXPIRED}))
        await work.show(tx, "proposal", proposal.id)
        await work.draw(tx, incident.id)
        return None


async def _unanswered(ctx: Context, tx: Tx, incident: Incident, proposal: Proposal) -> None:
    """Page executives, once; they may be the second person, find one, or break the glass."""
    executives = ctx.content.now.directory.holders([ctx.content.now.authority.executive])
    names = ", ".join(approvers(ctx, proposal)) or "nobody listed"
    said = (
        f"{incident.id}: nobody has answered {name_of(ctx, proposal.proposer)}'s proposal to {proposal.what}"
    )
    text = f"{said}; it waits for {names} until {proposal.shown.expires_at:%H:%M} UTC."
    who = [p.id for p in executives if p.id != proposal.proposer]
    record(ctx, tx, "proposal.unanswered", None, incident=incident, proposal=proposal.id, people=who)
    await work.page(ctx, tx, f"unanswered:{proposal.id}", who, text, incident.id)


async def _gone_stale(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, proposal: Proposal, stale: list[str]
) -> Stale:
    """End a proposal that is no longer what was shown."""
    now = ctx.clock.now()
    record(ctx, tx, "proposal.stale", actor, incident=incident, proposal=proposal.id, changed=stale)
    await tx.proposals.save(proposal.model_copy(update={"status": ProposalStatus.STALE, "decided_at": now}))
    await work.show(tx, "proposal", proposal.id)
    await work.draw(tx, incident.id)
    return Stale(f"Since this was shown, {', '.join(stale)} changed. It was not approved; propose it again.")


def _still_open(ctx: Context, proposal: Proposal) -> None:
    if proposal.status is ProposalStatus.OPEN:
        if ctx.clock.now() >= proposal.shown.expires_at:
            raise Stale("This proposal has expired; propose it again.")
        return
    if proposal.decided_by and proposal.decided_at:
        name, at = name_of(ctx, proposal.decided_by), proposal.decided_at
        raise AlreadyDone(f"{name} {proposal.status} this at {at:%H:%M:%S} UTC.", by=name, at=at)
    raise Stale(f"This proposal is {proposal.status}; propose it again.")


def _second_person(ctx: Context, actor: Actor, proposal: Proposal) -> Role:
    directory = ctx.content.now.directory
    names = approvers(ctx, proposal)
    if actor.person.id == proposal.proposer:
        raise NotEntitled(
            f"You proposed this; the second person must be another: {', '.join(names)}.", who=names
        )
    mine, theirs = directory.eligible(actor.person.id), directory.eligible(proposal.proposer)
    if not covers(proposal.shown.pairs, theirs, mine):
        raise NotEntitled(
            f"To approve this takes one of: {', '.join(names) or 'nobody listed yet'}.", who=names
        )
    ways = [*proposal.shown.pairs, *((b, a) for a, b in proposal.shown.pairs)]
    return next(other for one, other in ways if one in theirs and other in mine)


def chosen_of(proposal: Proposal, restore: Mapping[str, str]) -> dict[str, Restore]:
    """What is put back, control by control; the choice is part of the approval."""
    asked = [m.control_id for m in proposal.shown.choices]
    try:
        return {control_id: Restore(restore[control_id]) for control_id in asked}
    except (KeyError, ValueError):
        raise BadInput(
            f"{', '.join(asked)} was off normal before it was held. Say for each what to put back: "
            f"{Restore.FOUND}, as it was, or {Restore.NORMAL}.",
            field="restore.0",
        ) from None


__all__ = [
    "approve",
    "approvers",
    "proposal_due",
    "propose_lower",
    "propose_off",
    "propose_release",
    "propose_withdrawal",
    "refuse",
    "second_persons",
]
