"""The public status page as data: what works and what is limited as observed, and what was published.

Nothing internal is in here, so that no page, feed or API drawn from it can tell it: no class, code name,
summary, control, threshold or reserve. Public ids are digests, because a running number tells how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.control import Control, matching
from bot.domain.incident import Incident
from bot.domain.ledger import digest
from bot.domain.mode import Guarantee, ModeId, ServiceMode, standing_guarantees
from bot.domain.publication import (
    Macro,
    Publication,
    PublicationKind,
    PublicationState,
    StatusImpact,
    StatusStage,
)
from bot.usecases.drafts import fingerprint
from bot.usecases.ports import Context, Tx
from bot.usecases.public_facts import Seen, public_facts, seen_levels

HISTORY = 200


class Health(StrEnum):
    """The Statuspage vocabulary for a component."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"


@dataclass(frozen=True, slots=True)
class Component:
    """One promise as customers know it; `known` is false when something it needs was not seen lately."""

    id: str
    name: str
    health: Health
    known: bool
    says: str


@dataclass(frozen=True, slots=True)
class Update:
    """One published text. `outdated` says that what is observed has changed since it was written."""

    id: str
    title: str
    body: str
    stage: StatusStage
    impact: StatusImpact
    at: datetime
    next_update_at: datetime | None
    outdated: bool


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """An incident as the public knows it: its updates, newest first, at least one."""

    id: str
    started_at: datetime
    resolved_at: datetime | None
    updates: tuple[Update, ...]

    @property
    def title(self) -> str:
        """What the newest update is called; the one that told of the worst, when it is over."""
        if self.resolved_at is None:
            return self.updates[0].title
        before = [u for u in self.updates if u.stage is not StatusStage.RESOLVED] or list(self.updates)
        return max(before, key=lambda u: list(StatusImpact).index(u.impact)).title

    @property
    def stage(self) -> StatusStage:
        """Where it stands in public."""
        return StatusStage.RESOLVED if self.resolved_at else self.updates[0].stage

    @property
    def impact(self) -> StatusImpact:
        """How bad the newest update says it is; the worst of all when it is over."""
        every = [u.impact for u in self.updates] if self.resolved_at else [self.updates[0].impact]
        return max(every, key=list(StatusImpact).index)

    @property
    def next_update_at(self) -> datetime | None:
        """When the next word was promised."""
        return None if self.resolved_at else self.updates[0].next_update_at


@dataclass(frozen=True, slots=True)
class PublicPage:
    """All of the status page at one moment, UTC.

    `works` are the promises that stand, `limited` what customers are told of each limit seen, `unconfirmed`
    the services of which nothing fresh is known. `quiet` says that nothing is held and no incident is open.
    """

    now: datetime
    works: tuple[str, ...]
    limited: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    quiet: bool
    components: tuple[Component, ...]
    current: tuple[PublicIncident, ...]
    history: tuple[PublicIncident, ...]


@dataclass(frozen=True, slots=True)
class MacroSet:
    """The support macros of one incident; `at` is when they were last drawn, UTC."""

    id: str
    at: datetime
    next_update_at: datetime | None
    outdated: bool
    macros: tuple[Macro, ...]


async def public_page(ctx: Context, tx: Tx) -> PublicPage:
    """Draw the page from the database; drills are not on it."""
    now, content = ctx.clock.now(), ctx.content.now
    controls = list(content.controls)
    seen = seen_levels(controls, await tx.controls.all(ctx.environment), now)
    live = [i for i in await tx.incidents.open() if i.environment is ctx.environment]
    quiet = not live and not await tx.holds.in_force(ctx.environment)
    standing = {
        mode_id: {g.id for g in standing_guarantees(mode, controls, seen)[0]}
        for mode_id, mode in content.modes.items()
    }
    promises = _promises(content.modes)
    best = [_best(promise, standing) for promise in promises]
    components = tuple(
        _component(p, b, controls, seen, quiet=quiet) for p, b in zip(promises, best, strict=True)
    )
    told = [c.told(c.level(level)).strip() for c in controls if (level := seen[c.id]) and c.index(level) > 0]
    incidents = await _incidents(ctx, tx)
    return PublicPage(
        now=now,
        works=tuple(g.text for g in best if g),
        limited=tuple(dict.fromkeys(t for t in told if t)),
        unconfirmed=tuple(c.name for c in components if not c.known),
        quiet=quiet,
        components=components,
        current=tuple(i for i in incidents if i.resolved_at is None),
        history=tuple(i for i in incidents if i.resolved_at is not None),
    )


async def macros_in_force(ctx: Context, tx: Tx) -> tuple[MacroSet, ...]:
    """The newest published macros of every incident that has not ended, newest incident first."""
    out = []
    for incident in await tx.incidents.open():
        if incident.environment is not ctx.environment:
            continue
        published = [
            p
            for p in await tx.publications.of(incident.id)
            if p.kind is PublicationKind.MACROS and p.state is PublicationState.PUBLISHED
        ]
        if published:
            newest = published[-1]
            outdated = newest.fingerprint != await _fingerprint_now(ctx, tx, incident)
            out.append(
                MacroSet(
                    id=public_id(incident),
                    at=max(newest.drafted_at, newest.published_at or newest.drafted_at),
                    next_update_at=newest.next_update_at,
                    outdated=outdated,
                    macros=newest.macros,
                )
            )
    return tuple(out)


def public_id(incident: Incident) -> str:
    """What the public may know an incident by."""
    moment = incident.declared_at.isoformat()
    return digest(["incident", incident.environment.value, incident.id, moment])[:12]


async def _incidents(ctx: Context, tx: Tx) -> list[PublicIncident]:
    """Incidents the public has heard of, newest first."""
    told: dict[str, list[Publication]] = {}
    for publication in await tx.publications.published(ctx.environment, HISTORY):
        if publication.kind is PublicationKind.STATUS and publication.published_at:
            told.setdefault(publication.incident_id, []).append(publication)
    out = [await _incident(ctx, tx, await tx.incidents.get(key), texts) for key, texts in told.items()]
    return sorted(out, key=lambda i: i.started_at, reverse=True)


async def _incident(ctx: Context, tx: Tx, incident: Incident, texts: list[Publication]) -> PublicIncident:
    newest = texts[0]
    over = newest.stage is StatusStage.RESOLVED or incident.ended
    now = None if incident.ended else await _fingerprint_now(ctx, tx, incident)
    updates = tuple(
        Update(
            id=digest(["update", p.id])[:12],
            title=p.title,
            body=p.body,
            stage=p.stage,
            impact=p.impact,
            at=p.published_at or p.drafted_at,
            next_update_at=p.next_update_at,
            outdated=now is not None and p.fingerprint != now,
        )
        for p in texts
    )
    ended_at = newest.published_at if newest.stage is StatusStage.RESOLVED else incident.ended_at
    return PublicIncident(
        id=public_id(incident),
        started_at=updates[-1].at,
        resolved_at=ended_at if over else None,
        updates=updates,
    )


async def _fingerprint_now(ctx: Context, tx: Tx, incident: Incident) -> str:
    return fingerprint(await public_facts(ctx, tx, incident, None))


Promise = list[tuple[ModeId, Guarantee]]


def _promises(modes: Mapping[ModeId, ServiceMode]) -> list[Promise]:
    """What each mode promises of the same thing, least restrictive mode first."""
    found: dict[str, Promise] = {}
    for mode_id in ModeId:
        for guarantee in modes[mode_id].guarantees:
            found.setdefault(guarantee.id, []).append((mode_id, guarantee))
    return list(found.values())


def _best(promise: Promise, standing: Mapping[ModeId, set[str]]) -> Guarantee | None:
    """The most generous promise that stands on what is observed, whatever mode was decided."""
    return next((g for mode_id, g in promise if g.id in standing[mode_id]), None)


def _component(
    promise: Promise, best: Guarantee | None, controls: list[Control], seen: Seen, *, quiet: bool
) -> Component:
    first = promise[0][1]
    needed = {c.id: c for pattern in first.needs for c in matching(controls, pattern)}.values()
    blind = any(seen[c.id] is None for c in needed)
    off = [(c, c.level(level)) for c in needed if (level := seen[c.id]) and c.index(level) > 0]
    if best is first or (blind and quiet and not off):
        health = Health.OPERATIONAL
    elif best is not None or (blind and not off):
        health = Health.DEGRADED
    else:
        stopped = len(off) == len(needed) and all(level.full_suspension for _, level in off)
        health = Health.MAJOR if stopped else Health.PARTIAL
    told = [t for c, level in off if (t := c.told(level).strip())] or ["no fresh reading"] * blind
    name = first.id.replace("_", " ").capitalize()
    return Component(first.id, name, health, known=not blind, says="; ".join(dict.fromkeys(told)))
