"""Service modes: set by one person, never lowering a hold; left by proposal alone."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.approval import PlanStatus
from bot.domain.base import Outcome, Phase
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Stale
from bot.domain.ledger import Entry
from bot.domain.mode import ModeId
from bot.usecases import controls, modes
from tests.support.world import USDT, WHY, World

PROTECTED, STRESSED = ModeId.PROTECTED, ModeId.STRESSED


async def set_mode(
    world: World, mode: ModeId = PROTECTED, by: str = "alice", incident: str | None = None
) -> None:
    await modes.set_mode(world.ctx, world.actor(by), mode, WHY, incident)


async def test_protected_mode_declares_an_incident_when_none_is_open(world: World) -> None:
    incident = await world.protected()
    assert (incident.id, incident.phase, incident.mode) == ("INC-1", Phase.PROTECTED, PROTECTED)
    assert incident.summary == WHY
    held, every = (await world.view()).progress
    assert held == every == len(await world.holds()) > 0


async def test_protected_mode_takes_the_only_open_incident(world: World) -> None:
    await world.declared()
    await set_mode(world)
    async with world.ctx.store.read() as tx:
        assert [i.id for i in await tx.incidents.open()] == ["INC-1"]


async def test_with_several_open_it_must_be_said_which(world: World) -> None:
    await world.declared()
    await world.declared()
    with pytest.raises(BadInput, match=r"INC-2, INC-1"):
        await set_mode(world)


async def test_two_who_protect_at_the_same_moment_declare_once(any_world: World) -> None:
    both = [set_mode(any_world, by=who) for who in ("alice", "frank")]
    came = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(c, AlreadyDone | Stale) for c in came) == 1
    async with any_world.ctx.store.read() as tx:
        assert len(await tx.incidents.open()) == 1


@pytest.mark.parametrize("who", ["alice", "bob", "frank"])
async def test_anyone_who_may_tighten_a_part_of_a_mode_may_set_it(world: World, who: str) -> None:
    await set_mode(world, by=who)
    (row,) = await world.rows("mode.decided")
    assert (row.actor, row.data["justification"]) == (who, WHY)


@pytest.mark.parametrize("who", ["carol", "dana", "erin"])
async def test_others_are_told_who_may_and_no_incident_is_made(world: World, who: str) -> None:
    with pytest.raises(NotEntitled, match="Alice Ng, Frank Moreau, Bob Okafor"):
        await set_mode(world, by=who)
    assert await world.rows() == []


async def test_the_policy_may_narrow_who_sets_a_mode(world: World) -> None:
    authority = world.ctx.content.now.authority
    acts = {**authority.acts, modes.ACT: authority.rules["market"].loosen}
    world.reload(authority=authority.model_copy(update={"acts": acts}))
    with pytest.raises(NotEntitled):
        await set_mode(world, by="bob")


async def test_a_mode_never_lowers_a_stricter_hold(world: World) -> None:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "suspended", WHY)
    await set_mode(world)
    await world.drain()
    assert (await world.holds())[USDT].level == "suspended"
    assert world.service.level(world.control(USDT)) == "suspended"


async def test_the_second_to_set_it_is_told_who_was_first_however_long_the_record_is(world: World) -> None:
    await world.protected()
    async with world.ctx.store.write() as tx:
        for _ in range(600):
            tx.ledger.append(entry(world))
    with pytest.raises(AlreadyDone, match=r"Alice Ng set protected mode at 03:00:00 UTC"):
        await set_mode(world, by="frank", incident="INC-1")
    assert len(await world.rows("mode.decided")) == 1


def entry(world: World) -> Entry:
    return Entry(
        id=world.ctx.ids.new("rec"),
        at=world.clock.now(),
        environment=world.ctx.environment,
        kind="note",
        actor="carol",
        incident_id="INC-1",
    )


async def test_going_down_is_a_proposal_not_a_setting(world: World) -> None:
    await world.protected()
    with pytest.raises(BadInput, match="/protected-mode off"):
        await set_mode(world, STRESSED, incident="INC-1")


async def test_stressed_mode_moves_classify_to_stabilize_and_protected_goes_further(world: World) -> None:
    await world.declared()
    await set_mode(world, STRESSED)
    assert (await world.incident()).phase is Phase.STABILIZE
    await set_mode(world)
    incident = await world.incident()
    assert (incident.phase, incident.mode) == (Phase.PROTECTED, PROTECTED)


async def test_the_steps_that_asked_for_it_are_finished_by_it(world: World) -> None:
    await world.declared()
    await set_mode(world, STRESSED)
    assert (await world.step("INC-1", "freeze-changes")).status == "done"
    assert (await world.step("INC-1", "set-stressed")).status == "done"


async def test_a_preview_is_for_the_entitled_alone_and_says_when_the_impact_is_unknown(world: World) -> None:
    with pytest.raises(NotEntitled):
        await modes.preview_mode(world.ctx, world.actor("carol"), PROTECTED, None)
    shown = await modes.preview_mode(world.ctx, world.actor("bob"), PROTECTED, None)
    assert shown.impact == "impact unknown"
    await world.feed({"queue_count": "41", "queue_value": "1900000"})
    shown = await modes.preview_mode(world.ctx, world.actor("bob"), PROTECTED, None)
    assert "41" in shown.impact
    assert {c.control.id: c.to.id for c in shown.changes}[USDT] == "small_only"


async def test_a_relapse_ends_the_reopening_and_holds_again_what_it_had_loosened(world: World) -> None:
    plan = await world.reopening()
    assert world.service.level(world.control(USDT)) == "trickle"
    await set_mode(world, incident="INC-1", by="frank")
    await world.drain()
    assert (await world.plan(plan.id)).status is PlanStatus.ENDED
    assert (await world.incident()).phase is Phase.PROTECTED
    assert world.service.level(world.control(USDT)) == "small_only"
    await world.pass_time(hours=2, calm=True)
    assert world.service.level(world.control(USDT)) == "small_only"


async def test_a_relapse_in_the_middle_of_a_step_leaves_no_decision_without_an_outcome(world: World) -> None:
    plan = await world.reopening()
    for _ in range(2):
        due = (await world.plan(plan.id)).due_at
        assert due is not None
        world.clock.advance(due - world.clock.now())
        await world.feed({"coverage": "2", "books_drift": "0"})
        await world.calm()
        await world.make_due(f"ladder:{plan.id}")
        await world.drain(only="time")  # the stage has begun; nothing is set yet
        if (await world.plan(plan.id)).stage < 2:
            await world.drain()
    assert (await world.holds()).get("settlement.trusted") is None
    await set_mode(world, incident="INC-1")
    await world.drain()
    async with world.ctx.store.read() as tx:
        every = await tx.holds.actuations("INC-1")
    assert Outcome.PENDING not in {a.outcome for a in every}
    assert world.levels()["settlement.trusted"] == "allow_list"
    assert (await world.holds())["settlement.trusted"].level == "allow_list"


async def test_platform_mode_is_the_strictest_of_all_open_incidents(world: World) -> None:
    await world.declared()
    await world.declared()
    await set_mode(world, STRESSED, incident="INC-1")
    await set_mode(world, PROTECTED, incident="INC-2")
    async with world.ctx.store.read() as tx:
        assert await modes.platform_mode(tx) is PROTECTED
