"""The ledger: chained at commit, one chain however many write, and rolled back with all else."""

# ruff: noqa: PT012 - a transaction fails at the end of its block or within it

from __future__ import annotations

import asyncio
from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import Stale
from bot.domain.ledger import find_flaw
from bot.store import SqlStore, open_database
from tests.support.clock import START
from tests.support.made import entry


async def test_entries_of_a_transaction_are_chained_when_it_commits(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        tx.ledger.append(entry("e_1"))
        tx.ledger.append(entry("e_2", data={"amount": "25000.00", "nested": {"b": [1, 1.5, None, "é"]}}))
        assert await tx.ledger.has("e_2")
        assert (await tx.ledger.head()).seq == 0
    async with any_store.read() as tx:
        rows = await tx.ledger.rows()
        assert [r.id for r in rows] == ["e_1", "e_2"]
        assert rows[1].data == {"amount": "25000.00", "nested": {"b": [1, 1.5, None, "é"]}}
        assert find_flaw(rows) is None
        head = await tx.ledger.head()
        assert (head.seq, head.hash) == (2, rows[1].hash)
        assert await tx.ledger.has("e_1")
        assert not await tx.ledger.has("e_3")


async def test_a_moment_from_another_zone_hashes_the_same_when_read_back(any_store: SqlStore) -> None:
    in_tokyo = START.astimezone(timezone(timedelta(hours=9))).replace(microsecond=7)
    async with any_store.write() as tx:
        tx.ledger.append(entry("e_1", at=in_tokyo))
    async with any_store.read() as tx:
        rows = await tx.ledger.rows()
        assert rows[0].at == in_tokyo
        assert find_flaw(rows) is None


async def test_a_transaction_that_fails_leaves_no_row_and_no_gap(any_store: SqlStore) -> None:
    with pytest.raises(RuntimeError):
        async with any_store.write() as tx:
            tx.ledger.append(entry("e_1"))
            await tx.jobs.want("card:INC-1", "card", "views")
            raise RuntimeError
    async with any_store.write() as tx:
        tx.ledger.append(entry("e_2"))
    async with any_store.read() as tx:
        assert [(r.seq, r.id) for r in await tx.ledger.rows()] == [(1, "e_2")]


async def test_an_entry_committed_twice_is_refused_with_everything_beside_it(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        tx.ledger.append(entry("e_1"))
    with pytest.raises(Stale):
        async with any_store.write() as tx:
            await tx.keepsakes.set_fact("epoch", "2")
            tx.ledger.append(entry("e_1"))
    async with any_store.read() as tx:
        assert await tx.keepsakes.fact("epoch") is None
        assert len(await tx.ledger.rows()) == 1


async def test_an_incidents_rows_are_its_own_and_its_tail_is_newest_first(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        for number in range(1, 7):
            tx.ledger.append(entry(f"e_{number}", incident_id=f"INC-{number % 2}"))
    async with any_store.read() as tx:
        assert [r.seq for r in await tx.ledger.rows(incident_id="INC-1", after=1)] == [3, 5]
        assert [r.seq for r in await tx.ledger.rows(after=2, limit=2)] == [3, 4]
        assert [r.seq for r in await tx.ledger.tail("INC-0", 2)] == [6, 4]


async def test_more_entries_than_a_statement_takes_are_one_chain(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        for number in range(1100):
            tx.ledger.append(entry(f"e_{number}"))
    async with any_store.read() as tx:
        rows = await tx.ledger.rows(limit=2000)
        assert len(rows) == 1100
        assert find_flaw(rows) is None


async def test_nothing_is_appended_or_wanted_where_it_would_be_lost(any_store: SqlStore) -> None:
    async with any_store.read() as tx:
        with pytest.raises(RuntimeError, match="only reads"):
            tx.ledger.append(entry("e_1"))
        with pytest.raises(RuntimeError, match="only reads"):
            await tx.jobs.want("card:INC-1", "card", "views")


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    writers=st.lists(
        st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=4), min_size=2, max_size=4
    )
)
def test_any_interleaving_of_writers_gives_one_chain(
    any_url: str, writers: list[list[tuple[int, bool]]]
) -> None:
    """Each writer has its own connections, as another process has; some of their transactions fail."""
    asyncio.run(_interleave(any_url, writers))


async def _interleave(url: str, writers: list[list[tuple[int, bool]]]) -> None:
    databases = [open_database(url, patience=timedelta(seconds=20)) for _ in writers]
    stores = [SqlStore(database) for database in databases]
    async with stores[0].read() as tx:
        before = (await tx.ledger.head()).seq

    async def write(number: int, transactions: list[tuple[int, bool]]) -> int:
        kept = 0
        for at, (count, fails) in enumerate(transactions):
            try:
                async with stores[number].write() as tx:
                    for n in range(count):
                        tx.ledger.append(entry(f"e_{before}_{number}_{at}_{n}"))
                    await asyncio.sleep(0)
                    if fails:
                        raise KeyError  # noqa: TRY301 - the transaction's own failure
                kept += count
            except KeyError:
                continue
        return kept

    kept = await asyncio.gather(*(write(n, transactions) for n, transactions in enumerate(writers)))
    async with stores[0].read() as tx:
        rows = await tx.ledger.rows(limit=10_000)
    for database in databases:
        await database.close()
    assert find_flaw(rows) is None
    assert len(rows) == before + sum(kept)
