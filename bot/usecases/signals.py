"""Signals coming in: samples kept, alerts raised as suggestions for a human to take up or dismiss."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import Role
from bot.domain.errors import AlreadyDone, Stale
from bot.domain.signal import Sample
from bot.domain.text import clean, justification
from bot.domain.trigger import Alert, Suggestion, SuggestionStatus, match_trigger
from bot.usecases import work
from bot.usecases.entitlement import may_as
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

KEEP = timedelta(hours=48)
FINDS = (Role.INCIDENT_COMMANDER, Role.TREASURY_LEAD, Role.WALLET_OPS_LEAD)


async def take_samples(ctx: Context, samples: list[Sample]) -> int:
    """Keep samples of known signals (the caller refuses unknown ids); returns how many were new."""
    async with ctx.store.write() as tx:
        return await tx.samples.add(samples)


async def take_alerts(ctx: Context, alerts: list[Alert]) -> list[Suggestion]:
    """Turn firing alerts that match a trigger into suggestions, each firing once; returns the new ones."""
    raised = []
    async with ctx.store.write() as tx:
        for alert in sorted(alerts, key=lambda a: a.key):
            known = await tx.suggestions.by_key(alert.key)
            if known is not None:
                known = await tx.suggestions.get(known.id, lock=True)
            if not alert.firing:
                await _resolved(ctx, tx, known)
            elif known is not None:
                again = {"last_seen_at": alert.received_at, "times": known.times + 1}
                await tx.suggestions.save(known.model_copy(update=again))
            elif made := await _raise(ctx, tx, alert):
                raised.append(made)
    return raised


async def dismiss(ctx: Context, actor: Actor, suggestion_id: str, why: str) -> Suggestion:
    """Say that a suggestion needs no incident, with the reason."""
    said = justification(why, example="A planned wallet move; coverage is back in ten minutes")
    async with ctx.store.write() as tx:
        found = await tx.suggestions.get(suggestion_id, lock=True)
        role = may_as(ctx, actor, FINDS, "dismiss a suggestion")
        if found.status is not SuggestionStatus.OPEN:
            who = ctx.content.now.directory.people.get(found.decided_by or "")
            if found.decided_at is None:
                raise Stale(f"This suggestion is {found.status} already.")
            name = who.name if who else str(found.decided_by)
            raise AlreadyDone(
                f"{name} decided at {found.decided_at:%H:%M} UTC: {found.status}.",
                by=name,
                at=found.decided_at,
            )
        record(
            ctx,
            tx,
            "suggestion.dismissed",
            actor,
            role=role,
            environment=found.environment,
            suggestion=found.id,
            justification=said,
        )
        done = {
            "status": SuggestionStatus.DISMISSED,
            "decided_by": actor.person.id,
            "decided_at": ctx.clock.now(),
        }
        found = await tx.suggestions.save(found.model_copy(update=done))
        await tx.jobs.cancel_prefix(f"suggestion_due:{found.id}")
        await work.show(tx, "suggestion", found.id)
        return found


async def escalate_suggestion(ctx: Context, suggestion_id: str, stage: str) -> None:
    """Page further when nobody has decided on a suggestion; for the deadline job."""
    async with ctx.store.write() as tx:
        found = await tx.suggestions.get(suggestion_id, lock=True)
        if found.status is not SuggestionStatus.OPEN:
            return
        role = Role.EXECUTIVE if stage == "executive" else Role.INCIDENT_COMMANDER
        people = [p.id for p in ctx.content.now.directory.holders([role])]
        minutes = int((ctx.clock.now() - found.raised_at).total_seconds() // 60)
        text = f"Nobody has taken up “{found.title}” for {minutes} min: {found.summary}"
        record(
            ctx,
            tx,
            "suggestion.escalated",
            None,
            environment=found.environment,
            suggestion=found.id,
            to=role.value,
        )
        await work.page(ctx, tx, f"suggestion:{found.id}:{stage}", people, text, suggestion_id=found.id)


async def _raise(ctx: Context, tx: Tx, alert: Alert) -> Suggestion | None:
    content = ctx.content.now
    trigger = match_trigger(content.triggers, alert.labels)
    if trigger is None:
        return None
    made = Suggestion(
        id=ctx.ids.new("sug"),
        key=alert.key,
        environment=ctx.environment,
        trigger_id=trigger.id,
        title=trigger.title,
        summary=clean(alert.summary, limit=200),
        severity=trigger.severity,
        class_hint=trigger.class_hint,
        runbook=trigger.runbook,
        raised_at=alert.received_at,
        last_seen_at=alert.received_at,
    )
    await tx.suggestions.add(made)
    record(
        ctx,
        tx,
        "suggestion.raised",
        None,
        suggestion=made.id,
        trigger=trigger.id,
        summary=made.summary,
        labels={clean(k, limit=100): clean(v, limit=300) for k, v in alert.labels.items()},
        source=alert.source,
        started_at=alert.started_at.isoformat(),
    )
    await work.show(tx, "suggestion", made.id)
    people = [p.id for p in content.directory.holders(FINDS)]
    text = f"{made.title}: {made.summary}"
    await work.page(ctx, tx, f"suggestion:{made.id}", people, text, suggestion_id=made.id)
    now = ctx.clock.now()
    await work.at(ctx, tx, now + content.authority.deputy_after, "suggestion_due", made.id, "deputy")
    await work.at(ctx, tx, now + content.authority.executive_after, "suggestion_due", made.id, "executive")
    return made


async def _resolved(ctx: Context, tx: Tx, known: Suggestion | None) -> None:
    if known is None or known.status is not SuggestionStatus.OPEN:
        return
    record(ctx, tx, "suggestion.resolved", None, environment=known.environment, suggestion=known.id)
    done = {"status": SuggestionStatus.RESOLVED, "decided_at": ctx.clock.now()}
    await tx.suggestions.save(known.model_copy(update=done))
    await tx.jobs.cancel_prefix(f"suggestion_due:{known.id}")
    await work.show(tx, "suggestion", known.id)
