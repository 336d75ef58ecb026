"""One run of the crash test: decisions against a failing service while workers are struck down."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
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
from tests.crash.herd import Herd, herd
from tests.crash.service import LATENCY_MS, Service, service
from tests.crash.verdict import violations
from tests.crash.world import ENVIRONMENT, content, context, reach, seeded

LOOK_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it: decisions, seconds between them, decisions between blows, how long quiet may take."""

    decisions: int
    seed: int = 7
    pace: float = 0.06
    blow_after: int = 4
    workers: int = 3
    quiet_within: float = 45.0


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
    """Run it on a migrated database; what the processes complain of goes to `folder`."""
    rng = seeded(plan.seed)
    database = open_database(database_url, patience=timedelta(seconds=10))
    try:
        async with service(plan.seed, folder / "service.log") as there:
            await there.settings(latency_ms=LATENCY_MS)
            log = folder / "workers.log"
            busy = partial(gathering.at_work, database)
            async with herd(database_url, there.url, log, rng, plan.workers, busy) as workers:
                return await _run(database, there, workers, plan)
    finally:
        await database.close()


async def _run(database: Database, there: Service, workers: Herd, plan: Plan) -> Report:
    ctx = context(database, content(there.url))
    driver = Driver(ctx, workers.rng, plan.decisions, plan.pace, workers.strike, plan.blow_after)
    watcher = Watcher(ctx, Ed25519PrivateKey.generate(), driver)
    loop = asyncio.get_running_loop()
    await driver.declare()
    await there.misbehave()
    began = loop.time()
    watching = asyncio.create_task(watcher.run())
    try:
        await driver.run()
        decided = loop.time()
        await workers.whole()
        await there.behave()
        await _quiet(ctx, database, driver, plan.quiet_within)
    finally:
        watching.cancel()
    await watcher.look()
    quiet = loop.time()
    await workers.end()
    found = await _facts(ctx, database, there, driver, watcher)
    times = {"seconds": round(decided - began, 1), "quiet_after_seconds": round(quiet - decided, 1)}
    return Report(violations(found), _figures(found, workers, driver) | times)


async def _quiet(ctx: Context, database: Database, driver: Driver, within: float) -> None:
    """Wait until nothing is left to do, or for so long: what is left then shows in the verdict."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not await _settled(ctx, database, driver):  # noqa: ASYNC110 - other processes have no event to wait for
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


def _figures(found: Facts, workers: Herd, driver: Driver) -> dict[str, int | float]:
    outcomes = [a.outcome.value for a in found.actuations]
    puts = [row for row in found.audit if row["event"] == "put"]
    return {
        "decisions": len(driver.decided),
        "refused": driver.refused,
        **{name: outcomes.count(name) for name in sorted(set(outcomes))},
        "kills": workers.kills,
        "stops": workers.stops,
        "puts": len(puts),
        "applied": sum(row["applied"] for row in puts),
        "replayed": sum(row["replayed"] for row in puts),
        "outrun": sum(row["problem"] == "generation_superseded" for row in puts),
        "faults": sum(row["fault"] is not None for row in puts),
        "ledger_rows": len(found.rows),
        "anchors": len(found.anchors),
    }
