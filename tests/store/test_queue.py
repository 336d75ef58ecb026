"""Durable work: no wake-up is lost, no key runs twice at once, and a lost claim can settle nothing."""

# ruff: noqa: PT012 - a transaction fails at the end of its block or within it

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store import Database, SqlQueue, SqlStore, open_database
from bot.usecases.ports import Job, LeaseLost

LANES = ["views", "actuation"]
LEASE = timedelta(seconds=30)
GONE = timedelta(milliseconds=-1)  # a lease that has run out already


async def _want(store: SqlStore, *keys: str, **more: Any) -> None:
    async with store.write() as tx:
        for key in keys:
            await tx.jobs.want(key, key.partition(":")[0], "views", **more)


async def _claim(queue: SqlQueue, worker: str = "w1", lease: timedelta = LEASE) -> Job:
    job = await queue.claim(LANES, worker, lease)
    assert job is not None
    return job


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.fixture
async def other_queue(any_url: str) -> AsyncIterator[SqlQueue]:
    """Another worker's queue, on connections of its own."""
    database = open_database(any_url, patience=timedelta(seconds=10))
    queue = SqlQueue(database)
    yield queue
    await queue.close()
    await database.close()


async def test_what_a_commit_wants_is_claimed_once_and_gone_when_finished(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "card:INC-1", payload={"incident": "INC-1"})
    job = await _claim(any_queue)
    assert (job.key, job.kind, job.lane, job.payload) == (
        "card:INC-1",
        "card",
        "views",
        {"incident": "INC-1"},
    )
    assert (job.attempts, job.fence, job.wanted) == (1, 1, 1)
    assert await any_queue.claim(LANES, "w2", LEASE) is None
    assert await any_queue.finish(job)
    assert await any_queue.claim(LANES, "w2", LEASE) is None


async def test_a_transaction_that_fails_leaves_no_work(any_store: SqlStore, any_queue: SqlQueue) -> None:
    with pytest.raises(RuntimeError):
        async with any_store.write() as tx:
            await tx.jobs.want("card:INC-1", "card", "views")
            raise RuntimeError
    assert await any_queue.claim(LANES, "w1", LEASE) is None


async def test_wanted_while_it_runs_it_runs_again(any_store: SqlStore, any_queue: SqlQueue) -> None:
    await _want(any_store, "card:INC-1", payload={"n": 1})
    first = await _claim(any_queue)
    await _want(any_store, "card:INC-1", payload={"n": 2})
    assert await any_queue.claim(LANES, "w2", LEASE) is None
    assert not await any_queue.finish(first)
    second = await _claim(any_queue)
    assert (second.id, second.payload, second.attempts) == (first.id, {"n": 2}, 1)
    assert await any_queue.finish(second)


async def test_wanted_many_times_before_it_runs_it_runs_once(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    for _ in range(3):
        await _want(any_store, "card:INC-1", "card:INC-1")
    assert await any_queue.finish(await _claim(any_queue))
    assert await any_queue.claim(LANES, "w1", LEASE) is None


async def test_a_job_that_wants_itself_later_runs_later_and_not_at_once(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "nag:hold_1")
    job = await _claim(any_queue)
    async with any_store.write() as tx:
        await tx.jobs.hold_fast(job)
        await tx.jobs.want("nag:hold_1", "nag", "views", due=_in(60), move=True)
    assert not await any_queue.finish(job)
    assert await any_queue.claim(LANES, "w1", LEASE) is None
    left = await any_queue.seconds_to_next(LANES)
    assert left is not None
    assert 55 < left <= 60


async def test_the_earlier_due_date_wins_unless_it_is_moved(any_store: SqlStore, any_queue: SqlQueue) -> None:
    async def left() -> int:
        seconds = await any_queue.seconds_to_next(LANES)
        assert seconds is not None
        return round(seconds, -1).__int__()

    await _want(any_store, "nag:hold_1", due=_in(100))
    await _want(any_store, "nag:hold_1", due=_in(300))
    assert await left() == 100
    await _want(any_store, "nag:hold_1", due=_in(50))
    assert await left() == 50
    await _want(any_store, "nag:hold_1", due=_in(200), move=True)
    assert await left() == 200
    async with any_store.write() as tx:
        await tx.jobs.want("nag:hold_1", "nag", "views", due=_in(80))
        await tx.jobs.want("nag:hold_1", "nag", "views", due=_in(400))
    assert await left() == 80
    assert await any_queue.claim(LANES, "w1", LEASE) is None
    await _want(any_store, "nag:hold_1")
    assert (await _claim(any_queue)).key == "nag:hold_1"


async def test_the_longest_overdue_comes_first_and_only_lanes_asked_for(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "b", due=_in(-5))
    await _want(any_store, "a", due=_in(-1))
    await _want(any_store, "c", due=_in(-9))
    async with any_store.write() as tx:
        await tx.jobs.want("actuate:x", "actuate", "actuation", due=_in(-60))
    claimed = [await any_queue.claim(["views"], "w1", LEASE) for _ in range(4)]
    assert [job and job.key for job in claimed] == ["c", "b", "a", None]


async def test_two_workers_never_hold_one_key(
    any_store: SqlStore, any_queue: SqlQueue, other_queue: SqlQueue
) -> None:
    await _want(any_store, *(f"card:INC-{n}" for n in range(20)))

    async def take(queue: SqlQueue, worker: str) -> list[str]:
        taken = []
        while (job := await queue.claim(LANES, worker, LEASE)) is not None:
            taken.append(job.key)
        return taken

    taken = await asyncio.gather(*(take(q, w) for q in (any_queue, other_queue) for w in "ab"))
    keys = [key for each in taken for key in each]
    assert sorted(keys) == sorted(f"card:INC-{n}" for n in range(20))


async def test_a_lease_that_ran_out_is_taken_over_and_the_old_holder_settles_nothing(
    any_store: SqlStore, any_queue: SqlQueue, other_queue: SqlQueue
) -> None:
    await _want(any_store, "actuate:x")
    old = await _claim(any_queue, "old", GONE)
    new = await _claim(other_queue, "new")
    assert (new.id, new.fence, new.attempts) == (old.id, old.fence + 1, 2)
    assert not await any_queue.finish(old)
    assert not await any_queue.again(old, timedelta())
    assert not await any_queue.fail(old, "late", timedelta())
    assert not await any_queue.fail(old, "late", None)
    assert not await any_queue.renew(old, LEASE)
    with pytest.raises(LeaseLost):
        async with any_store.write() as tx:
            await tx.jobs.hold_fast(old)
    assert await other_queue.finish(new)


async def test_a_claim_lost_within_the_transaction_rolls_it_back(
    any_store: SqlStore, any_database: Database, any_queue: SqlQueue, other_queue: SqlQueue
) -> None:
    if any_database.is_sqlite:
        return  # nobody can claim while SQLite's one writer writes
    await _want(any_store, "actuate:x")
    old = await _claim(any_queue, "old", GONE)
    with pytest.raises(LeaseLost):
        async with any_store.write() as tx:
            await tx.jobs.hold_fast(old)
            await tx.keepsakes.set_fact("intent", "written")
            await _claim(other_queue, "new")
    async with any_store.read() as tx:
        assert await tx.keepsakes.fact("intent") is None


async def test_a_finished_job_wanted_again_is_another_row(any_store: SqlStore, any_queue: SqlQueue) -> None:
    """Else a worker that lost the first claim could settle the second."""
    await _want(any_store, "card:INC-1")
    first = await _claim(any_queue)
    assert await any_queue.finish(first)
    await _want(any_store, "card:INC-1")
    assert (await _claim(any_queue)).id != first.id
    assert not await any_queue.finish(first)


async def test_a_renewed_lease_is_not_taken_over(any_store: SqlStore, any_queue: SqlQueue) -> None:
    await _want(any_store, "card:INC-1")
    job = await _claim(any_queue, "w1", GONE)
    assert await any_queue.renew(job, LEASE)
    assert await any_queue.claim(LANES, "w2", LEASE) is None


async def test_backoff_is_kept_in_the_row_and_new_work_ends_it(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "actuate:x")
    assert await any_queue.fail(await _claim(any_queue), "HTTP 500", timedelta(seconds=90))
    assert await any_queue.claim(LANES, "w1", LEASE) is None
    left = await any_queue.seconds_to_next(LANES)
    assert left is not None
    assert 80 < left <= 90
    await _want(any_store, "actuate:x")
    assert (await _claim(any_queue)).attempts == 2


async def test_work_wanted_during_a_failing_run_does_not_wait_for_the_backoff(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "actuate:x")
    job = await _claim(any_queue)
    await _want(any_store, "actuate:x")
    assert await any_queue.fail(job, "HTTP 500", timedelta(seconds=90))
    assert (await _claim(any_queue)).attempts == 2


async def test_a_job_that_asks_to_run_again_counts_its_attempts_anew(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "watch:x")
    assert await any_queue.fail(await _claim(any_queue), "HTTP 500", timedelta())
    assert await any_queue.again(await _claim(any_queue), timedelta())
    assert (await _claim(any_queue)).attempts == 1


async def test_a_dead_letter_is_kept_with_its_reason_and_lives_again_when_wanted(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "say:1", payload={"text": "hello"})
    job = await _claim(any_queue)
    assert await any_queue.fail(job, "channel_not_found", None)
    assert await any_queue.claim(LANES, "w1", LEASE) is None
    assert await any_queue.seconds_to_next(LANES) is None
    letters = await any_queue.dead()
    assert [(d.job.key, d.job.payload, d.error) for d in letters] == [
        ("say:1", {"text": "hello"}, "channel_not_found")
    ]
    async with any_store.write() as tx:
        await tx.jobs.cancel("say:1")
    assert len(await any_queue.dead()) == 1
    await _want(any_store, "say:1")
    again = await _claim(any_queue)
    assert (again.attempts, again.payload) == (1, {"text": "hello"})
    assert await any_queue.dead() == []


async def test_work_wanted_during_the_last_attempt_is_not_buried(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "say:1")
    job = await _claim(any_queue)
    await _want(any_store, "say:1")
    assert not await any_queue.fail(job, "channel_not_found", None)
    assert await any_queue.dead() == []
    assert (await _claim(any_queue)).attempts == 1


async def test_work_is_taken_back_unless_it_runs(any_store: SqlStore, any_queue: SqlQueue) -> None:
    await _want(any_store, "run:1")
    running = await _claim(any_queue)
    await _want(any_store, "nag:INC-1:a", "nag:INC-1:b", "nag:INC-10:a", "nag:inc-1:a", "x", due=_in(-9))
    async with any_store.write() as tx:
        await tx.jobs.want("nag:INC-1:c", "nag", "views")
        await tx.jobs.cancel("x", "run:1", "nothing")
        await tx.jobs.cancel_prefix("nag:INC-1:")
    left = [(await _claim(any_queue)).key for _ in range(2)]
    assert left == ["nag:INC-10:a", "nag:inc-1:a"]
    assert await any_queue.finish(running)


async def test_taken_back_and_wanted_in_one_transaction_it_stands(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await _want(any_store, "nag:1", due=_in(-60), payload={"n": 1})
    async with any_store.write() as tx:
        await tx.jobs.cancel("nag:1")
        await tx.jobs.want("nag:1", "nag", "views", payload={"n": 2})
    assert (await _claim(any_queue)).payload == {"n": 2}


async def test_a_prefix_is_text_and_no_pattern(any_store: SqlStore, any_queue: SqlQueue) -> None:
    await _want(any_store, "a_b:1", "axb:1")
    async with any_store.write() as tx:
        await tx.jobs.cancel_prefix("a_b")
    assert (await _claim(any_queue)).key == "axb:1"


async def test_transactions_that_want_the_same_work_in_any_order_do_not_block_each_other(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    async def declare(number: int) -> None:
        keys = [f"card:INC-{(n * number) % 7}" for n in range(1, 7)]
        for _ in range(5):
            await _want(any_store, *keys)

    await asyncio.gather(*(declare(n) for n in range(1, 7)))
    assert (await _claim(any_queue)).wanted >= 5


async def test_a_commit_wakes_the_workers_of_its_own_process_at_once(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    await any_queue.claim(LANES, "w", LEASE)
    waiting = asyncio.create_task(any_queue.wait(5))
    await asyncio.sleep(0)
    await _want(any_store, "card:INC-1")
    async with asyncio.timeout(0.2):
        await waiting


async def test_a_wait_ends_by_itself_so_that_a_lost_wake_up_costs_little(any_queue: SqlQueue) -> None:
    async with asyncio.timeout(2):
        await any_queue.wait(60)


async def test_work_wanted_between_a_claim_and_the_wait_is_heard(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    assert await any_queue.claim(LANES, "w", LEASE) is None
    await _want(any_store, "card:INC-1")
    async with asyncio.timeout(0.2):
        await any_queue.wait(5)


async def test_heartbeats_say_how_long_ago_any_worker_lived(any_queue: SqlQueue) -> None:
    assert await any_queue.heartbeat_age() is None
    await any_queue.beat("w1")
    await any_queue.beat("w1")
    age = await any_queue.heartbeat_age()
    assert age is not None
    assert 0 <= age < 5


async def test_due_work_is_counted_by_lane(any_store: SqlStore, any_queue: SqlQueue) -> None:
    await _want(any_store, "card:INC-1", "card:INC-2")
    await _want(any_store, "card:INC-3", due=_in(600))
    assert await any_queue.due_by_lane() == {"views": 2}
    await _claim(any_queue)
    assert await any_queue.due_by_lane() == {"views": 1}
