"""The decisions that an incident waits for: what, from whom, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.approval import PlanStatus, Proposal, ReleasePlan
from bot.domain.base import Role
from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.domain.publication import PublicationState
from bot.domain.transfer import TransferState
from bot.usecases.approvals import approvers
from bot.usecases.ports import Context, Tx
from bot.usecases.transfers import second_persons


@dataclass(frozen=True, slots=True)
class Awaited:
    """A decision that waits: what, from whom, since when."""

    what: str
    who: tuple[str, ...]
    since: datetime


def to_ratify(ctx: Context, holds: tuple[Hold, ...]) -> tuple[Awaited, ...]:
    """Full suspensions that stand on one person's word."""
    content = ctx.content.now
    out = []
    for hold in holds:
        rule = content.authority.rules[content.by_id[hold.control_id].rule]
        may = content.directory.holders((*rule.tighten, content.authority.executive))
        who = tuple(p.name for p in may if p.id != hold.owner)
        out.append(Awaited(f"ratify {hold.control_id} {hold.level}", who, hold.placed_at))
    return tuple(out)


def to_review(ctx: Context, incident: Incident, holds: tuple[Hold, ...]) -> tuple[Awaited, ...]:
    """Holds past their review time: who placed them is asked, and who commands."""
    if not holds or incident.ended:
        return ()
    people, commander = ctx.content.now.directory.people, incident.assigned.get(Role.INCIDENT_COMMANDER, "")
    who = dict.fromkeys((commander, *(h.owner for h in holds)))
    names = tuple(people[p].name for p in who if p in people)
    first = min(holds, key=lambda h: (h.review_at, h.control_id))
    rest = f" and {len(holds) - 1} more" if len(holds) > 1 else ""
    return (Awaited(f"review the hold on {first.control_id}{rest}", names, first.review_at),)


async def to_decide(
    ctx: Context, tx: Tx, incident: Incident, proposals: list[Proposal], running: list[ReleasePlan]
) -> tuple[Awaited, ...]:
    """Proposals, a paused reopening, transfers, drafts, and somebody to command."""
    out = [Awaited(f"approve: {p.what}", tuple(approvers(ctx, p)), p.proposed_at) for p in proposals]
    out += [
        Awaited(f"reopening paused: {p.paused_because}", ("commander",), p.paused_at or ctx.clock.now())
        for p in running
        if p.status is PlanStatus.PAUSED
    ]
    out += [
        Awaited(f"agree to move {t.words}", tuple(p.name for p in second_persons(ctx, t)), t.at)
        for s in await tx.steps.of(incident.id)
        if (t := s.transfer) and t.state is TransferState.PROPOSED
    ]
    directory = ctx.content.now.directory
    comms = tuple(p.name for p in directory.holders([Role.COMMS_OWNER]))
    out += [
        Awaited(f"approve “{d.title}”", comms, d.drafted_at)
        for d in await tx.publications.of(incident.id)
        if d.state is PublicationState.DRAFT
    ]
    if Role.INCIDENT_COMMANDER not in incident.assigned:
        who = tuple(p.name for p in directory.holders([Role.INCIDENT_COMMANDER]))
        out.insert(0, Awaited("somebody to command", who, incident.declared_at))
    return tuple(out)
