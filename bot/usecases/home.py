"""The board that a person's Home shows: read once for everybody, then cut to what one person may see and do.

Nothing read from a signal is on it: figures of reserves stay in the incidents' channels. Whoever may hold no
role sees what the announcements say, and no words of people, which may hold figures too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.approval import PlanStatus, Proposal, ProposalStatus, ReleasePlan
from bot.domain.authority import Person, acting_roles
from bot.domain.base import Environment, Role
from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.domain.mode import ModeId, standing_guarantees, strictest
from bot.domain.publication import Publication, PublicationState
from bot.domain.runbook import find_step
from bot.domain.trigger import Suggestion
from bot.usecases import work
from bot.usecases.approvals import second_persons
from bot.usecases.control_views import ControlView, control_views
from bot.usecases.entitlement import COMMANDER
from bot.usecases.frozen import FreezeView, freeze_view
from bot.usecases.ports import Context, Tx
from bot.usecases.public_facts import seen_levels
from bot.usecases.ratification import ratified, ratifiers
from bot.usecases.reviews import may_extend
from bot.usecases.signals import FINDS
from bot.usecases.views import StepView

OPENED = "home:"


@dataclass(frozen=True, slots=True)
class Affair:
    """One open incident: what waits in it, and how many of its held controls are confirmed, of how many."""

    incident: Incident
    steps: tuple[StepView, ...]
    proposals: tuple[Proposal, ...]
    drafts: tuple[Publication, ...]
    holds: tuple[Hold, ...]
    unratified: tuple[Hold, ...]
    plan: ReleasePlan | None
    progress: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that any Home shows, at one moment; `works` and `limited` as observed."""

    now: datetime
    environment: Environment
    mode: ModeId
    says: str
    works: tuple[str, ...]
    limited: tuple[str, ...]
    affairs: tuple[Affair, ...]
    suggestions: tuple[Suggestion, ...]
    controls: tuple[ControlView, ...]
    people: dict[str, Person]
    freeze: FreezeView | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due, in which incident."""

    at: datetime
    what: str
    incident: Incident


@dataclass(frozen=True, slots=True)
class Mine:
    """What one person may see and do. `inside`: they may hold a role, and so read what channels say.

    `steps` are theirs by role; `approvals`, `ratify`, `drafts` and `suggestions` wait for their word;
    `reviews` are incidents whose holds they are asked to review.
    """

    person: Person
    roles: tuple[Role, ...]
    steps: tuple[tuple[Affair, StepView], ...]
    approvals: tuple[tuple[Affair, Proposal], ...]
    ratify: tuple[tuple[Affair, Hold], ...]
    drafts: tuple[tuple[Affair, Publication], ...]
    reviews: tuple[Affair, ...]
    suggestions: tuple[Suggestion, ...]
    deadlines: tuple[Deadline, ...]

    @property
    def inside(self) -> bool:
        """Whether they may read what is said in incidents."""
        return bool(self.roles)


async def shared_board(ctx: Context) -> Board:
    """The board as it is after this call, read once for all who ask at the same time."""

    async def look() -> Board:
        async with ctx.store.read() as tx:
            return await board(ctx, tx)

    return await ctx.flights.join("the board of Home", look)


async def board(ctx: Context, tx: Tx) -> Board:
    """Read the board from the database."""
    content, now = ctx.content.now, ctx.clock.now()
    running = await tx.incidents.open()
    mode = content.modes[strictest(i.mode for i in running if i.environment is ctx.environment)]
    controls = [c for c in await control_views(ctx, tx) if c.holds or c.external]
    seen = seen_levels(content.controls, await tx.controls.all(ctx.environment), now)
    standing, _ = standing_guarantees(mode, content.controls, seen)
    off = [c.told(c.level(level)) for c in content.controls if (level := seen.get(c.id)) and c.index(level)]
    return Board(
        now=now,
        environment=ctx.environment,
        mode=mode.id,
        says=mode.says,
        works=tuple(g.text for g in standing),
        limited=tuple(dict.fromkeys(t for t in off if t)),
        affairs=tuple([await _affair(ctx, tx, i, controls) for i in running]),
        suggestions=tuple(await tx.suggestions.open()),
        controls=tuple(controls),
        people=content.directory.people,
        freeze=await freeze_view(ctx, tx, ctx.environment),
    )


def cut(ctx: Context, seen: Board, person: Person) -> Mine:
    """What of the board is this person's."""
    roles = ctx.content.now.directory.eligible(person.id)
    asked = [(a, _acting(ctx, person, a)) for a in seen.affairs]
    return Mine(
        person=person,
        roles=tuple(r for r in Role if r in roles),
        steps=_by_urgency([(a, s) for a, mine in asked for s in a.steps if s.step.role in mine]),
        approvals=tuple((a, p) for a in seen.affairs for p in a.proposals if _approves(ctx, person, p)),
        ratify=tuple((a, h) for a in seen.affairs for h in a.unratified if _ratifies(ctx, person, h)),
        drafts=tuple((a, d) for a, mine in asked for d in a.drafts if _publishes(ctx, mine, d)),
        reviews=tuple(a for a in seen.affairs if due(a, seen.now) and may_extend(ctx, person)),
        suggestions=seen.suggestions if roles & set(FINDS) else (),
        deadlines=_deadlines(seen, inside=bool(roles)),
    )


def due(affair: Affair, now: datetime) -> tuple[Hold, ...]:
    """The holds whose review time has come."""
    return tuple(h for h in affair.holds if h.review_at <= now)


async def opened(ctx: Context, slack_user: str, shown_hash: str) -> None:
    """Somebody looks at their Home: from now on it is kept up to date. `shown_hash` is Slack's own, or empty.

    A Home that is not the one we drew last is drawn anew even when it should say the same.
    """
    async with ctx.store.write() as tx:
        known = await tx.keepsakes.fact(f"{OPENED}{slack_user}")
        if known is None or not shown_hash or known.partition(" ")[2] != shown_hash:
            await tx.keepsakes.set_fact(f"{OPENED}{slack_user}", f"- {shown_hash}")
        await work.home(tx, slack_user)
        await work.homes(tx)


async def openers(tx: Tx) -> list[str]:
    """The Slack users whose Home is kept up to date."""
    return [name.removeprefix(OPENED) for name, known in (await tx.keepsakes.facts(OPENED)).items() if known]


async def shown(ctx: Context, slack_user: str) -> tuple[str, str]:
    """The digest of what a Home shows by now, and Slack's hash of it; both may be empty."""
    async with ctx.store.read() as tx:
        known = await tx.keepsakes.fact(f"{OPENED}{slack_user}")
    digest, _, slack_hash = (known or "").partition(" ")
    return digest, slack_hash


async def remember(ctx: Context, slack_user: str, digest: str, slack_hash: str) -> None:
    """Keep what a Home shows by now; an empty digest means that it is kept up to date no longer."""
    async with ctx.store.write() as tx:
        await tx.keepsakes.set_fact(f"{OPENED}{slack_user}", f"{digest} {slack_hash}" if digest else "")


async def ask_for_all(ctx: Context) -> bool:
    """Want every Home that was ever opened to be drawn; whether they will change by themselves."""
    async with ctx.store.read() as tx:
        users, running = await openers(tx), bool(await tx.incidents.open())
    if users:
        async with ctx.store.write() as tx:
            for user in users:
                await work.home(tx, user)
    return running and bool(users)


async def _affair(ctx: Context, tx: Tx, incident: Incident, controls: list[ControlView]) -> Affair:
    content, now = ctx.content.now, ctx.clock.now()
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    states = [s for s in await tx.steps.of(incident.id) if not s.status.finished]
    steps = [(find_step(pinned.by_id, s), s) for s in states]
    mine = [c for c in controls if any(h.incident_id == incident.id for h in c.holds)]
    holds = tuple(h for c in mine for h in c.holds if h.incident_id == incident.id)
    stopped = [h for h in holds if content.by_id[h.control_id].level(h.level).full_suspension]
    going = [
        p
        for p in await tx.proposals.plans(incident.id)
        if p.status in (PlanStatus.RUNNING, PlanStatus.PAUSED)
    ]
    return Affair(
        incident=incident,
        steps=tuple(StepView(step, s, s.due_at <= now, "") for step, s in steps if step is not None),
        proposals=tuple(p for p in await tx.proposals.of(incident.id) if p.status is ProposalStatus.OPEN),
        drafts=tuple(p for p in await tx.publications.of(incident.id) if p.state is PublicationState.DRAFT),
        holds=holds,
        unratified=tuple([h for h in stopped if await ratified(tx, h) is None]),
        plan=going[-1] if going else None,
        progress=(sum(c.confirmed for c in mine), len(mine)),
    )


def _acting(ctx: Context, person: Person, affair: Affair) -> frozenset[Role]:
    return acting_roles(ctx.content.now.directory, person.id, affair.incident.assigned)


def _approves(ctx: Context, person: Person, proposal: Proposal) -> bool:
    return any(p.id == person.id for p in second_persons(ctx, proposal))


def _ratifies(ctx: Context, person: Person, hold: Hold) -> bool:
    wanted = ratifiers(ctx, ctx.content.now.by_id[hold.control_id])
    return hold.owner != person.id and bool(ctx.content.now.directory.eligible(person.id) & set(wanted))


def _publishes(ctx: Context, acting: frozenset[Role], draft: Publication) -> bool:
    content = ctx.content.now
    spec = content.statuses.get(draft.spec_id)
    act = "publish_preapproved" if spec and spec.preapproved and not draft.edited else "publish"
    return bool(acting & set(content.authority.acts.get(act, COMMANDER)))


def _by_urgency(steps: list[tuple[Affair, StepView]]) -> tuple[tuple[Affair, StepView], ...]:
    return tuple(sorted(steps, key=lambda one: (one[1].state.due_at, one[0].incident.number)))


def _deadlines(seen: Board, *, inside: bool) -> tuple[Deadline, ...]:
    out = []
    for a in seen.affairs:
        if a.incident.next_update_at:
            out.append(Deadline(a.incident.next_update_at, "the next public word", a.incident))
        if not inside:
            continue
        ahead = [h.review_at for h in a.holds if h.review_at > seen.now]
        out += [Deadline(min(ahead), "a review of holds", a.incident)] if ahead else []
        out += [Deadline(p.shown.expires_at, "a proposal expires", a.incident) for p in a.proposals]
        if a.plan and a.plan.due_at:
            out.append(Deadline(a.plan.due_at, "the reopening looks at its next stage", a.incident))
    return tuple(sorted(out, key=lambda d: (d.at, d.incident.number)))
