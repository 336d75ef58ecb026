"""Incidents overlap: releasing one hold leaves the others in force, whatever the order."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.approval import PlanStatus
from bot.domain.base import Outcome, Role
from bot.usecases import approvals, controls
from tests.support.databases import sqlite_file
from tests.support.overlap import release_against_tighten
from tests.support.world import OVER, USDT, WHY, World, opened

LEVELS = ("eased", "tightened", "trickle", "small_only", "suspended")


async def hold(world: World, incident: str, level: str) -> None:
    await controls.set_control(world.ctx, world.actor("bob"), incident, USDT, level, WHY)


async def release(world: World, incident: str) -> None:
    made = await approvals.propose_release(world.ctx, world.actor("bob"), incident, USDT, OVER)
    wanted = {role for pair in made.shown.pairs for role in pair}
    other = "erin" if Role.EXECUTIVE in wanted else "alice"
    await approvals.approve(world.ctx, world.actor(other), made.id, made.hash)


async def test_releasing_the_stricter_hold_goes_back_to_the_other_and_no_further(world: World) -> None:
    for incident, level in (("INC-1", "tightened"), ("INC-2", "small_only")):
        await world.declared()
        await hold(world, incident, level)
    await world.drain()
    await release(world, "INC-2")
    await world.drain()
    assert world.service.level(world.control(USDT)) == "tightened"
    await release(world, "INC-1")
    await world.drain()
    assert world.service.level(world.control(USDT)) == "normal"


async def test_reopening_never_runs_beneath_another_incidents_hold_and_nothing_false_is_told(
    world: World,
) -> None:
    plan = await world.reopening()
    await world.declared()
    await hold(world, "INC-2", "small_only")
    await world.drain()
    await world.pass_time(minutes=31, calm=True)
    plan = await world.plan(plan.id)
    assert plan.stage == 1
    assert world.service.level(world.control(USDT)) == "small_only"
    draft = [p for p in await world.publications() if p.state == "draft"][-1]
    assert "25,000" not in draft.body
    while plan.status is PlanStatus.RUNNING and plan.due_at:
        await world.pass_time(seconds=(plan.due_at - world.clock.now()).total_seconds() + 1, calm=True)
        plan = await world.plan(plan.id)
        assert world.service.level(world.control(USDT)) == "small_only"
    assert plan.status is PlanStatus.DONE
    await release(world, "INC-2")
    await world.drain()
    assert world.service.level(world.control(USDT)) == "normal"


async def test_released_by_one_and_tightened_by_another_at_the_same_instant_it_ends_at_the_others_level(
    any_world: World,
) -> None:
    """A few times here; `make bench` does it 200 times on PostgreSQL."""
    assert await release_against_tighten(any_world, 6) == []


STEPS = st.lists(st.sampled_from(["hold 1", "hold 2", "release 1", "release 2", "work"]), max_size=8)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(levels=st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), steps=STEPS)
def test_whatever_the_order_observed_ends_at_the_most_restrictive_hold(
    sqlite_template: Path, levels: tuple[str, str], steps: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_file(sqlite_template, Path(folder))
        asyncio.run(_play(url, dict(zip(("INC-1", "INC-2"), levels, strict=True)), steps))


async def _play(url: str, levels: dict[str, str], steps: list[str]) -> None:
    async for world in opened(url):
        await world.declared()
        await world.declared()
        held: dict[str, str] = {}
        for step in steps:
            verb, _, number = step.partition(" ")
            incident = f"INC-{number}"
            if verb == "hold" and incident not in held:
                await hold(world, incident, levels[incident])
                held[incident] = levels[incident]
            elif verb == "release" and held.pop(incident, ""):
                await release(world, incident)
            elif verb == "work":
                await world.drain()
        await world.drain()
        wanted = max(held.values(), key=world.control(USDT).index, default="normal")
        assert world.service.level(world.control(USDT)) == wanted
        outcomes = await world.outcomes(USDT, "INC-1") + await world.outcomes(USDT, "INC-2")
        assert Outcome.PENDING not in outcomes
        marks = [(e.epoch, e.generation) for e in world.service.effects]
        assert marks == sorted(set(marks))


async def test_holding_again_what_was_approved_for_release_keeps_it_held(world: World) -> None:
    await world.declared()
    await hold(world, "INC-1", "small_only")
    await world.drain()
    await release(world, "INC-1")
    await hold(world, "INC-1", "small_only")
    await world.drain()
    assert world.service.level(world.control(USDT)) == "small_only"
    async with world.ctx.store.read() as tx:
        (plan,) = await tx.proposals.plans("INC-1")
    assert plan.status is PlanStatus.PAUSED
    assert "was tightened after this was approved" in plan.paused_because


@pytest.mark.parametrize("first", ["INC-1", "INC-2"])
async def test_equal_holds_are_released_one_by_one(world: World, first: str) -> None:
    for incident in ("INC-1", "INC-2"):
        await world.declared()
        await hold(world, incident, "small_only")
    await world.drain()
    await release(world, first)
    await world.drain()
    assert world.service.level(world.control(USDT)) == "small_only"
    await release(world, {"INC-1": "INC-2", "INC-2": "INC-1"}[first])
    await world.drain()
    assert world.service.level(world.control(USDT)) == "normal"
