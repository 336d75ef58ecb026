"""Who hears of an actuation: the ledger, the people who must act, and what is drawn from the database."""

from __future__ import annotations

from typing import Any

from bot.domain.base import Outcome, Role
from bot.domain.control import ControlState
from bot.usecases import work
from bot.usecases.digests import holders
from bot.usecases.public_facts import OBSERVED_STALE
from bot.usecases.record import record
from bot.usecases.releases import GOING
from bot.usecases.scene import Scene

PAGE_AFTER = 3
ALARMED = (Role.INCIDENT_COMMANDER, Role.TECHNICAL_LEAD)


def news(before: ControlState, after: ControlState) -> bool:
    """Whether anything a person would notice has changed; a first look after a silence is."""
    seen = after.observed_at
    if before.observed_at and seen and seen - before.observed_at > OBSERVED_STALE:
        return True
    quiet = {"observed_at", "attempts", "intent_open", "intent_value", "drifts", "unheard"}
    return before.model_dump(exclude=quiet) != after.model_dump(exclude=quiet)


async def note(scene: Scene, kind: str, **data: Any) -> None:
    """Record what became of a control, under the incident it is about."""
    at, incident = scene.at, await scene.incident()
    said = {"control": at.control.id, "target": at.target, **data}
    record(scene.ctx, scene.tx, kind, None, environment=at.environment, incident=incident, **said)


async def alarm(scene: Scene, state: ControlState, *, at_once: bool = False) -> None:
    """Page commander and technical lead: for a refusal at once, else at the third attempt without success.

    The same trouble pages once an hour; a control that nobody asks anything of pages nobody.
    """
    if not (at_once or state.outcome is Outcome.REJECTED or state.attempts >= PAGE_AFTER):
        return
    incident = await scene.incident()
    if incident is None:
        return
    ctx, control = scene.ctx, scene.at.control
    people = holders(ctx, incident, set(ALARMED))
    text = f"{incident.id}: {control.id} is {state.outcome}: {state.detail or 'no word from the service'}"
    hour = f"{ctx.clock.now():%Y-%m-%dT%H}"
    key = f"control:{control.id}:{scene.decision}:{state.outcome}:{hour}"
    await work.page(ctx, scene.tx, key, people, text, incident.id)


async def announce(scene: Scene) -> None:
    """Cards, texts and plans follow what is observed."""
    ctx, tx = scene.ctx, scene.tx
    for incident in await tx.incidents.open():
        if incident.environment is scene.at.environment:
            await work.draw(tx, incident.id)
            await work.follow(tx, incident.id)
    for incident_id in sorted({a.incident_id for a in scene.pending}):
        for plan in await tx.proposals.plans(incident_id):
            if plan.status in GOING:
                await work.at(ctx, tx, ctx.clock.now(), "ladder", plan.id)
