"""Drafts: rendered from observed facts by the operator's templates, and redrawn as those move on."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import Phase, PublicState
from bot.domain.errors import NotFound
from bot.domain.incident import Incident
from bot.domain.ledger import digest
from bot.domain.publication import (
    Macro,
    MacroSpec,
    Publication,
    PublicationKind,
    PublicationSpec,
    PublicationState,
    PublicFacts,
    StatusImpact,
    StatusStage,
)
from bot.usecases import work
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.public_facts import promised, public_facts
from bot.usecases.record import BREAKWATER, record

MACROS = "macros"


async def raise_draft(
    ctx: Context, tx: Tx, incident: Incident, spec_id: str, actor: Actor | None = None
) -> Publication:
    """Draft within the caller's transaction; an unedited draft of the same text is redrawn instead.

    Any other draft of the kind is discarded for it. Raises NotFound for a text that is written no longer.
    """
    fresh = await _render(ctx, tx, incident, spec_id, actor)
    for old in await _drafts(tx, incident, fresh.kind):
        if old.spec_id == spec_id and not old.edited:
            kept = {"id": old.id, "version": old.version}
            fresh = await tx.publications.save(fresh.model_copy(update=kept))
            await work.show(tx, "draft", fresh.id)
            return fresh
        await _discard(ctx, tx, incident, old, fresh, actor)
    await tx.publications.add(fresh)
    record(
        ctx,
        tx,
        "publication.drafted",
        actor,
        incident=incident,
        publication=fresh.id,
        spec=spec_id,
        body=words(fresh),
    )
    await work.show(tx, "draft", fresh.id)
    await work.draw(tx, incident.id)
    return fresh


async def offer_draft(ctx: Context, tx: Tx, incident: Incident) -> None:
    """Make the text that fits now ready for approval, unless a person's own words wait for it already."""
    if not any(d.edited for d in await _drafts(tx, incident, PublicationKind.STATUS)):
        await raise_draft(ctx, tx, incident, suited(incident))


async def _drafts(tx: Tx, incident: Incident, kind: PublicationKind) -> list[Publication]:
    every = await tx.publications.of(incident.id)
    return [p for p in every if p.kind is kind and p.state is PublicationState.DRAFT]


async def _discard(
    ctx: Context, tx: Tx, incident: Incident, old: Publication, fresh: Publication, actor: Actor | None
) -> None:
    reason = f"{fresh.spec_id} was drafted in its place"
    record(ctx, tx, "publication.discarded", actor, incident=incident, publication=old.id, reason=reason)
    await tx.publications.save(old.model_copy(update={"state": PublicationState.DISCARDED}))
    await work.show(tx, "draft", old.id)


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
        facts = await public_facts(ctx, tx, incident, next_in(ctx, spec_id))
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
            kind=PublicationKind.MACROS,
            title=title,
            body="",
            macros=await _macros(ctx, tx, incident, facts),
            **shared,
        )
    spec = ctx.content.now.statuses.get(spec_id)
    if spec is None:
        raise NotFound(f"There is no prewritten update called {spec_id} any more.")
    body = ctx.texts.render(spec.template, facts=facts)
    return Publication(
        kind=PublicationKind.STATUS,
        title=spec.title,
        body=body,
        stage=await _stage(tx, incident, spec),
        impact=_impact(facts, spec),
        **shared,
    )


def stamped(ctx: Context, found: Publication, facts: PublicFacts) -> Publication:
    """A draft with the times of now and the same facts; a person's own words stay as they are."""
    spec = ctx.content.now.statuses.get(found.spec_id)
    if found.edited or spec is None or found.kind is not PublicationKind.STATUS:
        return found
    fresh = {"body": ctx.texts.render(spec.template, facts=facts), "next_update_at": facts.next_update_at}
    return found.model_copy(update=fresh)


async def _stage(tx: Tx, incident: Incident, spec: PublicationSpec) -> StatusStage:
    """In public an incident does not go back a stage, unless it really has relapsed."""
    last = newest(await tx.publications.of(incident.id), PublicationKind.STATUS, PublicationState.PUBLISHED)
    if last is None or last.published_at is None:
        return spec.stage
    if incident.relapsed_at is not None and last.published_at < incident.relapsed_at:
        return spec.stage
    return max(spec.stage, last.stage, key=list(StatusStage).index)


async def _macros(ctx: Context, tx: Tx, incident: Incident, facts: PublicFacts) -> tuple[Macro, ...]:
    return tuple(
        Macro(id=m.id, question=m.question, answer=ctx.texts.render(m.template, facts=facts))
        for m in await _asked(ctx, tx, incident)
    )


async def _asked(ctx: Context, tx: Tx, incident: Incident) -> list[MacroSpec]:
    """Every incident's questions, and those of the runbooks that run in this one."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    running = {b.id for b in pinned.runbooks if b.runs_in(incident.class_, incident.runbooks)}
    return [m for m in ctx.content.now.macros if not m.runbooks or running.intersection(m.runbooks)]


async def _macro_facts(ctx: Context, tx: Tx, incident: Incident) -> PublicFacts:
    """Macros promise no word of their own: they repeat what the public was promised, while it lies ahead."""
    facts = await public_facts(ctx, tx, incident, None)
    return facts.model_copy(update={"next_update_at": promised(incident, facts.now)})


async def follow_macros(ctx: Context, tx: Tx, incident: Incident) -> PublicFacts:
    """Redraw published macros when what is observed, promised or asked has changed; the facts of now."""
    facts = await _macro_facts(ctx, tx, incident)
    macros = newest(await tx.publications.of(incident.id), PublicationKind.MACROS, PublicationState.PUBLISHED)
    if macros is None:
        return facts
    fresh = {"fingerprint": fingerprint(facts), "next_update_at": facts.next_update_at}
    asked = [m.id for m in await _asked(ctx, tx, incident)]
    same = fresh == {name: getattr(macros, name) for name in fresh}
    if not same or asked != [m.id for m in macros.macros]:
        drawn = {"macros": await _macros(ctx, tx, incident, facts), "drafted_at": facts.now, **fresh}
        macros = await tx.publications.save(macros.model_copy(update=drawn))
        record(ctx, tx, "macros.followed", None, incident=incident, publication=macros.id, body=words(macros))
    return facts


def _impact(facts: PublicFacts, spec: PublicationSpec) -> StatusImpact:
    if spec.stage is StatusStage.RESOLVED and not facts.restrictions:
        return StatusImpact.NONE
    by_mode = {"protected": StatusImpact.MAJOR, "stressed": StatusImpact.MINOR}
    return by_mode.get(facts.mode, StatusImpact.MINOR)


def next_in(ctx: Context, spec_id: str) -> timedelta | None:
    """How long a text's word stands; None for the last one."""
    spec = ctx.content.now.statuses.get(spec_id)
    if spec is None:
        return timedelta(minutes=30)
    return None if spec.stage is StatusStage.RESOLVED else spec.next_in


def newest(every: list[Publication], kind: PublicationKind, state: PublicationState) -> Publication | None:
    """The newest of a kind and state."""
    return next((p for p in reversed(every) if p.kind is kind and p.state is state), None)


def words(found: Publication) -> str:
    """All the words of a publication."""
    return found.body or "\n\n".join(f"{m.question}\n{m.answer}" for m in found.macros)
