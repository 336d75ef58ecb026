"""Workers of two releases side by side: the older leaves what it does not know to those who do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.bootstrap.content import LoadedContent
from bot.domain.approval import PlanStatus, ReleasePlan
from bot.domain.base import Environment, Outcome
from bot.domain.content import Content
from bot.domain.outline import outline
from bot.store import SqlQueue, SqlStore
from bot.usecases import approvals, controls, work
from bot.usecases.dead_letters import tell_left
from bot.usecases.ports import Again, Handler, Job
from bot.usecases.reload import reload
from bot.worker.actuate import Actuator
from bot.worker.leaving import FOR, MOST, NOBODY, Leaving
from bot.worker.loop import Habits, Worker
from bot.worker.policy import Policy
from bot.worker.time import deadline_handlers
from tests.support.service import Service
from tests.support.world import FEW_CONTROLS, OVER, ROUTE, USDT, WHY, World, changed, opened

ONCE = Habits(otherwise=Policy(attempts=1))
NEWER = FEW_CONTROLS
ELSEWHERE = ("card", "room", "invite", "proposal", "draft", "say", "page", "tell", "homes", "announcement")


def without(control_id: str) -> Content:
    """The content of the release before."""
    return changed(NEWER, controls=tuple(c for c in NEWER.controls if c.id != control_id))


def without_level(control_id: str, level: str) -> Content:
    known = NEWER.by_id[control_id]
    fewer = known.model_copy(update={"levels": tuple(lv for lv in known.levels if lv.id != level)})
    kept = tuple(fewer if c is known else c for c in NEWER.controls)
    return changed(NEWER, controls=kept)


@dataclass
class Two:
    """The world as the newer release knows it, and what an older worker of the same deployment does."""

    world: World
    older: dict[str, Handler]

    @asynccontextmanager
    async def at_work(self, *names: str) -> AsyncIterator[None]:
        """Workers of these releases, in this order, until the block ends."""
        both = {"older": self.older, "newer": self.world.handlers}
        async with AsyncExitStack() as stack:
            for name in names:
                queue = SqlQueue(self.world.database)
                stack.push_async_callback(queue.close)
                handlers = {**dict.fromkeys(ELSEWHERE, nothing), **both[name]}
                worker = Worker(queue, handlers, work.LANES, name=name, habits=ONCE)
                running = asyncio.create_task(worker.run())
                stack.push_async_callback(ended, worker, running)
            yield

    async def said(self, key: str) -> str:
        """What lies in a job's row; empty when it is done."""
        query = text("SELECT last_error FROM job WHERE key = :key AND lease_until IS NULL")
        async with self.world.database.reading() as link:
            return (await link.execute(query, {"key": key})).value() or ""

    async def held(self, control_id: str, level: str) -> None:
        await controls.set_control(self.world.ctx, self.world.actor("bob"), "INC-1", control_id, level, WHY)


async def nothing(_job: Job) -> Again | None:
    return None


async def ended(worker: Worker, running: asyncio.Task[None]) -> None:
    worker.stop()
    async with asyncio.timeout(20):
        await running


async def until(what: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(20):
        while not await what():  # noqa: ASYNC110 - a row in the database has no event to wait for
            await asyncio.sleep(0.01)


@asynccontextmanager
async def two(url: str, content: Content) -> AsyncIterator[Two]:
    """An incident of Alice's; the newer content is in force, the older is what `content` is."""
    async for world in opened(url, NEWER):
        await reload(world.ctx, None, NEWER, outline(NEWER, {}), "start")
        await world.declared()
        ctx = type(world.ctx)(**{**fields(world.ctx), "content": LoadedContent(content)})
        registries = {Environment.LIVE: world.service, Environment.DRILL: Service()}
        older: dict[str, Handler] = {
            "actuate": Actuator(ctx, registries, timedelta(minutes=1)),
            **deadline_handlers(ctx),
        }
        yield Two(world, older)


def fields(ctx: Any) -> dict[str, Any]:
    return {name: getattr(ctx, name) for name in ctx.__dataclass_fields__}


async def test_a_control_that_an_older_worker_does_not_know_is_set_by_the_newer_one(any_url: str) -> None:
    async with two(any_url, without(ROUTE)) as both:
        key = f"actuate:live:{ROUTE}:all"
        async with both.at_work("older"):
            await both.held(ROUTE, "half")
            await until(lambda: both.said(key))
        assert await both.said(key) == f"left by older: its content does not know the control {ROUTE}"
        assert await both.world.outcomes(ROUTE) == [Outcome.PENDING]

        async def confirmed() -> bool:
            return await both.world.outcomes(ROUTE) == [Outcome.CONFIRMED]

        async with both.at_work("older", "newer"):
            await until(confirmed)
        assert await both.world.queue.dead() == []
        assert len(both.world.service.orders) == 1


async def test_a_level_that_an_older_worker_does_not_know_is_left_and_the_rest_is_done(any_url: str) -> None:
    async with two(any_url, without_level(USDT, "trickle")) as both:
        async with both.at_work("older"):
            await both.held(USDT, "trickle")
            await until(lambda: both.said(f"actuate:live:{USDT}:all"))
            await both.held(ROUTE, "half")

            async def done() -> bool:
                return await both.world.outcomes(ROUTE) == [Outcome.CONFIRMED]

            await until(done)
        assert "does not know the level trickle" in await both.said(f"actuate:live:{USDT}:all")
        assert both.world.service.level(both.world.control(USDT)) == "normal"


async def released(both: Two) -> ReleasePlan:
    """Bob holds, the newer worker sets, Bob proposes and Alice approves under the newer policy."""
    world = both.world
    await both.held(USDT, "small_only")
    await world.drain()
    made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)
    return await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)


async def test_a_release_under_a_newer_policy_is_neither_stopped_nor_carried_out_by_an_older_worker(
    any_url: str,
) -> None:
    async with two(any_url, without(ROUTE)) as both:
        plan = await released(both)
        async with both.at_work("older"):
            await until(lambda: both.said(f"ladder:{plan.id}"))
        assert (await both.world.plan(plan.id)).status is PlanStatus.RUNNING
        assert "not those in force" in await both.said(f"ladder:{plan.id}")

        async def normal() -> bool:
            return both.world.service.level(both.world.control(USDT)) == "normal"

        async with both.at_work("older", "newer"):
            await until(normal)


async def test_an_older_worker_does_not_loosen_what_was_approved_under_its_own_policy(any_url: str) -> None:
    async with two(any_url, without(ROUTE)) as both:
        plan = await released(both)
        await both.world.drain(only="time")
        older = without(ROUTE)
        async with both.world.ctx.store.write() as tx:
            kept = await tx.proposals.plan(plan.id, lock=True)
            await tx.proposals.save_plan(kept.model_copy(update={"content_digest": older.policy_digest}))
        async with both.at_work("older"):
            await until(lambda: both.said(f"actuate:live:{USDT}:all"))
        assert both.world.service.level(both.world.control(USDT)) == "small_only"


@pytest.mark.parametrize(("why", "dead"), [("the files here are content abc", 0), ("", 1)])
async def test_what_breaks_in_a_worker_that_is_behind_is_left_and_not_buried(
    any_store: SqlStore, any_queue: SqlQueue, why: str, dead: int
) -> None:
    async def broken(_job: Job) -> None:
        raise KeyError("phase recover2")

    tried = asyncio.Event()

    def behind() -> str:
        tried.set()
        return why

    async def settled() -> bool:
        return tried.is_set() and bool(
            await any_queue.dead() or await any_queue.seconds_to_next(["views"]) == 0
        )

    habits = Habits(otherwise=Policy(attempts=1), behind=behind)
    async with any_store.write() as tx:
        await tx.jobs.want("card:INC-1", "card", "views")
    worker = Worker(any_queue, {"card": broken}, {"views": 1}, name="older", habits=habits)
    running = asyncio.create_task(worker.run())
    await until(settled)
    await ended(worker, running)
    assert len(await any_queue.dead()) == dead


def test_what_is_left_is_looked_at_again_and_told_once_when_nobody_takes_it() -> None:
    now = [0.0]
    leaving = Leaving(lambda: now[0])
    assert leaving.leave("a")
    assert leaving.keys() == ("a",)
    told = []
    while now[0] < 3 * NOBODY:
        now[0] += FOR
        assert leaving.keys() == ()
        leaving.leave("a")
        told.append(leaving.nobody_took("a"))
    assert told.count(True) == 1
    now[0] += 3 * FOR
    assert leaving.keys() == ()
    leaving.leave("a")
    assert not leaving.nobody_took("a")


def test_no_more_is_left_than_a_claim_can_name() -> None:
    leaving = Leaving(lambda: 0.0)
    assert [leaving.leave(f"k{n}") for n in range(MOST + 2)] == [True] * MOST + [False, False]
    assert len(leaving.keys()) == MOST


async def test_what_nobody_takes_is_recorded_and_paged_once(world: World) -> None:
    job = Job(7, "actuate:live:x:all", "actuate", "actuation", {}, attempts=1, fence=12, wanted=1)
    for worker in ("w1", "w2"):
        await tell_left(world.ctx, job, f"left by {worker}: its content does not know the control x")
    await world.drain()
    (row,) = await world.rows("job.left")
    assert row.data["job"] == "actuate:live:x:all"
    (told,) = world.pages("frank")
    assert "does not know the control x" in told
