"""A world with the shipped content in which the six people carry an incident from alert to review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bot.content import Texts
from bot.domain.base import Environment, IncidentClass, Outcome, Phase, Role
from bot.domain.content import Content
from bot.domain.control import desired_level
from bot.domain.incident import Incident
from bot.domain.ledger import Entry
from bot.domain.mode import ModeId
from bot.domain.publication import Publication
from bot.domain.signal import Sample
from bot.publishers.jobs import publisher_handlers
from bot.publishers.registry import builtin_registry
from bot.usecases import phases
from bot.usecases.classification import set_class
from bot.usecases.incidents import Declaration, assign_role, declare
from bot.usecases.modes import set_mode
from bot.usecases.ports import Actor, Context, Job, Store
from bot.usecases.publications import MACROS, approve_publication, draft_macros, draft_update, follow_facts
from tests.support.clock import FakeClock, SerialIds

ROOT = Path(__file__).parents[2]
SUMMARY = "Northbank has stopped settling; queue at 1.9 m USDT"
DINNER = datetime(2026, 11, 20, 18, 2, 11, tzinfo=UTC)


@dataclass(frozen=True)
class Fixed:
    """Content that nobody reloads."""

    now: Content


@dataclass(frozen=True)
class Story:
    """What happened so far, and the few verbs that move it on."""

    ctx: Context
    clock: FakeClock

    def actor(self, name: str) -> Actor:
        return Actor(person=self.ctx.content.now.directory.people[name], request_id=f"request of {name}")

    def pass_minutes(self, minutes: float) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    async def declared(self, suggestion_id: str | None = None) -> Incident:
        incident = await declare(
            self.ctx, self.actor("alice"), Declaration(SUMMARY, suggestion_id=suggestion_id)
        )
        await assign_role(self.ctx, self.actor("alice"), incident.id, Role.COMMS_OWNER, "dana")
        return incident

    async def classified(self, incident: Incident) -> None:
        why = "Northbank confirmed it by phone"
        await set_class(self.ctx, self.actor("alice"), incident.id, IncidentClass.COUNTERPARTY_FAILURE, why)

    async def protected(self, incident: Incident) -> None:
        why = "Northbank has paused and our queue is growing"
        await set_mode(self.ctx, self.actor("alice"), ModeId.PROTECTED, why, incident.id)

    async def seen(self, levels: Mapping[str, str | None] | None = None) -> None:
        """Every control is read at what is held (or normal), but for those named; None is unreadable."""
        ctx = self.ctx
        async with ctx.store.write() as tx:
            controls = ctx.content.now.controls
            holds = await tx.holds.in_force(ctx.environment)
            states = await tx.controls.lock(ctx.environment, [c.id for c in controls])
            for control in controls:
                held = desired_level(control, holds) or control.levels[0]
                level = (levels or {}).get(control.id, held.id)
                value = control.level(level).value if level else None
                seen = {"observed": value, "observed_level": level, "observed_at": ctx.clock.now()}
                await tx.controls.save(states[control.id].model_copy(update=seen))
        for incident in await self._open():
            await follow_facts(ctx, incident.id)

    async def actuated(self, incident: Incident, *, outcome: Outcome = Outcome.CONFIRMED) -> None:
        """What the decisions asked for has come out so, and is in the ledger."""
        async with self.ctx.store.write() as tx:
            for n, asked in enumerate(await tx.holds.actuations(incident.id)):
                if asked.outcome is not Outcome.PENDING:
                    continue
                control = self.ctx.content.now.by_id[asked.control_id]
                level = control.level(asked.level) if asked.level else control.levels[0]
                await tx.holds.finish(asked.id, outcome, n + 1, self.ctx.clock.now())
                data = {
                    "control": control.id,
                    "level": level.id,
                    "observed": level.value,
                    "generation": n + 1,
                }
                kind = f"actuation.{outcome}"
                tx.ledger.append(self._entry(incident, kind, data))
        await self.seen()

    def _entry(self, incident: Incident, kind: str, data: dict[str, object]) -> Entry:
        return Entry(
            id=self.ctx.ids.new("rec"),
            at=self.ctx.clock.now(),
            environment=incident.environment,
            kind=kind,
            actor="breakwater",
            incident_id=incident.id,
            data=data,
        )

    async def told(self, incident: Incident, spec: str, *, body: str | None = None) -> Publication:
        """Dana has a status update (or the macros) drafted, approves it, and it is published."""
        dana = self.actor("dana")
        if spec == MACROS:
            draft = await draft_macros(self.ctx, dana, incident.id)
        else:
            draft = await draft_update(self.ctx, dana, incident.id, spec)
        if body is not None:
            async with self.ctx.store.write() as tx:
                draft = await tx.publications.save(draft.model_copy(update={"body": body, "edited": True}))
        await approve_publication(self.ctx, dana, draft.id, draft.version)
        await self.publish(draft.id)
        async with self.ctx.store.read() as tx:
            return await tx.publications.get(draft.id)

    async def publish(self, publication_id: str) -> None:
        """The publishing job runs."""
        handler = publisher_handlers(self.ctx, builtin_registry())["publish"]
        await handler(job("publish", f"publish:{publication_id}"))

    async def moved(self, incident: Incident, to: Phase) -> None:
        """The incident stands in another phase, its gates aside."""
        async with self.ctx.store.write() as tx:
            await phases.enter(self.ctx, tx, await tx.incidents.get(incident.id, lock=True), to)

    async def sampled(self, signal: str, *values: str, every: float = 60) -> None:
        """Samples that end now, oldest first, `every` seconds apart."""
        now = self.clock.now()
        async with self.ctx.store.write() as tx:
            await tx.samples.add(
                Sample(
                    signal=signal,
                    value=Decimal(v),
                    at=(at := now - timedelta(seconds=every * n)),
                    received_at=at,
                )
                for n, v in enumerate(reversed(values))
            )

    async def release_everything(self, incident: Incident) -> None:
        """Every hold has ended and every control is back at normal."""
        async with self.ctx.store.write() as tx:
            for hold in await tx.holds.of(incident.id):
                if hold.in_force:
                    await tx.holds.save(hold.model_copy(update={"released_at": self.clock.now()}))
        await self.seen()

    async def _open(self) -> list[Incident]:
        async with self.ctx.store.read() as tx:
            return await tx.incidents.open()

    def in_environment(self, environment: Environment) -> Story:
        """The same world, acting in another environment."""
        return replace(self, ctx=replace(self.ctx, environment=environment))


def story(store: Store, content: Content, environment: Environment = Environment.LIVE) -> Story:
    """A world in which nothing has happened; it is 18:02:11 UTC on 20 November 2026."""
    clock = FakeClock(DINNER)
    texts = Texts(ROOT / "templates")
    return Story(Context(store, clock, SerialIds(), Fixed(content), texts, environment), clock)


def job(kind: str, key: str, payload: dict[str, object] | None = None) -> Job:
    """A claimed job, for handlers that look at nothing but its key and payload."""
    return Job(id=1, key=key, kind=kind, lane="views", payload=payload or {}, attempts=1, fence=1, wanted=1)
