"""The worker: no lane waits for another, and a job ends as its handler says or its row keeps why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.store import SqlQueue, SqlStore
from bot.usecases.ports import Again, Handler, Job, LeaseLost, Retry, ServiceError, StoreAway
from bot.worker.loop import Habits, Worker
from bot.worker.policy import NEVER_GIVE_UP, Policy

LANES = {"actuation": 4, "views": 2}
SOON = timedelta(milliseconds=20)
QUICK = Policy(attempts=3, first=SOON, longest=SOON)


async def _want(store: SqlStore, *keys: str, lane: str = "views", **more: Any) -> None:
    async with store.write() as tx:
        for key in keys:
            await tx.jobs.want(key, key.partition(":")[0], lane, **more)


async def _until(what: Callable[[], Awaitable[object] | object]) -> None:
    async with asyncio.timeout(20):
        while True:
            answer = what()
            if (await answer) if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def _working(
    queue: SqlQueue, handlers: Mapping[str, Handler], habits: Habits | None = None, **more: Any
) -> AsyncIterator[Worker]:
    worker = Worker(queue, handlers, LANES, name="w1", habits=habits, **more)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        async with asyncio.timeout(20):
            await running


class Notebook:
    """Handlers that write down what they were given."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.go = asyncio.Event()

    @property
    def keys(self) -> list[str]:
        return [job.key for job in self.jobs]

    async def note(self, job: Job) -> None:
        self.jobs.append(job)

    async def stay(self, job: Job) -> None:
        self.jobs.append(job)
        await self.go.wait()

    def then(self, *answers: Again | Exception | None) -> Handler:
        """Answer these one after the other, then nothing."""
        left = list(answers)

        async def handle(job: Job) -> Again | None:
            self.jobs.append(job)
            answer = left.pop(0) if left else None
            if isinstance(answer, Exception):
                raise answer
            return answer

        return handle


async def _idle(queue: SqlQueue) -> bool:
    return await queue.seconds_to_next([*LANES]) is None


async def test_wanted_work_is_done_and_leaves_nothing(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    async with _working(any_queue, {"card": notes.note}):
        await _want(any_store, "card:INC-1", "card:INC-2")
        await _until(lambda: len(notes.jobs) == 2)
        await _until(lambda: _idle(any_queue))
    assert sorted(notes.keys) == ["card:INC-1", "card:INC-2"]


async def test_work_wanted_while_it_runs_is_done_again(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    async with _working(any_queue, {"card": notes.stay}):
        await _want(any_store, "card:INC-1", payload={"n": 1})
        await _until(lambda: notes.jobs)
        await _want(any_store, "card:INC-1", payload={"n": 2})
        notes.go.set()
        await _until(lambda: len(notes.jobs) == 2)
    assert [job.payload for job in notes.jobs] == [{"n": 1}, {"n": 2}]


async def test_a_full_lane_holds_up_no_other(any_store: SqlStore, any_queue: SqlQueue) -> None:
    slow, quick = Notebook(), Notebook()
    async with _working(any_queue, {"card": slow.stay, "actuate": quick.note}):
        await _want(any_store, *(f"card:INC-{n}" for n in range(10)))
        await _until(lambda: len(slow.jobs) == LANES["views"])
        await _want(any_store, "actuate:x", "actuate:y", lane="actuation")
        await _until(lambda: len(quick.jobs) == 2)
        assert len(slow.jobs) == LANES["views"]
        slow.go.set()
        await _until(lambda: len(slow.jobs) == 10)


async def test_a_lane_runs_as_many_at_once_as_it_has_places(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    async with _working(any_queue, {"actuate": notes.stay}):
        await _want(any_store, *(f"actuate:{n}" for n in range(6)), lane="actuation")
        await _until(lambda: len(notes.jobs) == LANES["actuation"])
        notes.go.set()
        await _until(lambda: len(notes.jobs) == 6)


async def test_a_handler_that_asks_for_again_runs_again(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    async with _working(any_queue, {"watch": notes.then(Again(SOON), Again(SOON))}):
        await _want(any_store, "watch:x")
        await _until(lambda: len(notes.jobs) == 3)
        await _until(lambda: _idle(any_queue))
    assert [job.attempts for job in notes.jobs] == [1, 1, 1]


async def test_what_fails_is_tried_again_with_its_backoff_and_then_buried_and_told(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    notes, told = Notebook(), []
    broken = notes.then(*(ValueError(f"no channel {n}") for n in range(9)))

    async def on_dead(job: Job, error: str) -> None:
        told.append((job.key, error))

    habits = Habits(policies={"say": QUICK}, on_dead=on_dead)
    async with _working(any_queue, {"say": broken, "card": notes.note}, habits):
        await _want(any_store, "say:1")
        await _until(lambda: told)
        await _want(any_store, "card:INC-1")
        await _until(lambda: "card:INC-1" in notes.keys)
    assert [job.attempts for job in notes.jobs if job.kind == "say"] == [1, 2, 3]
    assert told == [("say:1", "ValueError: no channel 2")]
    assert [letter.error for letter in await any_queue.dead()] == ["ValueError: no channel 2"]


async def test_a_failure_to_tell_of_a_dead_letter_ends_no_worker(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    notes = Notebook()

    async def on_dead(_job: Job, _error: str) -> None:
        raise RuntimeError("nobody is there")

    habits = Habits(otherwise=Policy(attempts=1), on_dead=on_dead)
    async with _working(any_queue, {"say": notes.then(KeyError("x")), "card": notes.note}, habits):
        await _want(any_store, "say:1")
        await _until(any_queue.dead)
        await _want(any_store, "card:INC-1")
        await _until(lambda: "card:INC-1" in notes.keys)


async def test_an_actuation_is_never_given_up(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    never = Policy(attempts=NEVER_GIVE_UP.attempts, first=SOON, longest=SOON)
    failing = notes.then(*(ServiceError("HTTP 500") for _ in range(15)))
    async with _working(any_queue, {"actuate": failing}, Habits(policies={"actuate": never})):
        await _want(any_store, "actuate:x", lane="actuation")
        await _until(lambda: len(notes.jobs) == 16)
        await _until(lambda: _idle(any_queue))
    assert await any_queue.dead() == []


async def test_a_wait_that_the_other_side_asked_for_counts_as_no_failure(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    notes = Notebook()
    asked = [Retry("429", SOON)] * 5 + [StoreAway("busy")]
    habits = Habits(otherwise=Policy(attempts=2, first=SOON, longest=SOON))
    async with _working(any_queue, {"card": notes.then(*asked)}, habits):
        await _want(any_store, "card:INC-1")
        await _until(lambda: len(notes.jobs) == 7)
        await _until(lambda: _idle(any_queue))
    assert await any_queue.dead() == []


async def test_a_retry_without_a_time_takes_the_policys(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    habits = Habits(otherwise=QUICK)
    async with _working(any_queue, {"card": notes.then(*[Retry("not yet")] * 5)}, habits):
        await _want(any_store, "card:INC-1")
        await _until(any_queue.dead)
    assert [job.attempts for job in notes.jobs] == [1, 2, 3]


async def test_backoff_outlives_the_worker(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    long = Habits(otherwise=Policy(first=timedelta(hours=1), longest=timedelta(hours=1)))
    async with _working(any_queue, {"card": notes.then(ServiceError("HTTP 500"))}, long):
        await _want(any_store, "card:INC-1")
        await _until(lambda: notes.jobs)
    left = await any_queue.seconds_to_next(["views"])
    assert left is not None
    assert 3500 < left <= 3600


async def test_a_kind_nobody_here_knows_is_left_to_a_worker_that_does(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    notes = Notebook()
    async with _working(any_queue, {"card": notes.note}):
        await _want(any_store, "console:1")
        await _want(any_store, "card:INC-1")
        await _until(lambda: notes.jobs)
        job = await any_queue.claim(["views"], "newer", timedelta(seconds=5))
    assert job is not None
    assert (job.key, job.attempts) == ("console:1", 1)
    assert await any_queue.dead() == []


async def test_a_long_job_keeps_its_lease(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    habits = Habits(lease=timedelta(milliseconds=300))
    async with _working(any_queue, {"card": notes.stay}, habits):
        await _want(any_store, "card:INC-1")
        await _until(lambda: notes.jobs)
        loop = asyncio.get_running_loop()
        over = loop.time() + 1
        while loop.time() < over:
            assert await any_queue.claim(["views"], "w2", habits.lease) is None
            await asyncio.sleep(0.02)
        notes.go.set()
        await _until(lambda: _idle(any_queue))
    assert len(notes.jobs) == 1


async def test_a_job_whose_lease_was_taken_is_cancelled_and_settles_nothing(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(job: Job) -> None:
        started.set()
        await any_queue.renew(job, timedelta(seconds=-1))
        taken = await any_queue.claim(["actuation"], "thief", timedelta(minutes=5))
        assert taken is not None
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with _working(any_queue, {"actuate": hang}, Habits(lease=timedelta(milliseconds=300))):
        await _want(any_store, "actuate:x", lane="actuation")
        await started.wait()
        async with asyncio.timeout(5):
            await cancelled.wait()
    left = await any_queue.seconds_to_next(["actuation"])
    assert left is not None
    assert left > 200


async def test_a_handler_that_lost_its_lease_settles_nothing(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    notes = Notebook()
    habits = Habits(lease=timedelta(milliseconds=400))
    async with _working(any_queue, {"actuate": notes.then(LeaseLost("taken"))}, habits):
        await _want(any_store, "actuate:x", lane="actuation")
        await _until(lambda: len(notes.jobs) == 2)
    assert [job.fence for job in notes.jobs] == [1, 2]


async def test_stopping_lets_what_runs_end(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    async with _working(any_queue, {"card": notes.stay}) as worker:
        await _want(any_store, "card:INC-1")
        await _until(lambda: notes.jobs)
        worker.stop()
        await _want(any_store, "card:INC-2")
        notes.go.set()
    job = await any_queue.claim(["views"], "w2", timedelta(seconds=5))
    assert job is not None
    assert job.key == "card:INC-2"


async def test_stopping_lets_go_of_what_does_not_end(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    async with _working(any_queue, {"card": notes.stay}, Habits(grace=SOON)):
        await _want(any_store, "card:INC-1")
        await _until(lambda: notes.jobs)
    job = await any_queue.claim(["views"], "w2", timedelta(seconds=5))
    assert job is not None
    assert (job.key, job.fence) == ("card:INC-1", 2)


async def test_a_cancelled_worker_lets_go_too(any_store: SqlStore, any_queue: SqlQueue) -> None:
    notes = Notebook()
    worker = Worker(any_queue, {"card": notes.stay}, LANES, name="w1", habits=Habits(grace=SOON))
    running = asyncio.create_task(worker.run())
    await _want(any_store, "card:INC-1")
    await _until(lambda: notes.jobs)
    running.cancel()
    await asyncio.wait({running})
    assert await any_queue.claim(["views"], "w2", timedelta(seconds=5)) is not None


async def test_a_worker_says_that_it_lives(any_queue: SqlQueue) -> None:
    async with _working(any_queue, {}):

        async def said() -> bool:
            return await any_queue.heartbeat_age() is not None

        await _until(said)


async def test_waits_double_up_to_the_longest() -> None:
    policy = Policy(attempts=3, first=timedelta(seconds=1), longest=timedelta(seconds=5))
    assert [policy.wait(n).total_seconds() for n in (1, 2, 3, 4, 500)] == [1, 2, 4, 5, 5]
    assert [policy.gives_up(n) for n in (2, 3)] == [False, True]
    assert not NEVER_GIVE_UP.gives_up(10_000)
