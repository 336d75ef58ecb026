"""Telling: drafting from observed facts, editing, approving, and what follows when the facts move on."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import Phase, PublicState, Role
from bot.domain.errors import AlreadyDone, BadInput, Ended, Stale
from bot.domain.incident import Incident
from bot.domain.ledger import digest
from bot.domain.lifecycle import Lifecycle
from bot.domain.publication import (
    Macro,
    Publication,
    PublicationKind,
    PublicationSpec,
    PublicationState,
    PublicFacts,
    StatusImpact,
    StatusStage,
)
from bot.domain.text import clean
from bot.usecases import steps, work
from bot.usecases.entitlement import live, may, may_as
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.public_facts import promised, public_facts
from bot.usecases.record import BREAKWATER, record

MACROS = "macros"
BODY_MAX = 5000
NUDGE = timedelta(minutes=5)


async def draft_update(
    ctx: Context, actor: Actor, incident_id: str, spec_id: str | None = None
) -> Publication:
    """Draft a status update for review; anyone who may publish or command may ask for one."""
    async with ctx.store.write() as tx:
        incident = await live(tx, incident_id)
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
        incident = await live(tx, incident_id)
        _may_draft(ctx, actor, incident)
        return await raise_draft(ctx, tx, incident, MACROS, actor)


async def raise_draft(
    ctx: Context, tx: Tx, incident: Incident, spec_id: str, actor: Actor | None = None
) -> Publication:
    """Draft within the caller's transaction; an unedited draft of the same kind is redrawn instead."""
    fresh = await _render(ctx, tx, incident, spec_id, actor)
    for old in await tx.publications.of(incident.id):
        if old.kind is not fresh.kind or old.state is not PublicationState.DRAFT:
            continue
        if old.spec_id == spec_id and not old.edited:
            kept = {"id": old.id, "version": old.version}
            fresh = await tx.publications.save(fresh.model_copy(update=kept))
            await work.show(tx, "draft", fresh.id)
            return fresh
        await tx.publications.save(old.model_copy(update={"state": PublicationState.DISCARDED}))
        await work.show(tx, "draft", old.id)
    await tx.publications.add(fresh)
    record(
        ctx,
        tx,
        "publication.drafted",
        actor,
        incident=incident,
        publication=fresh.id,
        spec=spec_id,
        body=_said(fresh),
    )
    await work.show(tx, "draft", fresh.id)
    await work.draw(tx, incident.id)
    return fresh


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
    async with ctx.store.write() as tx:
        incident, found = await _at_hand(tx, publication_id)
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
    """Approve exactly the text that was shown; it is published by a job.

    Raises NotEntitled, AlreadyDone, and Stale when the facts have moved on (a new draft is shown then).
    """
    moved_on = False
    async with ctx.store.write() as tx:
        incident, found = await _at_hand(tx, publication_id)
        role = _may_publish(ctx, actor, incident, found)
        _require_draft(ctx, found)
        if found.version != version:
            raise Stale("The draft was changed since this message was drawn; read it again.")
        facts = await public_facts(ctx, tx, incident, _next_in(ctx, found.spec_id))
        moved_on = fingerprint(facts) != found.fingerprint
        if not moved_on:
            return await _approve(ctx, tx, actor, incident, found, role)
        await raise_draft(ctx, tx, incident, found.spec_id)
    raise Stale("The facts changed since this was drafted, so it was not published. A new draft is ready.")


async def discard_draft(ctx: Context, actor: Actor, publication_id: str) -> Publication:
    """Throw a draft away."""
    async with ctx.store.write() as tx:
        incident, found = await _at_hand(tx, publication_id)
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
            ctx, tx, "publication.published", None, incident=incident, publication=found.id, body=_said(found)
        )
        if found.kind is PublicationKind.STATUS and not incident.ended:
            incident = await _told(ctx, tx, incident, found)
            await _follow_macros(ctx, tx, incident)
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
        facts = await _follow_macros(ctx, tx, incident)
        now = fingerprint(facts)
        status = _newest(every, PublicationKind.STATUS, PublicationState.PUBLISHED)
        waiting = _newest(every, PublicationKind.STATUS, PublicationState.DRAFT)
        if waiting and not waiting.edited and waiting.fingerprint != now:
            await raise_draft(ctx, tx, incident, waiting.spec_id)
        elif status and not waiting and status.fingerprint != now and not facts.settling:
            await raise_draft(ctx, tx, incident, suited(incident))


def fingerprint(facts: PublicFacts) -> str:
    """What names the facts, times aside."""
    return digest(facts.model_dump(mode="json", exclude={"now", "since", "next_update_at"}))


def suited(incident: Incident) -> str:
    """The prewritten update that fits where the incident stands."""
    if incident.phase is Phase.REVIEW:
        return "resolved"
    if incident.phase is Phase.RECOVER:
        return "reopening"
    if incident.phase is Phase.PROTECTED:
        return "protected"
    return "holding" if incident.standing.public is PublicState.SILENT else "update"


async def _render(ctx: Context, tx: Tx, incident: Incident, spec_id: str, actor: Actor | None) -> Publication:
    if spec_id == MACROS:
        facts = await _macro_facts(ctx, tx, incident)
    else:
        facts = await public_facts(ctx, tx, incident, _next_in(ctx, spec_id))
    shared = {
        "id": ctx.ids.new("pub"),
        "incident_id": incident.id,
        "environment": incident.environment,
        "spec_id": spec_id,
        "mode": facts.mode,
        "fingerprint": fingerprint(facts),
        "drafted_by": actor.person.id if actor else BREAKWATER,
        "drafted_at": ctx.clock.now(),
        "next_update_at": facts.next_update_at,
    }
    if spec_id == MACROS:
        title = "Support macros"
        return Publication(
            kind=PublicationKind.MACROS, title=title, body="", macros=_macros(ctx, facts), **shared
        )
    spec = ctx.content.now.statuses[spec_id]
    body = ctx.texts.render(spec.template, facts=facts)
    return Publication(
        kind=PublicationKind.STATUS,
        title=spec.title,
        body=body,
        stage=spec.stage,
        impact=_impact(facts, spec),
        **shared,
    )


def _macros(ctx: Context, facts: PublicFacts) -> tuple[Macro, ...]:
    return tuple(
        Macro(id=m.id, question=m.question, answer=ctx.texts.render(m.template, facts=facts))
        for m in ctx.content.now.macros
    )


async def _macro_facts(ctx: Context, tx: Tx, incident: Incident) -> PublicFacts:
    """Macros promise no word of their own: they repeat what the public was promised, while it lies ahead."""
    facts = await public_facts(ctx, tx, incident, None)
    return facts.model_copy(update={"next_update_at": promised(incident, facts.now)})


async def _follow_macros(ctx: Context, tx: Tx, incident: Incident) -> PublicFacts:
    """Redraw published macros when what is observed or promised has changed; returns the facts of now."""
    facts = await _macro_facts(ctx, tx, incident)
    macros = _newest(
        await tx.publications.of(incident.id), PublicationKind.MACROS, PublicationState.PUBLISHED
    )
    if macros is None:
        return facts
    fresh = {"fingerprint": fingerprint(facts), "next_update_at": facts.next_update_at}
    if fresh != {name: getattr(macros, name) for name in fresh}:
        drawn = {"macros": _macros(ctx, facts), "drafted_at": facts.now, **fresh}
        macros = await tx.publications.save(macros.model_copy(update=drawn))
        record(ctx, tx, "macros.followed", None, incident=incident, publication=macros.id, body=_said(macros))
    return facts


def _impact(facts: PublicFacts, spec: PublicationSpec) -> StatusImpact:
    if spec.stage is StatusStage.RESOLVED and not facts.restrictions:
        return StatusImpact.NONE
    by_mode = {"protected": StatusImpact.MAJOR, "stressed": StatusImpact.MINOR}
    return by_mode.get(facts.mode, StatusImpact.MINOR)


def _next_in(ctx: Context, spec_id: str) -> timedelta | None:
    spec = ctx.content.now.statuses.get(spec_id)
    if spec is None:
        return timedelta(minutes=30)
    return None if spec.stage is StatusStage.RESOLVED else spec.next_in


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


async def _at_hand(tx: Tx, publication_id: str) -> tuple[Incident, Publication]:
    incident = await live(tx, (await tx.publications.get(publication_id)).incident_id)
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
        body=_said(found),
    )
    done = {
        "state": PublicationState.APPROVED,
        "approved_by": actor.person.id,
        "approved_at": ctx.clock.now(),
    }
    found = await tx.publications.save(found.model_copy(update=done))
    await steps.finish_matching(
        ctx, tx, actor, incident, lambda s: s.publish == found.spec_id, f"Approved “{found.title}”"
    )
    await tx.jobs.want(f"publish:{found.id}", "publish", work.VIEWS)
    await work.show(tx, "draft", found.id)
    await work.draw(tx, incident.id)
    return found


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


def _newest(every: list[Publication], kind: PublicationKind, state: PublicationState) -> Publication | None:
    return next((p for p in reversed(every) if p.kind is kind and p.state is state), None)


def _said(found: Publication) -> str:
    return found.body or "\n\n".join(f"{m.question}\n{m.answer}" for m in found.macros)
