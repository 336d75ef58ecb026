"""Looks that are shared show nobody what was read before they asked."""

from __future__ import annotations

import asyncio

import pytest

from bot.usecases.flights import Flights


async def test_a_hundred_who_ask_at_once_cost_two_looks_and_none_is_older_than_its_question() -> None:
    flights, now, looks = Flights(), 0, 0

    async def look() -> int:
        nonlocal looks
        looks += 1
        seen = now
        for _ in range(5):
            await asyncio.sleep(0)
        return seen

    async def ask() -> tuple[int, int]:
        asked = now
        return asked, await flights.join("INC-1", look)

    first = asyncio.create_task(ask())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    now = 1
    rest = [asyncio.create_task(ask()) for _ in range(99)]
    answers = await asyncio.gather(first, *rest)
    assert all(seen >= asked for asked, seen in answers)
    assert looks == 2


async def test_a_look_that_fails_fails_for_those_who_shared_it_and_the_next_is_a_new_one() -> None:
    flights = Flights()

    async def fails() -> int:
        raise LookupError("away")

    async def works() -> int:
        return 7

    for answer in await asyncio.gather(*(flights.join("k", fails) for _ in range(3)), return_exceptions=True):
        assert isinstance(answer, LookupError)
    assert await flights.join("k", works) == 7


async def test_one_who_leaves_does_not_take_the_others_with_them() -> None:
    flights = Flights()
    gate = asyncio.Event()

    async def look() -> int:
        await gate.wait()
        return 7

    leaves = asyncio.create_task(flights.join("k", look))
    stays = asyncio.create_task(flights.join("k", look))
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    gate.set()
    assert await stays == 7
