"""Samples: each moment once, the newest of each signal, and windows with what stood before them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from bot.store import SqlStore
from tests.support.clock import START
from tests.support.made import sample


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def test_the_same_signal_at_the_same_moment_is_kept_once(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        assert await tx.samples.add([sample("hot", "1.10", _at(0)), sample("hot", "2", _at(0))]) == 1
        assert await tx.samples.add([sample("hot", "3", _at(0)), sample("hot", "4", _at(1))]) == 1
        assert await tx.samples.add([]) == 0
    async with any_store.read() as tx:
        window = await tx.samples.since(["hot"], _at(0))
        assert [str(s.value) for s in window["hot"]] == ["1.10", "4"]


async def test_more_samples_than_a_statement_takes_are_all_kept(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        assert await tx.samples.add(sample("queue", str(n), _at(n)) for n in range(1201)) == 1201
    async with any_store.read() as tx:
        assert (await tx.samples.last())["queue"].value == Decimal(1200)


async def test_the_newest_sample_of_each_signal_is_found(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        assert await tx.samples.last() == {}
        newest = [sample("hot", "5", _at(9)), sample("cold", "6", _at(3)), sample("queue", "7", _at(1))]
        await tx.samples.add([sample("hot", "9", _at(1)), sample("cold", "1", _at(2)), *newest])
    async with any_store.read() as tx:
        assert await tx.samples.last() == {s.signal: s for s in newest}


async def test_a_window_begins_with_the_last_sample_before_it(any_store: SqlStore) -> None:
    samples = [sample("hot", str(n), _at(n * 10)) for n in range(5)]
    async with any_store.write() as tx:
        await tx.samples.add(samples)
    async with any_store.read() as tx:
        found = await tx.samples.since(["hot", "cold"], _at(25))
        assert found == {"hot": tuple(samples[2:]), "cold": ()}
        on_the_dot = await tx.samples.since(["hot"], _at(30))
        assert on_the_dot["hot"] == tuple(samples[2:])


async def test_old_samples_are_forgotten(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        await tx.samples.add([sample("hot", "1", _at(0)), sample("hot", "2", _at(10))])
        await tx.samples.prune(_at(10))
    async with any_store.read() as tx:
        assert [s.value for s in (await tx.samples.since(["hot"], _at(0)))["hot"]] == [Decimal(2)]


async def test_a_moment_without_a_zone_is_refused(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        with pytest.raises(Exception, match="has no zone"):
            await tx.samples.prune(START.replace(tzinfo=None))
