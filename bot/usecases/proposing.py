"""Proposing to loosen; nothing moves before a second person's yes."""

from __future__ import annotations

from bot.domain.approval import PlanStatus, Proposal, ProposalKind, ProposalStatus
from bot.domain.base import format_duration
from bot.domain.control import Hold
from bot.domain.errors import AlreadyDone, BadInput, NotFound, Stale
from bot.domain.gate import not_yet
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.frozen import name_of
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.second import either, second_persons
from bot.usecases.shown import Terms, begin_gates, held, mode_floor, pairs_for, shown_now, targets_for


async def propose_release(
    ctx: Context, actor: Actor, incident_id: str, control_id: str, why: str
) -> Proposal:
    """Propose to release an incident's hold on one control, down to what its mode asks for.

    Raises NotFound, NotEntitled, and BadInput where the mode itself holds it there.
    """
    said = justification(why, example=f"/control release {control_id} Northbank settles again since 14:10")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        hold = await _own(tx, incident, control_id)
        _refuse_beneath_mode(ctx, incident, hold)
        return await _propose(ctx, tx, actor, incident, ProposalKind.RELEASE, [hold], said)


async def propose_lower(ctx: Context, actor: Actor, incident_id: str, control_id: str, why: str) -> Proposal:
    """Propose to lower an incident's hold on one control by one level. Raises as `propose_release` does."""
    said = justification(why, example=f"/control loosen {control_id} The queue has halved since 14:10")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        hold = await _own(tx, incident, control_id)
        _refuse_beneath_mode(ctx, incident, hold)
        return await _propose(ctx, tx, actor, incident, ProposalKind.LOWER, [hold], said)


async def propose_withdrawal(
    ctx: Context, actor: Actor, incident_id: str, control_id: str, why: str
) -> Proposal:
    """Propose to take back what was placed or raised a few minutes ago; it takes a second person, no ladder.

    Raises NotFound, NotEntitled, and Stale once it has stood for longer.
    """
    said = justification(why, example=f"/control withdraw {control_id} It was the wrong network")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        hold = await _own(tx, incident, control_id)
        _refuse_old(ctx, incident, hold)
        return await _propose(ctx, tx, actor, incident, ProposalKind.WITHDRAW, [hold], said)


async def _own(tx: Tx, incident: Incident, control_id: str) -> Hold:
    hold = next((h for h in await held(tx, incident) if h.control_id == control_id), None)
    if hold is None:
        raise NotFound(f"{incident.id} holds nothing on {control_id}, so there is nothing to release.")
    return hold


def _refuse_old(ctx: Context, incident: Incident, hold: Hold) -> None:
    """Only what was decided just now is taken back so; the rest goes the way of its mode and gates."""
    within = ctx.content.now.authority.withdraw_within
    fresh = ctx.clock.now() - hold.placed_at <= within
    if fresh and hold.before != hold.level and hold.plan_id is None:
        return
    raise Stale(
        f"What {incident.id} holds on {hold.control_id} was not placed within {format_duration(within)}; "
        f"propose to loosen it: /control loosen {hold.control_id} and why."
    )


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


async def _propose(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, kind: ProposalKind, holds: list[Hold], said: str
) -> Proposal:
    pairs = pairs_for(ctx, kind, holds)
    role = may_as(ctx, actor, either(pairs), "propose to loosen this")
    now = ctx.clock.now()
    proposal_id = ctx.ids.new("prop")
    await _refuse_second(ctx, tx, incident, kind, holds)
    gates = await begin_gates(ctx, tx, incident, kind)
    if shut := [g for g in gates if not g.is_open]:
        raise not_yet(shut)
    authority = ctx.content.now.authority
    withdraws = kind is ProposalKind.WITHDRAW
    expires_at = now + (authority.withdraw_within if withdraws else authority.proposal_ttl)
    targets = targets_for(ctx, incident, kind, holds)
    shown = await shown_now(ctx, tx, Terms(proposal_id, kind, targets, pairs, expires_at), holds, gates)
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
    silent_at = min(now + authority.executive_after, expires_at)
    await work.at(ctx, tx, silent_at, "proposal_due", proposal.id)
    await work.show(tx, "proposal", proposal.id)
    await work.draw(tx, incident.id)
    await _call_second(ctx, tx, actor, incident, proposal)
    return proposal


async def _call_second(ctx: Context, tx: Tx, actor: Actor, incident: Incident, proposal: Proposal) -> None:
    """Page those whose yes counts, each once."""
    until = f"{proposal.shown.expires_at:%H:%M} UTC"
    what = f"{actor.person.name} proposes to {proposal.what}"
    text = f"{incident.id}: {what}; it waits for your yes until {until}."
    people = [p.id for p in second_persons(ctx, proposal)]
    await work.page(ctx, tx, f"proposal:{proposal.id}", people, text, incident.id)


async def _refuse_second(
    ctx: Context, tx: Tx, incident: Incident, kind: ProposalKind, holds: list[Hold]
) -> None:
    """One open proposal for one thing; proposing the same again answers who was first."""
    touched = {h.control_id for h in holds}
    for other in await tx.proposals.of(incident.id):
        same = other.kind is kind and {m.control_id for m in other.shown.moves} == touched
        if same and other.status is ProposalStatus.OPEN and ctx.clock.now() < other.shown.expires_at:
            name, at = name_of(ctx, other.proposer), other.proposed_at
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
        name, at = name_of(ctx, proposal.decided_by or ""), proposal.decided_at or proposal.proposed_at
        raise AlreadyDone(f"{name} approved this at {at:%H:%M:%S} UTC; it is under way.", by=name, at=at)
