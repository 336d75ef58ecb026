"""Declaring an incident, its roles, notes and severity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.base import Environment, Role, Severity
from bot.domain.errors import AlreadyDone, BadInput, Stale
from bot.domain.incident import Incident, code_name
from bot.domain.ledger import digest
from bot.domain.text import clean, summary
from bot.domain.trigger import Suggestion, SuggestionStatus
from bot.usecases import phases, situations, work
from bot.usecases.entitlement import live, may, take_part
from bot.usecases.evidence import Evidence, keep, show
from bot.usecases.gates import numbers
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

FIRST_WORD_WITHIN = timedelta(minutes=10)
FIRST_DRAFT_AFTER = timedelta(minutes=5)
NOTE_MAX = 2000
FIRST_WANTED = (Role.TREASURY_LEAD, Role.WALLET_OPS_LEAD)
PREFIX = {Environment.DRILL: "DRL"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a declarer gave. `once` names the request (say a view id), so that repeating it declares once."""

    summary: str
    severity: Severity = Severity.SEV2
    suggestion_id: str | None = None
    once: str = ""
    evidence: Evidence | None = None


async def declare(ctx: Context, actor: Actor, given: Declaration) -> Incident:
    """Declare an incident. Raises AlreadyDone when this very request has declared one before."""
    async with ctx.store.write() as tx:
        return await declare_in(ctx, tx, actor, given)


async def declare_in(ctx: Context, tx: Tx, actor: Actor, given: Declaration) -> Incident:
    """Declare within the caller's transaction."""
    now = ctx.clock.now()
    said = summary(given.summary, example="/incident declare Withdrawals are running after Northbank paused")
    if given.once and not await tx.keepsakes.first_time("declare", given.once, now):
        raise AlreadyDone("This incident is declared already.", by=actor.person.name, at=now)
    suggestion = await _take(ctx, tx, given.suggestion_id) if given.suggestion_id else None
    incident = await _new(ctx, tx, actor, said, given.severity, suggestion)
    record(
        ctx,
        tx,
        "incident.declared",
        actor,
        incident=incident,
        summary=said,
        severity=incident.severity.value,
        code_name=incident.code_name,
        content_digest=incident.content_digest,
        suggestion=suggestion.id if suggestion else None,
        class_hint=incident.class_.value if incident.class_ else None,
        numbers=await numbers(ctx, tx),
    )
    for added in incident.runbooks:
        situations.note(ctx, tx, actor, incident, ctx.content.now.pinned.by_id[added], suggested=True)
    if suggestion:
        taken = {"status": SuggestionStatus.TAKEN, "decided_by": actor.person.id, "decided_at": now}
        await tx.suggestions.save(suggestion.model_copy(update={**taken, "incident_id": incident.id}))
        await work.show(tx, "suggestion", suggestion.id)
    if given.evidence:
        await show(tx, incident, keep(ctx, tx, actor, incident, given.evidence))
    await phases.lay_out(ctx, tx, incident)
    await work.open_room(tx, incident.id)
    for control in ctx.content.now.controls:
        await work.actuate(tx, incident.environment, control.id)
    await work.draw(tx, incident.id)
    await work.anchor(tx, incident.id, "0")
    await work.at(ctx, tx, now + FIRST_DRAFT_AFTER, "update_due", incident.id)
    await work.at(ctx, tx, now + ctx.content.now.authority.deputy_after, "role_due", incident.id)
    await _call_up(ctx, tx, actor, incident, () if suggestion else FIRST_WANTED)
    return incident


async def assign_role(ctx: Context, actor: Actor, incident_id: str, role: Role, person_id: str) -> Incident:
    """Give a role to a person who may hold it. Raises NotEntitled or BadInput."""
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        acted = _own_role(ctx, actor, incident, role, person_id)
        return await _assign(ctx, tx, actor, incident, acted, role, person_id)


async def hand_off(ctx: Context, actor: Actor, incident_id: str, person_id: str) -> Incident:
    """Hand the command over to another person who may command."""
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        acted = may(ctx, actor, incident, "handoff", f"hand over the command of {incident.id}")
        return await _assign(ctx, tx, actor, incident, acted, Role.INCIDENT_COMMANDER, person_id)


async def acknowledge(ctx: Context, actor: Actor, incident_id: str) -> Incident:
    """Say that one has taken up one's roles."""
    async with ctx.store.write() as tx:
        incident = await live(tx, incident_id)
        mine = [r for r, p in incident.assigned.items() if p == actor.person.id]
        if not mine:
            raise BadInput(
                "You hold no role here. Take one with /incident role <role> @you.",
                example="/incident role treasury_lead @bob",
            )
        new = [r for r in mine if r not in incident.acknowledged]
        if not new:
            return incident
        record(ctx, tx, "role.acknowledged", actor, incident=incident, roles=[r.value for r in new])
        incident = await tx.incidents.save(
            incident.model_copy(update={"acknowledged": (*incident.acknowledged, *new)})
        )
        await work.draw(tx, incident.id)
        return incident


async def show_up(ctx: Context, actor: Actor, incident_id: str) -> Incident:
    """Say “I'm here”: one's roles are acknowledged, and free roles that one may hold are taken up."""
    async with ctx.store.write() as tx:
        incident = await live(tx, incident_id)
        eligible = ctx.content.now.directory.eligible(actor.person.id)
        mine = [r for r in Role if incident.assigned.get(r) == actor.person.id]
        free = [r for r in Role if r in eligible and r not in incident.assigned]
        if not mine and not free:
            raise BadInput(
                "There is no role here that you hold or may take up.",
                example="/incident role treasury_lead @bob",
            )
        for role in free:
            incident = await _assign(ctx, tx, actor, incident, role, role, actor.person.id)
        new = tuple(r for r in mine if r not in incident.acknowledged)
        if new:
            record(ctx, tx, "role.acknowledged", actor, incident=incident, roles=[r.value for r in new])
            changes = {"acknowledged": (*incident.acknowledged, *new)}
            incident = await tx.incidents.save(incident.model_copy(update=changes))
            await work.draw(tx, incident.id)
        return incident


async def add_note(ctx: Context, actor: Actor, incident_id: str, text: str) -> Incident:
    """Write a note into the record; anyone in the incident may. Raises BadInput: empty or too long."""
    example = "/incident note Northbank's desk confirms the outage by phone"
    if len(text) > NOTE_MAX:
        raise BadInput(f"That is {len(text):,} characters; a note has at most {NOTE_MAX:,}.", example=example)
    said = clean(text, limit=NOTE_MAX)
    if not said:
        raise BadInput("A note needs some words.", example=example)
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        record(ctx, tx, "note", actor, incident=incident, text=said)
        await work.draw(tx, incident.id)
        return incident


async def page_role(ctx: Context, tx: Tx, incident: Incident, role: Role, why: str) -> None:
    """Page everyone who may hold a role; whoever holds it is told so, the others that they may."""
    head = f"{incident.id} {incident.code_name} ({incident.severity}): {why}."
    key = f"{incident.id}:{role}:{incident.version}:{digest(why)[:8]}"
    for person in ctx.content.now.directory.holders([role]):
        mine = incident.assigned.get(role) == person.id
        tail = f"You are {role.words}." if mine else f"You may act as {role.words}."
        await work.page(ctx, tx, key, [person.id], f"{head} {tail}", incident.id)


async def _call_up(ctx: Context, tx: Tx, actor: Actor, incident: Incident, also: tuple[Role, ...]) -> None:
    """Tell those who may command an incident without a commander, or may hold other roles wanted at once.

    Each hears it once, with all they may act as; whoever declared it knows.
    """
    directory = ctx.content.now.directory
    free = [r for r in (Role.INCIDENT_COMMANDER, *also) if r not in incident.assigned]
    why = f"{actor.person.name} has declared “{incident.summary}”"
    if Role.INCIDENT_COMMANDER in free:
        why += "; nobody commands it yet"
    for person in directory.holders(free):
        if person.id == actor.person.id:
            continue
        mine = " or ".join(r.words for r in free if r in directory.eligible(person.id))
        text = f"{incident.id} {incident.code_name} ({incident.severity}): {why}. You may act as {mine}."
        await work.page(ctx, tx, f"{incident.id}:declared", [person.id], text, incident.id)


async def _take(ctx: Context, tx: Tx, suggestion_id: str) -> Suggestion:
    found = await tx.suggestions.get(suggestion_id, lock=True)
    if found.status is SuggestionStatus.TAKEN and found.decided_at and found.decided_by:
        who = ctx.content.now.directory.people.get(found.decided_by)
        name = who.name if who else found.decided_by
        raise AlreadyDone(
            f"{name} took this up at {found.decided_at:%H:%M} UTC as {found.incident_id}.",
            by=name,
            at=found.decided_at,
        )
    if found.status is SuggestionStatus.DISMISSED:
        raise Stale("This suggestion was dismissed; declare with /incident declare <summary>.")
    return found


async def _new(
    ctx: Context, tx: Tx, actor: Actor, said: str, severity: Severity, suggestion: Suggestion | None
) -> Incident:
    now, content = ctx.clock.now(), ctx.content.now
    number = await tx.incidents.next_number(ctx.environment)
    commands = Role.INCIDENT_COMMANDER in content.directory.eligible(actor.person.id)
    incident = Incident(
        id=f"{PREFIX.get(ctx.environment, 'INC')}-{number}",
        number=number,
        environment=ctx.environment,
        summary=said,
        code_name=code_name(number),
        severity=suggestion.severity if suggestion else severity,
        phase_since=now,
        class_=suggestion.class_hint if suggestion else None,
        assigned={Role.INCIDENT_COMMANDER: actor.person.id} if commands else {},
        acknowledged=(Role.INCIDENT_COMMANDER,) if commands else (),
        declared_by=actor.person.id,
        declared_at=now,
        detected_at=suggestion.raised_at if suggestion else None,
        content_digest=content.pinned.digest,
        next_update_at=now + FIRST_WORD_WITHIN,
    )
    book = content.pinned.by_id.get(suggestion.runbook) if suggestion else None
    if book is not None:
        incident = incident.model_copy(update=situations.changes(incident, book))
    await tx.keepsakes.pin(content.pinned)
    await tx.keepsakes.keep(content.policy_digest, content.policy)
    await tx.incidents.add(incident)
    return incident


def _own_role(ctx: Context, actor: Actor, incident: Incident, role: Role, person_id: str) -> Role | None:
    """A person may take up a free role that they may hold; giving and taking away is the commander's."""
    free = role not in incident.assigned
    if free and person_id == actor.person.id and role in ctx.content.now.directory.eligible(person_id):
        return role
    return may(ctx, actor, incident, "role", f"give out roles in {incident.id}")


async def _assign(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, acted: Role | None, role: Role, person_id: str
) -> Incident:
    directory = ctx.content.now.directory
    if role not in directory.eligible(person_id):
        names = ", ".join(p.name for p in directory.holders([role])) or "nobody is listed"
        raise BadInput(
            f"That person may not be {role.words}. Listed: {names}.", example=f"/incident role {role} @bob"
        )
    before = incident.assigned.get(role)
    if before == person_id:
        return incident
    record(
        ctx,
        tx,
        "role.assigned",
        actor,
        incident=incident,
        role=acted,
        given=role.value,
        to=person_id,
        before=before,
    )
    acknowledged = tuple(r for r in incident.acknowledged if r is not role)
    if person_id == actor.person.id:
        acknowledged = (*acknowledged, role)
    assigned = {**incident.assigned, role: person_id}
    incident = await tx.incidents.save(
        incident.model_copy(update={"assigned": assigned, "acknowledged": acknowledged})
    )
    if person_id != actor.person.id:
        text = f"{incident.id} {incident.code_name}: you are {role.words}."
        await work.page(ctx, tx, f"{incident.id}:{role}:{incident.version}", [person_id], text, incident.id)
    await work.invite(tx, incident.id)
    await work.draw(tx, incident.id)
    return incident
