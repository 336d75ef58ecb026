"""Two incidents on one control at the same instant: one releases while the other tightens."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from bot.domain.approval import Proposal
from bot.domain.base import Outcome
from bot.domain.errors import Stale
from bot.usecases import approvals, controls
from tests.support.world import OVER, USDT, WHY, World

MINE, OTHER = "small_only", ("eased", "tightened", "trickle", "small_only")


async def release_against_tighten(world: World, times: int) -> list[str]:
    """A's hold is approved for release and loosened while B's is placed, so many times; what did not hold."""
    wrong: list[str] = []
    for incident in ("INC-1", "INC-2"):
        await world.declared()
        assert (await world.incident(incident)).id == incident
    dice = random.Random(7)  # noqa: S311 - which level comes next is no secret
    for turn in range(times):
        level = dice.choice(OTHER)
        await _set(world, "INC-1", MINE)
        await world.drain(only="actuation")
        made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)
        both = asyncio.gather(_released(world, made), _set(world, "INC-2", level))
        await asyncio.gather(both, _work(world, both))
        await world.drain()
        if (seen := world.service.level(world.control(USDT))) != level:
            wrong.append(f"turn {turn}: INC-2 holds {level}, and it is at {seen}")
        back = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-2", USDT, OVER)
        await _approve(world, back.id, back.hash)
        await world.drain()
        if (seen := world.service.level(world.control(USDT))) != "normal":
            wrong.append(f"turn {turn}: nothing is held, and it is at {seen}")
    return wrong + await _decisions(world)


async def _decisions(world: World) -> list[str]:
    every = await world.outcomes(USDT, "INC-1") + await world.outcomes(USDT, "INC-2")
    marks = [(e.epoch, e.generation) for e in world.service.effects]
    twice = [] if marks == sorted(set(marks)) else ["a generation took effect twice or late"]
    return ["a decision has no outcome", *twice] if Outcome.PENDING in every else twice


async def _set(world: World, incident: str, level: str) -> None:
    await controls.set_control(world.ctx, world.actor("bob"), incident, USDT, level, WHY)


async def _released(world: World, made: Proposal) -> None:
    """Where the other hold came first the approval no longer fits, and is asked for anew."""
    try:
        await _approve(world, made.id, made.hash)
    except Stale:
        made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)
        await _approve(world, made.id, made.hash)


async def _approve(world: World, proposal: str, shown: str) -> None:
    await approvals.approve(world.ctx, world.actor("alice"), proposal, shown)


async def _work(world: World, meanwhile: asyncio.Future[Any]) -> None:
    """A worker that is at it meanwhile."""
    while not meanwhile.done():
        await world.drain()
        await asyncio.sleep(0)
