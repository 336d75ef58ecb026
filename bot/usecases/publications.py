"""Telling: drafting from observed facts, editing, approving, and what follows when the facts move on."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import Role
from bot.domain.errors import AlreadyDone, BadInput, Ended, Stale
from bot.domain.incident import Incident
from bot.domain.lifecycle import Lifecycle
from bot.domain.public_words import forbidden
from bot.domain.publication import Publication, PublicationKind, PublicationState
from bot.domain.text import clean
from bot.usecases import steps, work
from bot.usecases.drafts import (
    MACROS,
    fingerprint,
    follow_macros,
    newest,
    next_in,
    offer_draft,
    raise_draft,
    stamped,
    suited,
    words,
)
from bot.usecases.entitlement import may, may_as, take_part
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.public_facts import public_facts
from bot.usecases.record import record

BODY_MAX = 5000
NUDGE = timedelta(minutes=5)


async def draft_update(
    ctx: Context, actor: Actor, incident_id: str, spec_id: str | None = None
) -> Publication:
    """Draft a status update for review; anyone who may publish or command may ask for one."""
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        _may_draft(ctx, actor, incident)
        chosen = spec_id or suited(incident)
        if chosen not in ctx.content.now.statuses:
            known = ", ".join(ctx.content.now.statuses)
            raise BadInput(
                f"There is no prewritten update of that name; there are: {known}.",
                example="/incident update holding",
            )
        return await raise_draft(ctx, tx, incident, chosen, actor)


async def draft_macros(ctx: Context, actor: Actor, incident_id: str) -> Publication:
    """Draft the support macros for review."""
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        _may_draft(ctx, actor, incident)
        return await raise_draft(ctx, tx, incident, MACROS, actor)


async def edit_draft(
    ctx: Context, actor: Actor, publication_id: str, body: str, version: int | None = None
) -> Publication:
    """Replace a status draft's words by a person's own; `version` is that of the draft they read.

    Raises NotEntitled, BadInput, Stale.
    """
    said = clean(body, limit=BODY_MAX)
    if not said or len(body) > BODY_MAX:
        raise BadInput(
            f"An update has between 1 and {BODY_MAX:,} characters.",
            example="Withdrawals up to 500 USDT continue.",
            field="body",
        )
    if word := forbidden(said):
        raise BadInput(
            f"“{word}” is never said in public: it promises too much, or hides an incident. Say what works.",
            example="Withdrawals up to 500 USDT continue.",
            field="body",
        )
    async with ctx.store.write() as tx:
        incident, found = await _at_hand(ctx, tx, actor, publication_id)
        role = may(ctx, actor, incident, "publish", "edit what the public is told")
        _require_draft(ctx, found)
        if version is not None and found.version != version:
            raise Stale("The draft was changed since you opened it; read it again.")
        if found.kind is PublicationKind.MACROS:
            raise BadInput(
                "Macros are changed in their templates, so that they keep following the controls.",
                example="/incident macros",
            )
        record(
            ctx,
            tx,
            "publication.edited",
            actor,
            incident=incident,
            role=role,
            publication=found.id,
            body=said,
        )
        found = await tx.publications.save(found.model_copy(update={"body": said, "edited": True}))
        await work.show(tx, "draft", found.id)
        return found


async def approve_publication(ctx: Context, actor: Actor, publication_id: str, version: int) -> Publication:
    """Approve exactly the text that was shown, its two times aside, which become those of now.

    Raises NotEntitled, AlreadyDone, and Stale when the facts have moved on or the word it promises next is
    due already (a new draft is shown then).
    """
    async with ctx.store.write() as tx:
        incident, found = await _at_hand(ctx, tx, actor, publication_id)
        role = _may_publish(ctx, actor, incident, found)
        _require_draft(ctx, found)
        if found.version != version:
            raise Stale("The draft was changed since this message was drawn; read it again.")
        facts = await public_facts(ctx, tx, incident, next_in(ctx, found.spec_id))
        late = found.next_update_at is not None and found.next_update_at <= facts.now
        if fingerprint(facts) == found.fingerprint and not late:
            return await _approve(ctx, tx, actor, incident, stamped(ctx, found, facts), role)
        await raise_draft(ctx, tx, incident, found.spec_id)
    why = "The next update it promises is due already" if late else "The facts changed since this was drafted"
    raise Stale(f"{why}, so it was not published. A new draft is ready.")


async def discard_draft(ctx: Context, actor: Actor, publication_id: str) -> Publication:
    """Throw a draft away."""
    async with ctx.store.write() as tx:
        incident, found = await _at_hand(ctx, tx, actor, publication_id)
        role = _may_publish(ctx, actor, incident, found)
        _require_draft(ctx, found)
        record(ctx, tx, "publication.discarded", actor, incident=incident, role=role, publication=found.id)
        found = await tx.publications.save(found.model_copy(update={"state": PublicationState.DISCARDED}))
        await work.show(tx, "draft", found.id)
        await work.draw(tx, incident.id)
        return found


async def mark_published(ctx: Context, publication_id: str) -> Publication:
    """Record that a publication is out; its next update is due from now. For the publishing job."""
    async with ctx.store.write() as tx:
        found = await tx.publications.get(publication_id)
        incident = await tx.incidents.get(found.incident_id, lock=True)
        found = await tx.publications.get(publication_id, lock=True)
        if found.state is not PublicationState.APPROVED:
            return found
        now = ctx.clock.now()
        found = await tx.publications.save(
            found.model_copy(update={"state": PublicationState.PUBLISHED, "published_at": now})
        )
        record(
            ctx,
            tx,
            "publication.published",
            None,
            incident=incident,
            publication=found.id,
            body=words(found),
        )
        await _finish_step(ctx, tx, incident, found)
        if found.kind is PublicationKind.STATUS and not incident.ended:
            incident = await _told(ctx, tx, incident, found)
            await follow_macros(ctx, tx, incident)
        await work.show(tx, "draft", found.id)
        await work.draw(tx, incident.id)
        return found


async def follow_facts(ctx: Context, incident_id: str) -> None:
    """Redraw what is told after observed controls changed: macros at once, status as a draft to approve."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        if incident.ended:
            return
        every = await tx.publications.of(incident.id)
        facts = await follow_macros(ctx, tx, incident)
        now = fingerprint(facts)
        status = newest(every, PublicationKind.STATUS, PublicationState.PUBLISHED)
        waiting = newest(every, PublicationKind.STATUS, PublicationState.DRAFT)
        if waiting and not waiting.edited and waiting.fingerprint != now:
            await raise_draft(ctx, tx, incident, waiting.spec_id)
        elif status and not waiting and status.fingerprint != now and not facts.settling:
            await raise_draft(ctx, tx, incident, suited(incident))


def _may_draft(ctx: Context, actor: Actor, incident: Incident) -> Role:
    """A draft tells nobody anything: whoever may publish, command or speak to customers may ask for one."""
    acts = ctx.content.now.authority.acts
    wanted = acts.get("draft", (*acts.get("publish", ()), Role.INCIDENT_COMMANDER, Role.SUPPORT_LEAD))
    return may_as(ctx, actor, wanted, f"draft what the public is told of {incident.id}")


def _may_publish(ctx: Context, actor: Actor, incident: Incident, found: Publication) -> Role:
    spec = ctx.content.now.statuses.get(found.spec_id)
    act = "publish_preapproved" if spec and spec.preapproved and not found.edited else "publish"
    return may(ctx, actor, incident, act, "decide what the public is told")


def _require_draft(ctx: Context, found: Publication) -> None:
    if found.state is PublicationState.DRAFT:
        return
    if found.approved_by and found.approved_at:
        who = ctx.content.now.directory.people.get(found.approved_by)
        name = who.name if who else found.approved_by
        raise AlreadyDone(
            f"{name} approved this at {found.approved_at:%H:%M:%S} UTC.", by=name, at=found.approved_at
        )
    raise Stale(f"This draft is {found.state}; ask for a new one with /incident update.")


async def _at_hand(ctx: Context, tx: Tx, actor: Actor, publication_id: str) -> tuple[Incident, Publication]:
    incident = await take_part(ctx, tx, actor, (await tx.publications.get(publication_id)).incident_id)
    return incident, await tx.publications.get(publication_id, lock=True)


async def _approve(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, found: Publication, role: Role
) -> Publication:
    record(
        ctx,
        tx,
        "publication.approved",
        actor,
        incident=incident,
        role=role,
        publication=found.id,
        body=words(found),
    )
    done = {
        "state": PublicationState.APPROVED,
        "approved_by": actor.person.id,
        "approved_at": ctx.clock.now(),
    }
    found = await tx.publications.save(found.model_copy(update=done))
    await tx.jobs.want(f"publish:{found.id}", "publish", work.VIEWS)
    await work.show(tx, "draft", found.id)
    await work.draw(tx, incident.id)
    return found


async def _finish_step(ctx: Context, tx: Tx, incident: Incident, found: Publication) -> None:
    """The step is done when the public can read it, by whoever approved it; not before."""
    person = ctx.content.now.directory.people.get(found.approved_by or "")
    if person is None or incident.ended:
        return
    said = f"Published “{found.title}”"
    approver = Actor(person, via="publication", request_id=found.id)
    await steps.finish_matching(ctx, tx, approver, incident, lambda s: s.publish == found.spec_id, said)


async def _told(ctx: Context, tx: Tx, incident: Incident, found: Publication) -> Incident:
    """The public has heard: the promise of the next word becomes a deadline."""
    if incident.ended:
        raise Ended(f"{incident.id} has ended.")
    standing = Lifecycle.tell(incident.standing, "inform")
    changes = {
        "standing": standing,
        "last_update_at": found.published_at,
        "next_update_at": found.next_update_at,
    }
    incident = await tx.incidents.save(incident.model_copy(update=changes))
    if found.next_update_at is None:
        await tx.jobs.cancel(f"update_due:{incident.id}")
    else:
        await work.at(ctx, tx, found.next_update_at - NUDGE, "update_due", incident.id)
    return incident


__all__ = [
    "BODY_MAX",
    "MACROS",
    "NUDGE",
    "approve_publication",
    "discard_draft",
    "draft_macros",
    "draft_update",
    "edit_draft",
    "fingerprint",
    "follow_facts",
    "mark_published",
    "offer_draft",
    "raise_draft",
    "suited",
]
