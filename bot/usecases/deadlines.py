"""What clocks ask: budgets, promised updates, hold reviews, ratification, roles without an answer.

Each is the body of a job; each looks again at what is so before it says anything (law 3).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.base import Environment, PublicState, Role
from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.domain.lifecycle import Lifecycle
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.runbook import StepState, find_step
from bot.usecases import publications, work
from bot.usecases.classification import ASK_AGAIN
from bot.usecases.controls import REVIEW_NAG
from bot.usecases.digests import holders
from bot.usecases.incidents import page_role
from bot.usecases.ports import Context, Tx
from bot.usecases.ratification import ratified
from bot.usecases.record import record
from bot.usecases.work import nudge

ESCALATE_AFTER = timedelta(minutes=10)
UPDATE_NAG = timedelta(minutes=5)
ROLES_WANTED = (Role.INCIDENT_COMMANDER, Role.TREASURY_LEAD, Role.WALLET_OPS_LEAD)


async def step_due(
    ctx: Context, incident_id: str, round_: int, runbook_id: str, step_id: str
) -> datetime | None:
    """A step's budget has run out: its role hears of it in a digest, and the commander when it drags on."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        state = await _step(tx, incident_id, round_, runbook_id, step_id)
        if incident.ended or state is None or state.status.finished:
            return None
        pinned = await tx.keepsakes.pinned(incident.content_digest)
        step = find_step(pinned.by_id, state)
        if step is None:
            return None
        late = ctx.clock.now() - state.due_at
        if late < timedelta():
            return state.due_at
        said = int(late.total_seconds())
        record(ctx, tx, "step.overdue", None, incident=incident, step=step_id, late_seconds=said)
        escalate = late >= ESCALATE_AFTER
        roles = {step.role, Role.INCIDENT_COMMANDER} if escalate else {step.role}
        for person in holders(ctx, incident, roles):
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
        if now < incident.next_update_at - publications.NUDGE:
            return incident.next_update_at - publications.NUDGE
        if not await _waiting(tx, incident):
            await publications.offer_draft(ctx, tx, incident)
        for person in holders(ctx, incident, {Role.COMMS_OWNER}):
            await nudge(ctx, tx, person)
        if now < incident.next_update_at:
            return incident.next_update_at
        if incident.standing.public is not PublicState.OVERDUE:
            await _lapse(ctx, tx, incident, incident.next_update_at)
        await work.draw(tx, incident.id)
        return now + UPDATE_NAG


async def hold_review(ctx: Context, environment: Environment, hold_id: str) -> datetime | None:
    """A hold's review time has come: it asks its owner, then nags, then pages. It never loosens."""
    async with ctx.store.write() as tx:
        found = await _held(tx, environment, hold_id)
        if found is None:
            return None
        incident, hold = found
        now = ctx.clock.now()
        if now < hold.review_at:
            return hold.review_at
        late = now - hold.review_at
        if late < REVIEW_NAG:
            record(ctx, tx, "hold.review_due", None, incident=incident, hold=hold.id, control=hold.control_id)
        if late >= 2 * REVIEW_NAG:
            text = (
                f"{incident.id}: holds are past their review time; {hold.control_id} is one, at {hold.level}."
            )
            commander = incident.assigned.get(Role.INCIDENT_COMMANDER, hold.owner)
            key = f"review:{incident.id}:{now:%Y-%m-%dT%H}"
            await work.page(ctx, tx, key, [commander], text, incident.id, review=True)
        else:
            await nudge(ctx, tx, hold.owner)
        await work.draw(tx, incident.id)
        return now + REVIEW_NAG


async def ratification_due(ctx: Context, environment: Environment, hold_id: str) -> None:
    """Nobody has ratified a full suspension: an executive is paged; it stays in force meanwhile."""
    async with ctx.store.write() as tx:
        found = await _held(tx, environment, hold_id)
        if found is None:
            return
        incident, hold = found
        control = ctx.content.now.by_id[hold.control_id]
        if not control.level(hold.level).full_suspension or await ratified(tx, hold) is not None:
            return
        record(ctx, tx, "hold.unratified", None, incident=incident, hold=hold.id, control=hold.control_id)
        why = f"{hold.control_id} is {hold.level} on one person's word and was not ratified in time"
        await page_role(ctx, tx, incident, ctx.content.now.authority.executive, why)
        await work.draw(tx, incident.id)


async def role_due(ctx: Context, incident_id: str) -> datetime | None:
    """Roles that nobody took or answered: whoever may hold them is paged, executives when it drags on."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        silent = [r for r in ROLES_WANTED if r not in incident.acknowledged]
        if incident.ended or not silent:
            return None
        late = ctx.clock.now() - incident.declared_at
        record(ctx, tx, "role.unanswered", None, incident=incident, roles=[r.value for r in silent])
        for role in silent:
            await page_role(ctx, tx, incident, role, f"the {role.words} has not answered")
        executive_after = ctx.content.now.authority.executive_after
        if late < executive_after:
            return incident.declared_at + executive_after
        names = ", ".join(r.words for r in silent)
        await page_role(ctx, tx, incident, Role.EXECUTIVE, f"nobody has answered as {names}")
        return None


async def classify_due(ctx: Context, incident_id: str) -> datetime | None:
    """The class is still provisional: the commander is asked again every ten minutes."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        if incident.ended or incident.class_confirmed:
            return None
        for person in holders(ctx, incident, {Role.INCIDENT_COMMANDER}):
            await nudge(ctx, tx, person)
        return ctx.clock.now() + ASK_AGAIN


async def _lapse(ctx: Context, tx: Tx, incident: Incident, promised: datetime) -> None:
    standing = Lifecycle.tell(incident.standing, "lapse")
    incident = await tx.incidents.save(incident.model_copy(update={"standing": standing}))
    record(ctx, tx, "public.overdue", None, incident=incident, promised=f"{promised:%Y-%m-%dT%H:%M:%SZ}")
    await page_role(ctx, tx, incident, Role.COMMS_OWNER, "the next public word is overdue")


async def _waiting(tx: Tx, incident: Incident) -> bool:
    """Whether a status update waits to be approved."""
    every = await tx.publications.of(incident.id)
    return any(p.kind is PublicationKind.STATUS and p.state is PublicationState.DRAFT for p in every)


async def _step(tx: Tx, incident_id: str, round_: int, runbook_id: str, step_id: str) -> StepState | None:
    wanted = (round_, runbook_id, step_id)
    states = await tx.steps.of(incident_id)
    return next((s for s in states if (s.round, s.runbook_id, s.step_id) == wanted), None)


async def _held(tx: Tx, environment: Environment, hold_id: str) -> tuple[Incident, Hold] | None:
    """A hold in force and its incident, locked; None when it was released."""
    hold = await _in_force(tx, environment, hold_id)
    if hold is None:
        return None
    incident = await tx.incidents.get(hold.incident_id, lock=True)
    hold = await _in_force(tx, environment, hold_id)
    return (incident, hold) if hold else None


async def _in_force(tx: Tx, environment: Environment, hold_id: str) -> Hold | None:
    return next((h for h in await tx.holds.in_force(environment) if h.id == hold_id), None)
