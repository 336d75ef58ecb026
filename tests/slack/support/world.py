"""One small world: the strict Slack, the bot behind its door on SQLite, its jobs, and the people."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from bot.bootstrap.content import LoadedContent
from bot.content import Texts, load
from bot.controls.null import NullAdapter
from bot.domain.base import Environment
from bot.domain.control import Control
from bot.domain.signal import Sample
from bot.publishers.jobs import publisher_handlers
from bot.publishers.registry import builtin_registry
from bot.sandbox.people import Person
from bot.sandbox.slack import SlackServer, Workspace, running, seeded_workspace
from bot.sandbox.slack.rates import RateLimiter
from bot.sandbox.staging.stage import NO_TLS
from bot.slack.app import slack_entrance
from bot.slack.jobs import slack_handlers
from bot.slack.settings import Identity, SlackSettings
from bot.slack.socket.line import Line
from bot.slack.wire import MODAL_SECONDS, web_client
from bot.store import Database, SqlQueue, SqlStore, open_database
from bot.usecases import signals, work
from bot.usecases.ports import Context, ControlAdapter, Handler, Retry
from bot.worker.actuate import Actuator
from bot.worker.time import deadline_handlers
from tests.slack.support.transport import WAYS_IN, Transport
from tests.support.clock import FakeClock, SerialIds

ROOT = Path(__file__).parents[3]
CONTENT = load(ROOT / "runbooks", ROOT / "templates", {}, resolve_env=False)
TEXTS = Texts(ROOT / "templates")
LEASE = timedelta(seconds=30)
WITHOUT_CONTROLS = tuple(lane for lane in work.LANES if lane != work.ACTUATION)
NAMES = ("alice", "bob", "carol", "dana", "erin", "frank", "gus", "stan")


class Nulls:
    """Every control is the one that remembers."""

    def __init__(self) -> None:
        self.adapter = NullAdapter()

    def of(self, control: Control) -> ControlAdapter:  # noqa: ARG002 - the port's
        return self.adapter


@dataclass
class World:
    """`drain` does what is due; `people` act over Slack alone."""

    ctx: Context
    clock: FakeClock
    workspace: Workspace
    slack: SlackServer
    queue: SqlQueue
    database: Database
    url: str
    handlers: dict[str, Handler]
    line: Line | None = None
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        if name in NAMES:
            return self.people.setdefault(name, Person(name, self.workspace.person(name).id, self.slack.url))
        raise AttributeError(name)

    async def drain(self, *lanes: str, rounds: int = 400) -> list[str]:
        """Carry out what is due but for the controls; its keys in order. What fails waits for an hour."""
        done: list[str] = []
        for _ in range(rounds):
            job = await self.queue.claim(lanes or WITHOUT_CONTROLS, "test", LEASE)
            if job is None:
                return done
            handler = self.handlers.get(job.kind)
            if handler is None:
                await self.queue.finish(job)
                continue
            done.append(job.key)
            try:
                again = await handler(job)
            except Retry as retry:
                await self.queue.fail(job, str(retry), timedelta(hours=1))
                continue
            if again is None:
                await self.queue.finish(job)
            else:
                await self.queue.again(job, max(again.after, timedelta(hours=1)))
        raise AssertionError(f"the queue never empties: {done[-8:]}")

    async def settle(self) -> None:
        """Carry out everything that is due, the controls too, and what follows from them."""
        await self.drain(*work.LANES)

    @contextmanager
    def database_file(self) -> Iterator[sqlite3.Connection]:
        """The database, by another door."""
        connection = sqlite3.connect(str(self.database.url.for_sync.database))
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    async def everything_due(self) -> None:
        """What was put off is due now."""
        with self.database_file() as connection:
            connection.execute("UPDATE job SET due = 0 WHERE due IS NOT NULL")

    async def declared(self, summary: str = "Withdrawals run after Northbank paused") -> str:
        """Alice declares an incident; its channel."""
        await self.alice.command(f"/incident declare {summary}", "general")
        await self.alice.click("Declare", channel="general")
        await self.drain()
        newest = [c for c in await self.alice.channels() if c.startswith("inc-")][-1]
        self.alice.channel = newest
        return newest

    async def invited(self, *names: str, to: str) -> None:
        """Alice lets people into a channel."""
        for name in names:
            await self.post("invite", user="alice", channel=to, who=name)

    async def post(self, deed: str, **body: Any) -> Any:
        """One of the driver's own endpoints."""
        async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as client:
            return (await client.post(f"{self.slack.url}/sandbox/{deed}", json=body)).json()

    async def feed(self, *after: timedelta, **values: str) -> None:
        """Samples of now, or of these spans after now."""
        every = [
            Sample(signal=s, value=Decimal(v), at=at, received_at=at)
            for at in (self.clock.now() + span for span in after or (timedelta(),))
            for s, v in values.items()
        ]
        await signals.take_samples(self.ctx, every)

    async def rows(self, incident_id: str = "INC-1") -> list[Any]:
        async with self.ctx.store.read() as tx:
            return await tx.ledger.rows(incident_id=incident_id)

    async def kinds(self, incident_id: str = "INC-1") -> list[str]:
        return [row.kind for row in await self.rows(incident_id)]

    def calls(self, method: str) -> int:
        return len(self.workspace.journal.calls.as_json(lambda c: c.method == method))

    def refusals(self) -> list[Any]:
        return self.workspace.journal.refusals.as_json()


def monotonic_in_leaps() -> Any:
    """A clock on which every look is ten seconds later, so that redraws are never too early."""
    return itertools.count(step=10).__next__


@asynccontextmanager
async def a_world(
    url: str,
    environment: Environment = Environment.SANDBOX,
    seconds: Callable[[], float] | None = None,
    transport: Transport = "http",
) -> AsyncIterator[World]:
    """The world, served until the block ends; with `seconds` for a clock Slack's rate tiers are on."""
    clock = FakeClock()
    workspace = seeded_workspace(now=clock.now, wall=lambda: clock.wall().timestamp(), rate_limits=False)
    if seconds:
        workspace.rates = RateLimiter(seconds)
    database = open_database(url, patience=timedelta(seconds=1.5))
    queue = SqlQueue(database)
    ctx = Context(SqlStore(database), clock, SerialIds(), LoadedContent(CONTENT), TEXTS, environment)
    async with running(workspace) as slack:
        token = workspace.app.bot_token
        identity = Identity(token, workspace.app.bot_id, workspace.app.bot_user, workspace.team_id)
        entrance = slack_entrance(ctx, identity, web_client(token, slack.api_url, MODAL_SECONDS))
        async with WAYS_IN[transport](entrance, slack) as line:
            client = web_client(token, slack.api_url, 3)
            told = SlackSettings("incidents", "http://127.0.0.1:3000")
            handlers: dict[str, Handler] = {
                **slack_handlers(ctx, client, told, seconds or monotonic_in_leaps()),
                **deadline_handlers(ctx),
                **publisher_handlers(ctx, builtin_registry()),
                "actuate": Actuator(ctx, {environment: Nulls()}, timedelta(hours=1)),
            }
            bot_url = workspace.app.bot_url or ""
            yield World(ctx, clock, workspace, slack, queue, database, bot_url, handlers, line)
    await queue.close()
    await database.close()
