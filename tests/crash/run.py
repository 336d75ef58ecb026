"""One run of the crash test: decisions against a failing service while workers are struck down."""

from __future__ import annotations

import asyncio
import base64
import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.base import Outcome
from bot.domain.control import desired_hold, same_value
from bot.domain.ledger import Anchor, sign
from bot.store import Database, SqlStore, open_database
from bot.usecases.ports import Context, StoreAway
from tests.crash import facts as gathering
from tests.crash.driver import Driver
from tests.crash.facts import Facts
from tests.crash.herd import Herd
from tests.crash.service import LATENCY_MS, Service, service
from tests.crash.verdict import violations
from tests.crash.world import ENVIRONMENT, content, context, reach

LOOK_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it: decisions, seconds between them, seconds between blows, and how long quiet may take."""

    decisions: int
    seed: int = 7
    pace: float = 0.08
    blows_every: float = 0.8
    workers: int = 3
    quiet_within: float = 30.0
    compare: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it: everything broken, and figures to show that something happened at all."""

    violations: list[str]
    figures: dict[str, int | float]


@dataclass(slots=True)
class Watcher:
    """Looks on while it runs: notes each first final outcome, and signs the ledger's head now and then."""

    ctx: Context
    key: Ed25519PrivateKey
    driver: Driver
    first: dict[str, Outcome] = field(default_factory=dict)
    anchors: list[Anchor] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            with suppress(StoreAway):
                await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        async with self.ctx.store.read() as tx:
            every = [a for i in self.driver.incidents for a in await tx.holds.actuations(i)]
            head = await tx.ledger.head()
        for one in every:
            if one.outcome.final:
                self.first.setdefault(one.id, one.outcome)
        if not self.anchors or head.seq > self.anchors[-1].seq:
            self.anchors.append(sign(head, datetime.now(UTC), self.key))


async def crash(database_url: str, folder: Path, plan: Plan) -> Report:
    """Run it on a migrated database; what the workers complain of goes to `folder`."""
    rng = random.Random(plan.seed)
    database = open_database(database_url, patience=timedelta(seconds=10))
    try:
        async with service(plan.seed) as there:
            await there.settings(latency_ms=LATENCY_MS, compare_generations=plan.compare)
            herd = Herd(database_url, there.url, folder / "workers.log", rng, plan.workers, plan.blows_every)
            return await _run(database, there, herd, plan)
    finally:
        await database.close()


async def _run(database: Database, there: Service, herd: Herd, plan: Plan) -> Report:
    ctx = context(database, content(there.url))
    driver = Driver(ctx, herd.rng, plan.decisions, plan.pace)
    watcher = Watcher(ctx, Ed25519PrivateKey.generate(), driver)
    loop = asyncio.get_running_loop()
    kindly = False
    try:
        await driver.declare()
        await herd.start()
        await there.misbehave()
        watching = asyncio.create_task(watcher.run())
        tormenting = asyncio.create_task(herd.torment())
        began = loop.time()
        await driver.run()
        tormenting.cancel()
        decided = loop.time()
        await herd.whole()
        await there.behave()
        await _quiet(ctx, database, driver, plan.quiet_within)
        ended = loop.time()
        watching.cancel()
        await watcher.look()
        kindly = True
    finally:
        await herd.end(kindly=kindly)
    found = await _facts(ctx, database, there, driver, watcher)
    figures = _figures(found, herd, driver) | {
        "seconds": round(decided - began, 1),
        "quiet_after_seconds": round(ended - decided, 1),
    }
    return Report(violations(found), figures)


async def _quiet(ctx: Context, database: Database, driver: Driver, within: float) -> None:
    """Wait until nothing is left to do, or for so long: what is left then shows in the verdict."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not await _settled(ctx, database, driver):
                await asyncio.sleep(LOOK_EVERY)


async def _settled(ctx: Context, database: Database, driver: Driver) -> bool:
    async with ctx.store.read() as tx:
        asked = [a for i in driver.incidents for a in await tx.holds.actuations(i)]
        holds, states = await tx.holds.in_force(ENVIRONMENT), await tx.controls.all(ENVIRONMENT)
    if not all(a.outcome.final for a in asked):
        return False
    for control in ctx.content.now.controls:
        hold, state = desired_hold(control, holds), states.get(control.id)
        wanted = hold.value if hold else control.levels[0].value
        if state and (state.observed is None or not same_value(state.observed, wanted)):
            return False
    return not any(
        job.late and not job.key.startswith("actuate:") for job in await gathering.jobs_left(database)
    )


async def _facts(ctx: Context, database: Database, there: Service, driver: Driver, watcher: Watcher) -> Facts:
    store = SqlStore(database)
    known = ctx.content.now
    holds, states = await gathering.states(store, ENVIRONMENT)
    return Facts(
        controls=known.by_id,
        decided=driver.decided,
        first=watcher.first,
        rows=await gathering.every_row(store),
        anchors=watcher.anchors,
        trusted_key=base64.b64encode(watcher.key.public_key().public_bytes_raw()).decode(),
        actuations=await gathering.actuations(store, driver.incidents),
        holds=holds,
        plans=await gathering.plans(store, driver.incidents),
        states=states,
        jobs=await gathering.jobs_left(database),
        audit=await there.audit(),
        read=await gathering.read_all(reach(known, there.url)[ENVIRONMENT], known.by_id),
    )


def _figures(found: Facts, herd: Herd, driver: Driver) -> dict[str, int | float]:
    outcomes = [a.outcome.value for a in found.actuations]
    puts = [row for row in found.audit if row["event"] == "put"]
    return {
        "decisions": len(driver.decided),
        "refused": driver.refused,
        **{name: outcomes.count(name) for name in sorted(set(outcomes))},
        "kills": herd.kills,
        "stops": herd.stops,
        "puts": len(puts),
        "applied": sum(row["applied"] for row in puts),
        "replayed": sum(row["replayed"] for row in puts),
        "outrun": sum(row["problem"] == "generation_superseded" for row in puts),
        "faults": sum(row["fault"] is not None for row in puts),
        "ledger_rows": len(found.rows),
        "anchors": len(found.anchors),
    }
