"""Decisions and workers at the same time: one order of locks, so that nobody waits in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain.base import Environment
from bot.domain.errors import Stale
from bot.domain.ledger import find_flaw
from bot.store import SqlQueue, SqlStore, open_database
from bot.usecases.ports import LeaseLost
from tests.support.made import entry, incident

LIVE = Environment.LIVE
CONTROLS = ["deposits.BTC", "swaps.spread.BTC", "withdrawals.limit.USDT.tron", "withdrawals.status"]


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[list[SqlStore]]:
    """Three processes' worth of stores."""
    databases = [open_database(any_url, patience=timedelta(seconds=20)) for _ in range(3)]
    yield [SqlStore(database) for database in databases]
    for database in databases:
        await database.close()


async def _decide(store: SqlStore, number: int) -> None:
    """As a person's decision does: incident, controls in any order, work, a ledger row."""
    async with store.write() as tx:
        held = await tx.incidents.get(f"INC-{number % 2 + 1}", lock=True)
        order = CONTROLS[number % 4 :] + CONTROLS[: number % 4]
        states = await tx.controls.lock(LIVE, order)
        for control_id in order:
            state = states[control_id]
            await tx.controls.save(state.model_copy(update={"generation": state.generation + 1}))
            await tx.jobs.want(f"actuate:{control_id}", "actuate", "actuation")
        await tx.incidents.save(held)
        tx.ledger.append(entry(f"decision_{number}", incident_id=held.id))


async def _work(store: SqlStore, queue: SqlQueue, worker: str) -> None:
    """As an actuation does: the fence first, then its control, then a ledger row."""
    while (job := await queue.claim(["actuation"], worker, timedelta(seconds=30))) is not None:
        async with store.write() as tx:
            await tx.jobs.hold_fast(job)
            states = await tx.controls.lock(LIVE, [job.key.partition(":")[2]])
            for state in states.values():
                await tx.controls.save(state)
            tx.ledger.append(entry(f"intent_{job.id}_{job.fence}"))
        await queue.finish(job)


async def test_decisions_and_workers_never_wait_in_a_circle(
    stores: list[SqlStore], any_queue: SqlQueue
) -> None:
    async with stores[0].write() as tx:
        for number in (1, 2):
            await tx.incidents.add(incident(number))

    async def decisions(store: SqlStore, first: int) -> None:
        for number in range(first, first + 10):
            await _decide(store, number)

    async def workers(store: SqlStore, worker: str) -> None:
        for _ in range(10):
            await _work(store, any_queue, worker)
            await asyncio.sleep(0.005)

    await asyncio.gather(
        *(decisions(store, 100 * n) for n, store in enumerate(stores)),
        *(workers(store, f"w{n}") for n, store in enumerate(stores)),
    )
    await _work(stores[0], any_queue, "last")
    async with stores[0].read() as tx:
        rows = await tx.ledger.rows(limit=1000)
        assert find_flaw(rows) is None
        assert sum(row.id.startswith("decision") for row in rows) == 30
        states = await tx.controls.all(LIVE)
        assert {s.generation for s in states.values()} == {30}
        assert {i.version for i in await tx.incidents.open()} == {16}


async def test_of_two_who_save_what_both_read_one_is_refused(stores: list[SqlStore]) -> None:
    async with stores[0].write() as tx:
        await tx.incidents.add(incident())
    async with stores[0].read() as tx:
        read = await tx.incidents.get("INC-1")

    async def save(store: SqlStore, summary: str) -> str:
        async with store.write() as tx:
            await tx.incidents.save(read.model_copy(update={"summary": summary}))
            tx.ledger.append(entry(f"e_{summary}"))
        return summary

    said = await asyncio.gather(
        *(save(store, f"s{n}") for n, store in enumerate(stores)), return_exceptions=True
    )
    won = [s for s in said if isinstance(s, str)]
    assert len(won) == 1
    assert sum(isinstance(s, Stale) for s in said) == 2
    async with stores[0].read() as tx:
        assert [row.id for row in await tx.ledger.rows()] == [f"e_{won[0]}"]
        assert (await tx.incidents.get("INC-1")).summary == won[0]


async def test_fifty_declarations_at_once_bear_fifty_numbers(stores: list[SqlStore]) -> None:
    async def declare(store: SqlStore) -> int:
        async with store.write() as tx:
            number = await tx.incidents.next_number(LIVE)
            await tx.incidents.add(incident(number))
            tx.ledger.append(entry(f"declared_{number}"))
        return number

    numbers = await asyncio.gather(*(declare(stores[n % 3]) for n in range(50)))
    assert sorted(numbers) == list(range(1, 51))


async def test_an_event_delivered_twice_at_once_is_first_once(stores: list[SqlStore]) -> None:
    async def deliver(store: SqlStore) -> bool:
        async with store.write() as tx:
            at = incident().declared_at
            return await tx.keepsakes.first_time("submission", "V1/declare", at)

    assert sorted(await asyncio.gather(*(deliver(s) for s in stores))) == [False, False, True]


async def test_a_view_shows_one_moment_while_others_write(stores: list[SqlStore]) -> None:
    async with stores[0].write() as tx:
        await tx.keepsakes.set_fact("epoch", "1")
    async with stores[0].read() as view:
        assert await view.keepsakes.fact("epoch") == "1"
        async with stores[1].write() as tx:
            await tx.keepsakes.set_fact("epoch", "2")
        assert await view.keepsakes.fact("epoch") == "1"
    async with stores[0].read() as view:
        assert await view.keepsakes.fact("epoch") == "2"


async def test_a_worker_that_lost_its_job_within_a_decision_changes_nothing(
    any_store: SqlStore, any_queue: SqlQueue
) -> None:
    async with any_store.write() as tx:
        await tx.jobs.want("actuate:x", "actuate", "actuation")
    old = await any_queue.claim(["actuation"], "old", timedelta(seconds=-1))
    assert old is not None
    assert await any_queue.claim(["actuation"], "new", timedelta(seconds=30)) is not None

    async def intend() -> None:
        async with any_store.write() as tx:
            await tx.jobs.hold_fast(old)
            tx.ledger.append(entry("intent"))

    with pytest.raises(LeaseLost):
        await intend()
    async with any_store.read() as tx:
        assert await tx.ledger.rows() == []


async def test_controls_named_in_any_order_are_made_and_locked_in_one(stores: list[SqlStore]) -> None:
    async def lock(store: SqlStore, ids: list[str]) -> None:
        async with store.write() as tx:
            await tx.controls.lock(LIVE, ids)

    for number in range(8):
        ids = [f"{name}.{number}" for name in "abcdefgh"]
        await asyncio.gather(*(lock(store, ids[:: (-1) ** n]) for n, store in enumerate(stores)))
        await asyncio.gather(*(lock(store, ids[:: (-1) ** n]) for n, store in enumerate(stores)))
    async with stores[0].read() as tx:
        assert len(await tx.controls.all(LIVE)) == 64
