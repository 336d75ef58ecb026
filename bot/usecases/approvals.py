"""Loosening: proposing a release, and a second person's yes to exactly what was shown."""

from __future__ import annotations

from datetime import datetime

from bot.domain.approval import (
    Move,
    PlanStage,
    PlanStatus,
    Proposal,
    ProposalKind,
    ProposalStatus,
    ReleasePlan,
    Shown,
    changed,
)
from bot.domain.authority import covers, loosening_roles
from bot.domain.base import Phase, Role
from bot.domain.control import Control, Hold, Value, same_value
from bot.domain.errors import AlreadyDone, NotEntitled, NotFound, Stale, TransitionRefused
from bot.domain.gate import GateResult
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.domain.text import justification
from bot.usecases import phases, steps, work
from bot.usecases.entitlement import live, may_as
from bot.usecases.ladder_stages import off_stages
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

Pairs = tuple[tuple[Role, Role], ...]


async def propose_release(
    ctx: Context, actor: Actor, incident_id: str, control_id: str, why: str
) -> Proposal:
    """Propose to release an incident's hold on one control. Raises NotFound, NotEntitled."""
    said = justification(why, example=f"/control release {control_id} Northbank settles again since 14:10")
    async with ctx.store.write() as tx:
        incident = await live(tx, incident_id)
        hold = next((h for h in await _held(tx, incident) if h.control_id == control_id), None)
        if hold is None:
            raise NotFound(f"{incident.id} holds nothing on {control_id}, so there is nothing to release.")
        return await _propose(ctx, tx, actor, incident, ProposalKind.RELEASE, [hold], said)


async def propose_off(ctx: Context, actor: Actor, incident_id: str, why: str) -> Proposal:
    """Propose to leave protected mode along its ladder. Raises TransitionRefused with the shut gates."""
    said = justification(why, example="/protected-mode off The cause has ended and coverage is above 1.5")
    async with ctx.store.write() as tx:
        incident = await live(tx, incident_id)
        if incident.mode is ModeId.NORMAL:
            raise NotFound(f"{incident.id} is not in protected mode.")
        holds = await _held(tx, incident)
        if not holds:
            raise NotFound(f"{incident.id} holds nothing any more.")
        return await _propose(ctx, tx, actor, incident, ProposalKind.MODE_OFF, holds, said)


async def approve(ctx: Context, actor: Actor, proposal_id: str, shown_hash: str) -> ReleasePlan:
    """A second person's yes to exactly what was shown; it becomes a release plan that runs by itself.

    Raises NotEntitled (also to the proposer), Stale when anything has changed since, AlreadyDone.
    """
    stale: list[str] = []
    async with ctx.store.write() as tx:
        proposal = await tx.proposals.get(proposal_id)
        incident = await live(tx, proposal.incident_id)
        proposal = await tx.proposals.get(proposal_id, lock=True)
        _still_open(ctx, proposal)
        role = _second_person(ctx, actor, proposal)
        stale = await _differences(ctx, tx, incident, proposal, shown_hash)
        if not stale:
            return await _approved(ctx, tx, actor, incident, proposal, role)
        now = ctx.clock.now()
        record(ctx, tx, "proposal.stale", actor, incident=incident, proposal=proposal.id, changed=stale)
        await tx.proposals.save(
            proposal.model_copy(update={"status": ProposalStatus.STALE, "decided_at": now})
        )
        await work.show(tx, "proposal", proposal.id)
        await work.draw(tx, incident.id)
    raise Stale(f"Since this was shown, {', '.join(stale)} changed. It was not approved; propose it again.")


async def refuse(ctx: Context, actor: Actor, proposal_id: str, why: str) -> Proposal:
    """Say no to a proposal, with the reason; the proposer may also take it back so."""
    said = justification(why, example="Coverage is still falling on the second venue")
    async with ctx.store.write() as tx:
        proposal = await tx.proposals.get(proposal_id)
        incident = await live(tx, proposal.incident_id)
        proposal = await tx.proposals.get(proposal_id, lock=True)
        _still_open(ctx, proposal)
        if actor.person.id != proposal.proposer:
            may_as(ctx, actor, {r for pair in proposal.shown.pairs for r in pair}, "decide on this proposal")
        record(
            ctx, tx, "proposal.refused", actor, incident=incident, proposal=proposal.id, justification=said
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
    directory = ctx.content.now.directory
    mine = directory.eligible(proposal.proposer)
    return [
        p.name
        for p in directory.people.values()
        if p.id != proposal.proposer and covers(proposal.shown.pairs, mine, directory.eligible(p.id))
    ]


async def _propose(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, kind: ProposalKind, holds: list[Hold], said: str
) -> Proposal:
    pairs = _pairs(ctx, kind, holds)
    role = may_as(ctx, actor, {r for pair in pairs for r in pair}, "propose to loosen this")
    now = ctx.clock.now()
    proposal_id = ctx.ids.new("prop")
    await _refuse_second(ctx, tx, incident, kind, holds)
    gates = await _gates(ctx, tx, incident, kind)
    if shut := [f"{g.title}: {g.reason}" for g in gates if not g.is_open]:
        raise TransitionRefused("Not yet. " + "; ".join(shut) + ".", shut=shut)
    expires_at = now + ctx.content.now.authority.proposal_ttl
    shown = await _shown(ctx, tx, proposal_id, holds, gates, pairs, expires_at)
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
    return proposal


async def _approved(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, proposal: Proposal, role: Role
) -> ReleasePlan:
    now = ctx.clock.now()
    decision = record(
        ctx,
        tx,
        "proposal.approved",
        actor,
        incident=incident,
        role=role,
        proposal=proposal.id,
        hash=proposal.hash,
        proposer=proposal.proposer,
    )
    done = {"status": ProposalStatus.APPROVED, "decided_by": actor.person.id, "decided_at": now}
    proposal = await tx.proposals.save(proposal.model_copy(update=done))
    holds = await _held(tx, incident)
    plan = ReleasePlan(
        id=ctx.ids.new("plan"),
        proposal_id=proposal.id,
        incident_id=incident.id,
        environment=incident.environment,
        decision_id=decision,
        content_digest=proposal.shown.content_digest,
        stages=_stages(ctx, proposal, holds),
    )
    await _end_earlier(tx, incident, plan)
    await tx.proposals.add_plan(plan)
    await tx.jobs.cancel(f"proposal_due:{proposal.id}")
    if proposal.kind is ProposalKind.MODE_OFF and incident.phase in (Phase.STABILIZE, Phase.PROTECTED):
        gates = await phases.phase_gates(ctx, tx, incident, Phase.RECOVER)
        incident = await phases.enter(ctx, tx, incident, Phase.RECOVER, gates)
        said = f"Approved with {proposal.id}"
        await steps.finish_matching(ctx, tx, actor, incident, lambda s: s.decide == "ladder", said)
    await work.at(ctx, tx, now, "ladder", plan.id)
    await work.show(tx, "proposal", proposal.id)
    await work.draw(tx, incident.id)
    return plan


async def _end_earlier(tx: Tx, incident: Incident, plan: ReleasePlan) -> None:
    """A newer approval takes the place of a plan that is still under way on the same controls."""
    touched = {c for stage in plan.stages for c in stage.levels}
    for other in await tx.proposals.plans(incident.id):
        under_way = other.status in (PlanStatus.RUNNING, PlanStatus.PAUSED)
        left = {c for stage in other.stages[other.stage :] for c in stage.levels}
        if under_way and left <= touched:
            await tx.proposals.save_plan(other.model_copy(update={"status": PlanStatus.ENDED}))


def _stages(ctx: Context, proposal: Proposal, holds: list[Hold]) -> tuple[PlanStage, ...]:
    if proposal.kind is ProposalKind.MODE_OFF:
        return off_stages(ctx.content.now, holds)
    control = proposal.shown.moves[0].control_id
    return (PlanStage(id="release", title=f"Release {control}", levels={control: "normal"}),)


async def _held(tx: Tx, incident: Incident) -> list[Hold]:
    return sorted((h for h in await tx.holds.of(incident.id) if h.in_force), key=lambda h: h.control_id)


def _pairs(ctx: Context, kind: ProposalKind, holds: list[Hold]) -> Pairs:
    """Who must agree. Leaving a mode is one proposal for all its controls: commander and treasury."""
    content = ctx.content.now
    controls = [(content.by_id[h.control_id], h) for h in holds]
    suspended = any(c.level(h.level).full_suspension for c, h in controls)
    if kind is ProposalKind.MODE_OFF:
        rule = content.authority.rules["money"]
    else:
        rule = content.authority.rules[controls[0][0].rule]
    return loosening_roles(rule, content.authority, out_of_suspension=suspended)


async def _gates(ctx: Context, tx: Tx, incident: Incident, kind: ProposalKind) -> list[GateResult]:
    ladder = ctx.content.now.modes[ModeId.PROTECTED].ladder
    if kind is not ProposalKind.MODE_OFF or ladder is None:
        return []
    return [await phases.ask_gate(ctx, tx, gate_id, incident) for gate_id in ladder.begin]


async def _shown(
    ctx: Context,
    tx: Tx,
    proposal_id: str,
    holds: list[Hold],
    gates: list[GateResult],
    pairs: Pairs,
    expires_at: datetime,
) -> Shown:
    content = ctx.content.now
    touched = {h.control_id for h in holds}
    states = await tx.controls.all(holds[0].environment)
    every = await tx.holds.in_force(holds[0].environment)
    moves = tuple(
        _move(
            content.by_id[h.control_id],
            h,
            every,
            states[h.control_id].baseline if h.control_id in states else None,
        )
        for h in holds
    )
    return Shown.model_validate(
        {
            "proposal_id": proposal_id,
            "moves": moves,
            "hold_versions": {h.id: h.version for h in every if h.control_id in touched},
            "gates": {g.id: g.verdict.value for g in gates},
            "content_digest": content.policy_digest,
            "pairs": pairs,
            "expires_at": expires_at,
        }
    )


def _move(control: Control, hold: Hold, every: list[Hold], baseline: Value | None) -> Move:
    others = [h for h in every if h.control_id == control.id and h.id != hold.id]
    to = max((control.index(h.level) for h in others), default=0)
    normal = control.levels[0]
    return Move(
        control_id=control.id,
        target=hold.target,
        from_level=hold.level,
        to_level=control.levels[min(to, control.index(hold.level))].id,
        suspended=control.level(hold.level).full_suspension,
        baseline_off=baseline is not None and not same_value(baseline, normal.value),
    )


def _still_open(ctx: Context, proposal: Proposal) -> None:
    if proposal.status is ProposalStatus.OPEN:
        if ctx.clock.now() >= proposal.shown.expires_at:
            raise Stale("This proposal has expired; propose it again.")
        return
    if proposal.decided_by and proposal.decided_at:
        who = ctx.content.now.directory.people.get(proposal.decided_by)
        name = who.name if who else proposal.decided_by
        at = proposal.decided_at
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
    return next(r for pair in proposal.shown.pairs for r in pair if r in mine)


async def _differences(
    ctx: Context, tx: Tx, incident: Incident, proposal: Proposal, shown_hash: str
) -> list[str]:
    if shown_hash != proposal.hash:
        return ["the message you clicked"]
    touched = {m.control_id for m in proposal.shown.moves}
    holds = [h for h in await _held(tx, incident) if h.control_id in touched]
    if not holds:
        return ["a hold"]
    gates = await _gates(ctx, tx, incident, proposal.kind)
    pairs = _pairs(ctx, proposal.kind, holds)
    now = await _shown(ctx, tx, proposal.id, holds, gates, pairs, proposal.shown.expires_at)
    return changed(proposal.shown, now)


async def _refuse_second(
    ctx: Context, tx: Tx, incident: Incident, kind: ProposalKind, holds: list[Hold]
) -> None:
    """One open proposal for one thing; proposing the same again answers who was first."""
    touched = {h.control_id for h in holds}
    for other in await tx.proposals.of(incident.id):
        same = other.kind is kind and {m.control_id for m in other.shown.moves} == touched
        if same and other.status is ProposalStatus.OPEN and ctx.clock.now() < other.shown.expires_at:
            who = ctx.content.now.directory.people.get(other.proposer)
            name = who.name if who else other.proposer
            at = other.proposed_at
            raise AlreadyDone(
                f"{name} proposed this at {at:%H:%M:%S} UTC; it waits for a second person.", by=name, at=at
            )
