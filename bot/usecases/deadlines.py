"""What clocks ask: budgets, promised updates, hold reviews, ratification, roles without an answer.

Each is the body of a job; each looks again at what is so before it says anything (law 3).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.base import Environment, PublicState, Role
from bot.domain.incident import Incident
from bot.domain.lifecycle import Lifecycle
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.runbook import find_step
from bot.usecases import publications, work
from bot.usecases.controls import REVIEW_NAG
from bot.usecases.incidents import page_role
from bot.usecases.ports import Context, Tx
from bot.usecases.record import record

DIGEST_EVERY = timedelta(minutes=5)
ESCALATE_AFTER = timedelta(minutes=10)
UPDATE_NAG = timedelta(minutes=5)


async def step_due(
    ctx: Context, incident_id: str, round_: int, runbook_id: str, step_id: str
) -> datetime | None:
    """A step's budget has run out: its role hears of it in a digest, and the commander when it drags on."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id)
        state = next(
            (
                s
                for s in await tx.steps.of(incident_id)
                if (s.round, s.runbook_id, s.step_id) == (round_, runbook_id, step_id)
            ),
            None,
        )
        if incident.ended or state is None or state.status.finished:
            return None
        pinned = await tx.keepsakes.pinned(incident.content_digest)
        step = find_step(pinned.by_id, state)
        if step is None:
            return None
        late = ctx.clock.now() - state.due_at
        record(
            ctx,
            tx,
            "step.overdue",
            None,
            incident=incident,
            step=step_id,
            late_seconds=int(late.total_seconds()),
        )
        escalate = late >= ESCALATE_AFTER
        roles = {step.role, Role.INCIDENT_COMMANDER} if escalate else {step.role}
        for person in await _holders(ctx, incident, roles):
            await nudge(ctx, tx, person)
        await work.draw(tx, incident_id)
        return None if escalate else state.due_at + ESCALATE_AFTER


async def update_due(ctx: Context, incident_id: str) -> datetime | None:
    """The next public word is due: a draft is made ready, then the public state becomes overdue."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        if incident.ended or incident.next_update_at is None:
            return None
        now = ctx.clock.now()
        waiting = [
            p
            for p in await tx.publications.of(incident.id)
            if p.kind is PublicationKind.STATUS and p.state is PublicationState.DRAFT
        ]
        if not waiting:
            await publications.raise_draft(ctx, tx, incident, publications.suited(incident))
        if now < incident.next_update_at:
            for person in await _holders(ctx, incident, {Role.COMMS_OWNER}):
                await nudge(ctx, tx, person)
            return incident.next_update_at
        if incident.standing.public is not PublicState.OVERDUE:
            standing = Lifecycle.tell(incident.standing, "lapse")
            incident = await tx.incidents.save(incident.model_copy(update={"standing": standing}))
            record(
                ctx,
                tx,
                "public.overdue",
                None,
                incident=incident,
                promised=f"{incident.next_update_at:%Y-%m-%dT%H:%M:%SZ}",
            )
            await page_role(ctx, tx, incident, Role.COMMS_OWNER, "the next public word is overdue")
        await work.draw(tx, incident.id)
        return now + UPDATE_NAG


async def hold_review(ctx: Context, environment: Environment, hold_id: str) -> datetime | None:
    """A hold's review time has come: it asks its owner, then nags, then pages. It never loosens."""
    async with ctx.store.write() as tx:
        hold = next((h for h in await tx.holds.in_force(environment) if h.id == hold_id), None)
        if hold is None:
            return None
        now = ctx.clock.now()
        if now < hold.review_at:
            return hold.review_at
        incident = await tx.incidents.get(hold.incident_id)
        late = now - hold.review_at
        if late < REVIEW_NAG:
            record(ctx, tx, "hold.review_due", None, incident=incident, hold=hold.id, control=hold.control_id)
        if late >= 2 * REVIEW_NAG:
            text = (
                f"{incident.id}: holds are past their review time; {hold.control_id} is one, at {hold.level}."
            )
            commander = incident.assigned.get(Role.INCIDENT_COMMANDER, hold.owner)
            await work.page(
                ctx, tx, f"review:{incident.id}:{now:%Y-%m-%dT%H}", [commander], text, incident.id
            )
        else:
            await nudge(ctx, tx, hold.owner)
        await work.draw(tx, incident.id)
        return now + REVIEW_NAG


async def ratification_due(ctx: Context, environment: Environment, hold_id: str) -> None:
    """Nobody has ratified a full suspension: an executive is paged; it stays in force meanwhile."""
    async with ctx.store.write() as tx:
        hold = next((h for h in await tx.holds.in_force(environment) if h.id == hold_id), None)
        if hold is None:
            return
        incident = await tx.incidents.get(hold.incident_id)
        record(ctx, tx, "hold.unratified", None, incident=incident, hold=hold.id, control=hold.control_id)
        why = f"{hold.control_id} is {hold.level} on one person's word and was not ratified in time"
        await page_role(ctx, tx, incident, Role.EXECUTIVE, why)
        await work.draw(tx, incident.id)


async def role_due(ctx: Context, incident_id: str) -> datetime | None:
    """Roles that nobody took or answered: whoever may hold them is paged, executives when it drags on."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id)
        if incident.ended:
            return None
        wanted = (Role.INCIDENT_COMMANDER, Role.TREASURY_LEAD, Role.WALLET_OPS_LEAD)
        silent = [r for r in wanted if r not in incident.acknowledged]
        if not silent:
            return None
        late = ctx.clock.now() - incident.declared_at
        record(ctx, tx, "role.unanswered", None, incident=incident, roles=[r.value for r in silent])
        for role in silent:
            await page_role(ctx, tx, incident, role, f"the {role.words} has not answered")
        if late >= timedelta(minutes=8):
            await page_role(ctx, tx, incident, Role.EXECUTIVE, "roles are unanswered")
            return None
        return incident.declared_at + timedelta(minutes=8)


async def nudge(ctx: Context, tx: Tx, person_id: str) -> None:
    """Put a person on the list for the next digest; at most one every five minutes."""
    await tx.jobs.want(
        f"digest:{person_id}", "digest", work.TIME, due=ctx.clock.wall_for(ctx.clock.now() + DIGEST_EVERY)
    )


async def digest(ctx: Context, person_id: str) -> None:
    """Send a person one list of what waits for them, if anything still does."""
    async with ctx.store.write() as tx:
        lines = []
        for incident in await tx.incidents.open():
            lines += await _waiting_for(ctx, tx, incident, person_id)
        if lines:
            more = [f"… and {len(lines) - 15} more"] if len(lines) > 15 else []  # noqa: PLR2004 - one screen
            key = f"digest:{int(ctx.clock.now().timestamp())}"
            await work.page(ctx, tx, key, [person_id], "\n".join(["Waiting for you:", *lines[:15], *more]))


async def _waiting_for(ctx: Context, tx: Tx, incident: Incident, person_id: str) -> list[str]:
    now = ctx.clock.now()
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    out = []
    for state in await tx.steps.of(incident.id):
        step = find_step(pinned.by_id, state)
        if step is None or state.status.finished or state.due_at > now:
            continue
        if person_id in await _holders(ctx, incident, {step.role, Role.INCIDENT_COMMANDER}):
            out.append(f"• {incident.id}: {step.title} (since {state.due_at:%H:%M} UTC)")
    out += [
        f"• {incident.id}: review the hold on {hold.control_id} ({hold.level})"
        for hold in await tx.holds.of(incident.id)
        if hold.in_force and hold.owner == person_id and hold.review_at <= now
    ]
    if incident.next_update_at and person_id in await _holders(ctx, incident, {Role.COMMS_OWNER}):
        out.append(f"• {incident.id}: public update due {incident.next_update_at:%H:%M} UTC")
    return out


async def _holders(ctx: Context, incident: Incident, roles: set[Role]) -> list[str]:
    """Who holds these roles in the incident; those who may, where nobody was assigned."""
    out: list[str] = []
    for role in sorted(roles):
        assigned = incident.assigned.get(role)
        out += [assigned] if assigned else [p.id for p in ctx.content.now.directory.holders([role])]
    return list(dict.fromkeys(out))
