"""Turns to write: those a person waits for go first, the others are never starved, and no turn is lost."""

from __future__ import annotations

import asyncio

import pytest

from bot.store.turns import Turns


async def _line_up(turns: Turns, *who: str) -> list[str]:
    """Everyone waits while the first turn is held; returns the order in which they had theirs."""
    order: list[str] = []
    await turns.take()

    async def wait(name: str) -> None:
        await turns.take(urgent=name.startswith("urgent"))
        order.append(name)
        turns.give_back()

    waiting = [asyncio.create_task(wait(name)) for name in who]
    await asyncio.sleep(0)
    turns.give_back()
    await asyncio.gather(*waiting)
    return order


async def test_whoever_a_person_waits_for_goes_first_and_each_queue_is_fair() -> None:
    order = await _line_up(Turns(), "job 1", "job 2", "urgent 1", "urgent 2")
    assert order == ["urgent 1", "urgent 2", "job 1", "job 2"]


async def test_a_flood_of_requests_lets_a_job_through_every_ninth_turn() -> None:
    order = await _line_up(Turns(), "job 1", "job 2", *(f"urgent {n}" for n in range(20)))
    assert [order.index("job 1"), order.index("job 2")] == [8, 17]


@pytest.mark.parametrize("when", ["before", "with"])
async def test_a_cancelled_waiter_loses_no_turn_for_the_others(when: str) -> None:
    turns = Turns()
    await turns.take()
    gone = asyncio.create_task(turns.take(urgent=True))
    stays = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    if when == "before":
        gone.cancel()
        await asyncio.sleep(0)
        turns.give_back()
    else:
        turns.give_back()
        gone.cancel()
    await asyncio.wait_for(stays, 1)
    assert gone.cancelled() or gone.done()
    turns.give_back()
    await asyncio.wait_for(turns.take(), 1)
