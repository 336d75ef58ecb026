"""Loosening: proposing a release, and a second person's yes to exactly what was shown."""

from __future__ import annotations

from bot.domain.approval import (
    PlanStatus,
    Proposal,
    ProposalKind,
    ProposalStatus,
    ReleasePlan,
)
from bot.domain.authority import Person, covers
from bot.domain.base import Role
from bot.domain.control import Hold
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, NotFound, Refusal, Stale
from bot.domain.gate import not_yet
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.approved import carry_approval
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.shown import Pairs, begin_gates, differences, held, mode_floor, pairs_for, shown_now
from bot.usecases.step_up import Offered, weigh, with_proof


async def propose_release(
    ctx: Context, actor: Actor, incident_id: str, control_id: str, why: str
) -> Proposal:
    """Propose to release an incident's hold on one control, down to what its mode asks for.

    Raises NotFound, NotEntitled, and BadInput where the mode itself holds it there.
    """
    said = justification(why, example=f"/control release {control_id} Northbank settles again since 14:10")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        hold = next((h for h in await held(tx, incident) if h.control_id == control_id), None)
        if hold is None:
            raise NotFound(f"{incident.id} holds nothing on {control_id}, so there is nothing to release.")
        _refuse_beneath_mode(ctx, incident, hold)
        return await _propose(ctx, tx, actor, incident, ProposalKind.RELEASE, [hold], said)


def _refuse_beneath_mode(ctx: Context, incident: Incident, hold: Hold) -> None:
    """One control is not opened while a mode promises to keep it shut: the mode is left as a whole."""
    floor = mode_floor(ctx, incident).get(hold.control_id)
    if floor is None:
        return
    control = ctx.content.now.by_id[hold.control_id]
    if control.index(hold.level) <= control.index(floor):
        raise BadInput(
            f"{incident.mode.value.capitalize()} mode keeps {control.id} at {floor}, and is left as a whole.",
            example="/protected-mode off The cause has ended and coverage is above 1.5",
        )


async def propose_off(ctx: Context, actor: Actor, incident_id: str, why: str) -> Proposal:
    """Propose to leave protected mode along its ladder. Raises TransitionRefused with the shut gates."""
    said = justification(why, example="/protected-mode off The cause has ended and coverage is above 1.5")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        if incident.mode is ModeId.NORMAL:
            raise NotFound(f"{incident.id} is in normal mode; there is no mode to leave.")
        holds = await held(tx, incident)
        if not holds:
            raise NotFound(f"{incident.id} holds nothing any more.")
        await _refuse_while_reopening(ctx, tx, incident)
        return await _propose(ctx, tx, actor, incident, ProposalKind.MODE_OFF, holds, said)


async def approve(
    ctx: Context, actor: Actor, proposal_id: str, shown_hash: str, offered: Offered = None
) -> ReleasePlan:
    """A second person's yes to exactly what was shown; it becomes a release plan that runs by itself.

    Raises NotEntitled (also to the proposer), Stale when anything has changed since, AlreadyDone; ProofNeeded
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
            proof = await weigh(ctx, tx, actor, incident, proposal, role, offered)
            if not isinstance(proof, Refusal):
                actor, proposal = with_proof(actor, proposal, proof)
                return await carry_approval(ctx, tx, actor, incident, proposal, role)
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
            role = may_as(ctx, actor, _either(proposal.shown.pairs), "decide on this proposal")
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


async def expire(ctx: Context, proposal_id: str) -> None:
    """End a proposal whose time has run out; for the deadline job."""
    async with ctx.store.write() as tx:
        proposal = await tx.proposals.get(proposal_id, lock=True)
        if proposal.status is not ProposalStatus.OPEN or ctx.clock.now() < proposal.shown.expires_at:
            return
        incident = await tx.incidents.get(proposal.incident_id)
        record(ctx, tx, "proposal.expired", None, incident=incident, proposal=proposal.id)
        await tx.proposals.save(proposal.model_copy(update={"status": ProposalStatus.EXPIRED}))
        await work.show(tx, "proposal", proposal.id)
        await work.draw(tx, incident.id)


def approvers(ctx: Context, proposal: Proposal) -> list[str]:
    """Names of those whose yes would count."""
    return [p.name for p in second_persons(ctx, proposal)]


def second_persons(ctx: Context, proposal: Proposal) -> list[Person]:
    """Those whose yes would count."""
    directory = ctx.content.now.directory
    mine = directory.eligible(proposal.proposer)
    return [
        p
        for p in directory.people.values()
        if p.id != proposal.proposer and covers(proposal.shown.pairs, mine, directory.eligible(p.id))
    ]


async def _propose(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, kind: ProposalKind, holds: list[Hold], said: str
) -> Proposal:
    pairs = pairs_for(ctx, kind, holds)
    role = may_as(ctx, actor, _either(pairs), "propose to loosen this")
    now = ctx.clock.now()
    proposal_id = ctx.ids.new("prop")
    await _refuse_second(ctx, tx, incident, kind, holds)
    gates = await begin_gates(ctx, tx, incident, kind)
    if shut := [g for g in gates if not g.is_open]:
        raise not_yet(shut)
    expires_at = now + ctx.content.now.authority.proposal_ttl
    floor = mode_floor(ctx, incident) if kind is ProposalKind.RELEASE else {}
    shown = await shown_now(ctx, tx, proposal_id, floor, holds, gates, pairs, expires_at)
    proposal = Proposal(
        id=proposal_id,
        incident_id=incident.id,
        environment=incident.environment,
        kind=kind,
        shown=shown,
        hash=shown.hash,
        proposer=actor.person.id,
        proposer_role=role,
        justification=said,
        proposed_at=now,
    )
    await tx.proposals.add(proposal)
    body = shown.model_dump(mode="json")
    record(
        ctx,
        tx,
        "proposal.made",
        actor,
        incident=incident,
        role=role,
        proposal=proposal.id,
        proposes=kind.value,
        hash=proposal.hash,
        shown=body,
        justification=said,
    )
    await work.at(ctx, tx, expires_at, "proposal_due", proposal.id)
    await work.show(tx, "proposal", proposal.id)
    await work.draw(tx, incident.id)
    await _call_second(ctx, tx, actor, incident, proposal)
    return proposal


async def _call_second(ctx: Context, tx: Tx, actor: Actor, incident: Incident, proposal: Proposal) -> None:
    """Page those whose yes counts, each once."""
    moves = proposal.shown.moves
    what = "reopen" if proposal.kind is ProposalKind.MODE_OFF else f"release {moves[0].control_id}"
    until = f"{proposal.shown.expires_at:%H:%M} UTC"
    text = f"{incident.id}: {actor.person.name} proposes to {what}; it waits for your yes until {until}."
    people = [p.id for p in second_persons(ctx, proposal)]
    await work.page(ctx, tx, f"proposal:{proposal.id}", people, text, incident.id)


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
        name, at = _name(ctx, proposal.decided_by), proposal.decided_at
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


def _either(pairs: Pairs) -> tuple[Role, ...]:
    """Every role named, in the order written."""
    return tuple(dict.fromkeys(role for pair in pairs for role in pair))


def _name(ctx: Context, person_id: str) -> str:
    who = ctx.content.now.directory.people.get(person_id)
    return who.name if who else person_id


async def _refuse_second(
    ctx: Context, tx: Tx, incident: Incident, kind: ProposalKind, holds: list[Hold]
) -> None:
    """One open proposal for one thing; proposing the same again answers who was first."""
    touched = {h.control_id for h in holds}
    for other in await tx.proposals.of(incident.id):
        same = other.kind is kind and {m.control_id for m in other.shown.moves} == touched
        if same and other.status is ProposalStatus.OPEN and ctx.clock.now() < other.shown.expires_at:
            name, at = _name(ctx, other.proposer), other.proposed_at
            raise AlreadyDone(
                f"{name} proposed this at {at:%H:%M:%S} UTC; it waits for a second person.", by=name, at=at
            )


async def _refuse_while_reopening(ctx: Context, tx: Tx, incident: Incident) -> None:
    """A reopening that runs needs no second one; one that is paused may be proposed anew."""
    made = {p.id: p for p in await tx.proposals.of(incident.id)}
    for plan in await tx.proposals.plans(incident.id):
        proposal = made[plan.proposal_id]
        if plan.status is not PlanStatus.RUNNING or proposal.kind is not ProposalKind.MODE_OFF:
            continue
        name, at = _name(ctx, proposal.decided_by or ""), proposal.decided_at or proposal.proposed_at
        raise AlreadyDone(f"{name} approved this at {at:%H:%M:%S} UTC; it is under way.", by=name, at=at)
