"""What a card, a status answer or a page is drawn from: one incident as the database has it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.approval import PlanStatus, Proposal, ProposalStatus, ReleasePlan
from bot.domain.authority import Contact, Directory, Person
from bot.domain.base import Outcome, Role
from bot.domain.classification import Finding
from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.domain.publication import Publication, PublicFacts
from bot.domain.runbook import Step, StepState, current_steps, find_step
from bot.domain.signal import Reading
from bot.usecases import phases, troubles
from bot.usecases.awaited import Awaited, to_decide, to_ratify, to_review
from bot.usecases.classification import standing_question
from bot.usecases.control_views import ControlView, control_views
from bot.usecases.controls import ratified
from bot.usecases.frozen import FreezeView, freeze_view
from bot.usecases.narrate import Told, names, told
from bot.usecases.ports import Actuation, Context, Tx
from bot.usecases.public_facts import public_facts
from bot.usecases.timeline import EVERYTHING, Only


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it is shown: what is written, and how it stands."""

    step: Step
    state: StepState
    overdue: bool
    by: str
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role, who holds it (None for nobody), and whether they have answered."""

    role: Role
    person: Person | None
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Everything a card shows of one incident."""

    incident: Incident
    now: datetime
    elapsed: timedelta
    finding: Finding
    facts: PublicFacts
    readings: dict[str, Reading]
    awaited: tuple[Awaited, ...]
    roles: tuple[RoleView, ...]
    steps: tuple[StepView, ...]
    current: tuple[StepView, ...]
    controls: tuple[ControlView, ...]
    proposals: tuple[Proposal, ...]
    plan: ReleasePlan | None
    unratified: tuple[Hold, ...]
    due: tuple[Hold, ...]
    people: dict[str, Person]
    troubles: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    freeze: FreezeView | None = None

    @property
    def held(self) -> tuple[ControlView, ...]:
        """Controls this incident holds."""
        return tuple(c for c in self.controls if any(h.incident_id == self.incident.id for h in c.holds))

    @property
    def progress(self) -> tuple[int, int]:
        """How many of the held controls are confirmed, and of how many."""
        return sum(1 for c in self.held if c.confirmed), len(self.held)

    @property
    def worst(self) -> ControlView | None:
        """The held control that is furthest from confirmed."""
        order = [Outcome.REJECTED, Outcome.MISMATCH, Outcome.UNKNOWN, Outcome.PENDING]
        off = [c for c in self.held if not c.confirmed]
        return min(
            off,
            key=lambda c: (order.index(c.outcome) if c.outcome in order else 9, c.control.id),
            default=None,
        )

    def name(self, person_id: str) -> str:
        """A person's name, or their id when they are not listed."""
        found = self.people.get(person_id)
        return found.name if found else person_id


async def shared_view(ctx: Context, incident_id: str) -> IncidentView:
    """An incident as it is after this call, drawn once for all who ask at the same time. Raises NotFound."""

    async def look() -> IncidentView:
        async with ctx.store.read() as tx:
            return await incident_view(ctx, tx, incident_id)

    return await ctx.flights.join(incident_id, look)


async def incident_view(ctx: Context, tx: Tx, incident_id: str) -> IncidentView:
    """Draw an incident from the database. Raises NotFound."""
    content, now = ctx.content.now, ctx.clock.now()
    incident = await tx.incidents.get(incident_id)
    steps = await _steps(tx, incident, now, content.directory)
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    unratified = await _unratified(ctx, tx, incident)
    due = tuple(h for h in await tx.holds.of(incident.id) if h.in_force and h.review_at <= now)
    proposals = [p for p in await tx.proposals.of(incident.id) if p.status is ProposalStatus.OPEN]
    plans = await tx.proposals.plans(incident.id)
    running = [p for p in plans if p.status in (PlanStatus.RUNNING, PlanStatus.PAUSED)]
    waiting = current_steps((s.state for s in steps), now)
    by_state = {(s.state.runbook_id, s.state.step_id, s.state.round): s for s in steps}
    return IncidentView(
        incident=incident,
        now=now,
        elapsed=incident.elapsed(now),
        finding=await standing_question(tx, incident),
        facts=await public_facts(ctx, tx, incident, None),
        readings=await phases.readings(ctx, tx),
        awaited=(
            *to_ratify(ctx, unratified),
            *to_review(ctx, incident, due),
            *await to_decide(ctx, tx, incident, proposals, running),
        ),
        roles=_roles(content.directory.people, incident),
        steps=steps,
        current=tuple(by_state[s.runbook_id, s.step_id, s.round] for s in waiting),
        controls=await control_views(ctx, tx, incident),
        proposals=tuple(proposals),
        plan=running[-1] if running else None,
        unratified=unratified,
        due=due,
        people=content.directory.people,
        troubles=tuple((await troubles.standing(tx, incident.id)).values()),
        situations=tuple(pinned.by_id[r].title for r in incident.runbooks if r in pinned.by_id),
        freeze=await freeze_view(ctx, tx, incident.environment),
    )


async def timeline(
    ctx: Context,
    tx: Tx,
    incident: Incident,
    limit: int = 200,
    only: Only = EVERYTHING,
    before: int | None = None,
) -> list[Told]:
    """The newest rows of an incident's ledger in words, newest first; on demand of a sort, before a row."""
    called = names(ctx.content.now, await tx.keepsakes.pinned(incident.content_digest))
    rows = await tx.ledger.tail(
        incident.id, limit, before=before, kinds=only.kinds, actor=only.actor, since=only.since
    )
    return [told(row, called) for row in rows]


async def outcomes(tx: Tx, incident_id: str) -> list[Actuation]:
    """What each decision of an incident asked of each control, and what became of it."""
    return await tx.holds.actuations(incident_id)


async def _steps(tx: Tx, incident: Incident, now: datetime, directory: Directory) -> tuple[StepView, ...]:
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    out = []
    for state in await tx.steps.of(incident.id):
        step = find_step(pinned.by_id, state)
        if step is not None:
            who = directory.people.get(state.by or "")
            overdue = not state.status.finished and state.due_at <= now
            call = tuple(c for i in step.contacts if (c := directory.contacts.get(i)))
            out.append(StepView(step, state, overdue, who.name if who else state.by or "", call))
    return tuple(out)


def _roles(people: dict[str, Person], incident: Incident) -> tuple[RoleView, ...]:
    views = [
        RoleView(role, people.get(incident.assigned.get(role, "")), role in incident.acknowledged)
        for role in Role
    ]
    return tuple(sorted(views, key=lambda v: (v.acknowledged, v.person is None, list(Role).index(v.role))))


async def _unratified(ctx: Context, tx: Tx, incident: Incident) -> tuple[Hold, ...]:
    """Full suspensions that stand on one person's word."""
    known = ctx.content.now.by_id
    out = []
    for hold in await tx.holds.of(incident.id):
        control = known.get(hold.control_id) if hold.in_force else None
        if control and control.level(hold.level).full_suspension and await ratified(tx, hold) is None:
            out.append(hold)
    return tuple(out)


async def draft_of(tx: Tx, publication_id: str) -> Publication:
    """One publication. Raises NotFound."""
    return await tx.publications.get(publication_id)
