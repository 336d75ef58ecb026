"""From a second person's yes to a release plan that runs by itself."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.approval import PlanStage, Proposal, ProposalKind, ProposalStatus, ReleasePlan, Restore
from bot.domain.base import Outcome, Phase, Role
from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.usecases import phases, steps, work
from bot.usecases.gates import numbers
from bot.usecases.ladder_stages import off_stages
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.releases import stop_plan
from bot.usecases.shown import NORMAL, held


async def carry_approval(
    ctx: Context,
    tx: Tx,
    actor: Actor,
    incident: Incident,
    proposal: Proposal,
    role: Role,
    restore: Mapping[str, Restore],
) -> ReleasePlan:
    """Record a second person's yes and start its release plan within the caller's transaction."""
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
        roles=_roles(ctx, actor, proposal, role),
        before={m.control_id: m.from_level for m in proposal.shown.moves},
        after={m.control_id: m.to_level for m in proposal.shown.moves},
        restore=dict(restore),
        numbers=await numbers(ctx, tx),
        justification=proposal.justification,
    )
    done = {"status": ProposalStatus.APPROVED, "decided_by": actor.person.id, "decided_at": now}
    proposal = await tx.proposals.save(proposal.model_copy(update=done))
    plan = ReleasePlan(
        id=ctx.ids.new("plan"),
        proposal_id=proposal.id,
        incident_id=incident.id,
        environment=incident.environment,
        decision_id=decision,
        content_digest=proposal.shown.content_digest,
        step_back=proposal.shown.step_back,
        restore=dict(restore),
        stages=_stages(ctx, proposal, await held(tx, incident)),
    )
    await _end_earlier(ctx, tx, incident, plan)
    await tx.proposals.add_plan(plan)
    await tx.jobs.cancel(f"proposal_due:{proposal.id}")
    if proposal.kind is ProposalKind.MODE_OFF and incident.phase in (Phase.STABILIZE, Phase.PROTECTED):
        gates = await phases.phase_gates(ctx, tx, incident, Phase.RECOVER)
        incident = await phases.enter(ctx, tx, incident, Phase.RECOVER, gates)
    if proposal.kind is ProposalKind.MODE_OFF:
        said = f"Approved with {proposal.id}"
        await steps.finish_matching(ctx, tx, actor, incident, lambda s: s.decide == "ladder", said)
    await work.at(ctx, tx, now, "ladder", plan.id)
    await work.show(tx, "proposal", proposal.id)
    await work.draw(tx, incident.id)
    return plan


def _roles(ctx: Context, actor: Actor, proposal: Proposal, role: Role) -> dict[str, str]:
    """The pair of roles that the two cover between them: one may hold several, and propose in another."""
    directory = ctx.content.now.directory
    mine, theirs = directory.eligible(actor.person.id), directory.eligible(proposal.proposer)
    ways = [*proposal.shown.pairs, *((b, a) for a, b in proposal.shown.pairs)]
    pair = next(((one, other) for one, other in ways if one in theirs and other in mine), None)
    proposer, approver = pair or (proposal.proposer_role, role)
    return {"proposer": proposer.value, "approver": approver.value}


async def _end_earlier(ctx: Context, tx: Tx, incident: Incident, plan: ReleasePlan) -> None:
    """A newer approval takes the place of a plan that is still under way on the same controls.

    What that plan has begun is superseded by this one's own decisions on the same holds. What it need not
    loosen any more does not keep it, or it would go on once the hold that stopped it is released; one with
    nothing left to loosen is let be, for it has still to say that it is done.
    """
    touched = {c for stage in plan.stages for c in stage.levels}
    holds = {h.control_id for h in await held(tx, incident)}
    asked = [a for a in await tx.holds.actuations(incident.id) if a.outcome is Outcome.PENDING]
    for other in await tx.proposals.plans(incident.id):
        moving = {a.control_id for a in asked if a.plan_id == other.id}
        left = {c for stage in other.stages[other.stage :] for c in stage.levels} & (holds | moving)
        if left and left <= touched:
            await stop_plan(ctx, tx, incident, other, f"{plan.id} takes its place")


def _stages(ctx: Context, proposal: Proposal, holds: list[Hold]) -> tuple[PlanStage, ...]:
    if proposal.kind is ProposalKind.MODE_OFF:
        return off_stages(ctx.content.now, holds)
    control = proposal.shown.moves[0].control_id
    title = f"{proposal.what[0].upper()}{proposal.what[1:]}"
    return (
        PlanStage(id="release", title=title, levels={control: proposal.shown.targets.get(control, NORMAL)}),
    )
