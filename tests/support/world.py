"""The product without Slack and web: shipped content, a real database, its jobs, and a service that can fail.

`world` is on SQLite, `any_world` on both databases. Jobs that need Slack or a file are collected, not done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.bootstrap.content import LoadedContent
from bot.content import Texts, load
from bot.domain.adapter import NullAdapter, Verify
from bot.domain.approval import PlanStatus, Proposal, ReleasePlan
from bot.domain.base import Environment, Outcome
from bot.domain.content import Content
from bot.domain.control import Control, ControlState, Hold
from bot.domain.incident import Incident
from bot.domain.ledger import Row
from bot.domain.mode import ModeId
from bot.domain.publication import Publication
from bot.domain.runbook import StepState
from bot.domain.signal import Sample
from bot.publishers.jobs import publisher_handlers
from bot.publishers.registry import builtin_registry
from bot.store import Database, SqlQueue, SqlStore, open_database
from bot.usecases import approvals, incidents, modes, signals, work
from bot.usecases.incidents import Declaration
from bot.usecases.ports import Actor, Actuation, Context, Handler, Job, Retry, Unfit
from bot.usecases.steps import StepRef, finish_step
from bot.usecases.views import IncidentView, incident_view
from bot.worker.actuate import Actuator
from bot.worker.time import deadline_handlers
from tests.support.clock import FakeClock, SerialIds
from tests.support.service import Service

ROOT = Path(__file__).parents[2]
WHY = "Northbank has paused and our queue is growing"
OVER = "Northbank settles again and coverage is back"
LEASE = timedelta(seconds=30)
LATER = timedelta(hours=1)
USDT = "withdrawals.limit.USDT.TRON"
ROUTE = "route.northbank"
FEW = (USDT, "withdrawals.risk", "settlement.trusted", "swaps", "trading.BTC-USDT", "change_freeze", ROUTE)
CALM = {"coverage": "2", "books_drift": "0", "net_outflow_hour": "1000", "refill_available": "900000"}


def shipped(*only: str) -> Content:
    """The shipped content with controls that are verified at once; all of them, or the ones named."""
    content = load(ROOT / "runbooks", ROOT / "templates", {"MARKETPLACE_URL": "http://127.0.0.1:1"})
    at_once = NullAdapter(kind="null", verify=Verify(within=timedelta(), every=timedelta()))
    kept = tuple(c for c in content.controls if not only or c.id in only or c.irreversible)
    return changed(content, controls=tuple(c.model_copy(update={"adapter": at_once}) for c in kept))


def changed(content: Content, **changes: Any) -> Content:
    """Content with some parts replaced; a mere copy would keep the digests it was asked for before."""
    parts = {name: getattr(content, name) for name in Content.model_fields}
    return Content.model_construct(**{**parts, **changes})


FEW_CONTROLS = shipped(*FEW)
TEXTS = Texts(ROOT / "templates")


@dataclass
class World:
    """What a test asks of the product, and what it can see of it. Jobs nobody does here lie in `wanted`."""

    ctx: Context
    clock: FakeClock
    database: Database
    queue: SqlQueue
    service: Service
    content: LoadedContent
    drills: Service = field(default_factory=Service)
    wanted: list[Job] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        watch = timedelta(minutes=1)
        registries = {Environment.LIVE: self.service, Environment.DRILL: self.drills}
        self.actuator = Actuator(self.ctx, registries, watch)
        self.handlers: dict[str, Handler] = {
            "actuate": self.actuator,
            **deadline_handlers(self.ctx),
            **publisher_handlers(self.ctx, builtin_registry()),
        }

    def actor(self, name: str) -> Actor:
        return Actor(self.ctx.content.now.directory.people[name], request_id=f"request of {name}")

    def control(self, control_id: str) -> Control:
        return self.ctx.content.now.by_id[control_id]

    def reload(self, **changes: Any) -> None:
        """The operators change their content."""
        self.content._content = changed(self.content.now, **changes)

    async def drain(self, *, only: str | None = None) -> None:
        """Do what is due. What fails lies until `retry`."""
        lanes = [only] if only else list(work.LANES)
        for _ in range(2000):
            job = await self.queue.claim(lanes, "worker", LEASE)
            if job is None:
                return
            await self.carry(job)
        raise AssertionError("the queue never empties")

    async def carry(self, job: Job) -> None:
        """Do one claimed job as a worker would."""
        handler = self.handlers.get(job.kind)
        if handler is None:
            self.wanted.append(job)
            await self.queue.finish(job)
            return
        try:
            again = await handler(job)
        except Retry as retry:
            self.failed.append(f"{job.key}: {retry}")
            await self.queue.fail(job, str(retry), LATER)
            return
        except Unfit as unfit:
            self.failed.append(f"{job.key}: {unfit}")
            await self.queue.again(job, LATER)
            return
        if again is None:
            await self.queue.finish(job)
        else:
            await self.queue.again(job, again.after)

    async def claim(self, key: str) -> Job:
        """Take one job as a worker that then does nothing; it must be due."""
        await self.make_due(key)
        for _ in range(200):
            job = await self.queue.claim(list(work.LANES), "other worker", LEASE)
            assert job is not None, f"{key} is not due"
            if job.key == key:
                return job
            await self.carry(job)
        raise AssertionError(f"{key} never came")

    async def retry(self, times: int = 1) -> None:
        """What failed is tried again."""
        for _ in range(times):
            await self._sql("UPDATE job SET due = 0 WHERE lane = 'actuation' AND lease_until IS NULL")
            await self.drain()

    async def make_due(self, key: str) -> None:
        await self._sql("UPDATE job SET due = 0 WHERE key = :key", key=key)

    async def expire_leases(self) -> None:
        """Every worker has died."""
        await self._sql("UPDATE job SET lease_until = 0 WHERE lease_until IS NOT NULL")

    async def pass_time(self, *, calm: bool = False, **units: float) -> None:
        """Business time moves on, and every job's due date comes as much nearer; what is due is done.

        `calm` sends fresh samples under which the gates between the steps of a ladder are open.
        """
        passed = timedelta(**units)
        self.clock.advance(passed)
        if calm:
            await self.feed(CALM)
        await self._sql("UPDATE job SET due = due - :ms WHERE due IS NOT NULL", ms=int(passed / MILLISECOND))
        await self.drain()

    async def due(self) -> set[str]:
        """The keys of all jobs there are."""
        async with self.database.reading() as connection:
            return set((await connection.execute(text("SELECT key FROM job"))).values())

    async def feed(self, values: Mapping[str, str], *, minutes: int = 0) -> None:
        """Samples of now, and one a minute for so long before."""
        now = self.clock.now()
        ages = [timedelta(minutes=m) for m in range(minutes + 1)]
        every = [
            Sample(signal=s, value=Decimal(v), at=now - age, received_at=now - age)
            for s, v in values.items()
            for age in ages
        ]
        await signals.take_samples(self.ctx, every)

    async def calm(self, **values: str) -> None:
        """Signals under which every shipped gate is open, but for those named otherwise."""
        await self.feed({**CALM, **values}, minutes=31)

    # ---- what people do, in one line

    async def declared(self, by: str = "alice") -> Incident:
        made = await incidents.declare(self.ctx, self.actor(by), Declaration("Withdrawals run"))
        await self.drain()
        return made

    async def protected(self, incident_id: str | None = None) -> Incident:
        """An incident in protected mode, with everything confirmed that can be."""
        made = await modes.set_mode(self.ctx, self.actor("alice"), ModeId.PROTECTED, WHY, incident_id)
        await self.drain()
        return await self.incident(made.id)

    async def cause_ended(self, incident_id: str) -> None:
        step = await self.step(incident_id, "confirm-cause-ended")
        await finish_step(self.ctx, self.actor("alice"), self.ref(step), OVER)

    async def proposed_off(self, by: str = "bob") -> Proposal:
        """Protected, calm, and the way out proposed."""
        incident = await self.protected()
        await self.calm()
        await self.cause_ended(incident.id)
        return await approvals.propose_off(self.ctx, self.actor(by), incident.id, OVER)

    async def reopening(self, restore: Mapping[str, str] | None = None) -> ReleasePlan:
        """The way out is approved and its first stage confirmed."""
        made = await self.proposed_off()
        plan = await approvals.approve(self.ctx, self.actor("alice"), made.id, made.hash, restore)
        return await self.worked(plan.id)

    async def worked(self, plan_id: str) -> ReleasePlan:
        """What is due is done; the plan after it."""
        await self.drain()
        return await self.plan(plan_id)

    async def climbed(self, plan: ReleasePlan) -> ReleasePlan:
        """Calm time passes until the reopening is over."""
        while plan.status in (PlanStatus.RUNNING, PlanStatus.PAUSED) and plan.due_at:
            await self.pass_time(calm=True, seconds=(plan.due_at - self.clock.now()).total_seconds() + 1)
            plan = await self.plan(plan.id)
        return plan

    # ---- what there is to see

    async def incident(self, incident_id: str = "INC-1") -> Incident:
        async with self.ctx.store.read() as tx:
            return await tx.incidents.get(incident_id)

    async def view(self, incident_id: str = "INC-1") -> IncidentView:
        async with self.ctx.store.read() as tx:
            return await incident_view(self.ctx, tx, incident_id)

    async def holds(self, incident_id: str = "INC-1") -> dict[str, Hold]:
        """Holds in force, by control."""
        async with self.ctx.store.read() as tx:
            return {h.control_id: h for h in await tx.holds.of(incident_id) if h.in_force}

    async def state(self, control_id: str = USDT) -> ControlState:
        async with self.ctx.store.read() as tx:
            return (await tx.controls.all(self.ctx.environment))[control_id]

    async def actuations(self, control_id: str = USDT, incident_id: str = "INC-1") -> list[Actuation]:
        async with self.ctx.store.read() as tx:
            return [a for a in await tx.holds.actuations(incident_id) if a.control_id == control_id]

    async def outcomes(self, control_id: str = USDT, incident_id: str = "INC-1") -> list[Outcome]:
        return [a.outcome for a in await self.actuations(control_id, incident_id)]

    async def rows(self, kind: str | None = None, incident_id: str | None = None) -> list[Row]:
        async with self.ctx.store.read() as tx:
            every = await tx.ledger.rows(incident_id=incident_id, limit=100_000)
        return [r for r in every if kind is None or r.kind == kind]

    async def steps(self, incident_id: str = "INC-1") -> list[StepState]:
        async with self.ctx.store.read() as tx:
            return await tx.steps.of(incident_id)

    async def step(self, incident_id: str, step_id: str) -> StepState:
        """A step as it stands in its newest walk."""
        return [s for s in await self.steps(incident_id) if s.step_id == step_id][-1]

    def ref(self, step: StepState) -> StepRef:
        return StepRef(step.incident_id, step.runbook_id, step.step_id, step.round)

    async def proposal(self, proposal_id: str) -> Proposal:
        async with self.ctx.store.read() as tx:
            return await tx.proposals.get(proposal_id)

    async def plan(self, plan_id: str) -> ReleasePlan:
        async with self.ctx.store.read() as tx:
            return await tx.proposals.plan(plan_id)

    async def publications(self, incident_id: str = "INC-1") -> list[Publication]:
        async with self.ctx.store.read() as tx:
            return await tx.publications.of(incident_id)

    def pages(self, person: str | None = None) -> list[str]:
        """What people were paged, once it was drained."""
        told = [j.payload for j in self.wanted if j.kind == "page"]
        return [p["text"] for p in told if person is None or p["person"] == person]

    def levels(self, control_ids: Iterable[str] = FEW) -> dict[str, str | None]:
        """What is really so at the service."""
        return {i: self.service.level(self.control(i)) for i in control_ids if i in self.content.now.by_id}

    async def _sql(self, statement: str, **values: Any) -> None:
        async with self.database.writing() as connection:
            await connection.execute(text(statement), values)


MILLISECOND = timedelta(milliseconds=1)


async def opened(url: str, content: Content = FEW_CONTROLS) -> AsyncIterator[World]:
    """A world over a fresh, migrated database."""
    database = open_database(url, patience=timedelta(seconds=10))
    queue = SqlQueue(database)
    clock, loaded = FakeClock(), LoadedContent(content)
    ctx = Context(
        store=SqlStore(database),
        clock=clock,
        ids=SerialIds(),
        content=loaded,
        texts=TEXTS,
        environment=Environment.LIVE,
    )
    yield World(ctx, clock, database, queue, Service(), loaded)
    await queue.close()
    await database.close()


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    async for made in opened(sqlite_url):
        yield made


@pytest.fixture
async def any_world(any_url: str) -> AsyncIterator[World]:
    """The same on both databases, for what two people do at the same moment."""
    async for made in opened(any_url):
        yield made


@pytest.fixture
async def full_world(sqlite_url: str) -> AsyncIterator[World]:
    """With every shipped control."""
    async for made in opened(sqlite_url, shipped()):
        yield made
