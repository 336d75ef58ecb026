"""A control without an API: one person sets it, another looks, and it counts for so long and no longer."""

from __future__ import annotations

import ssl
from datetime import timedelta
from functools import partial

import pytest

from bot.controls.calling import Reach
from bot.controls.outbound import Outbound
from bot.controls.registry import registries
from bot.domain.adapter import ByHandAdapter
from bot.domain.approval import ProposalStatus
from bot.domain.base import Environment, Outcome
from bot.domain.by_hand import Task
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Stale
from bot.usecases import approvals, by_hand, controls
from bot.usecases.control_views import ControlView
from bot.worker.actuate import Actuator
from tests.support.world import OVER, WHY, World

LIVE = Environment.LIVE
SIGNING = "settlement.trusted"
LASTS = timedelta(hours=8)


@pytest.fixture
async def desk(world: World) -> World:
    """Settlement is set in a console that has no API; everything else as ever."""
    spec = ByHandAdapter(kind="by_hand", how="Console, then Settlement, then choose", stale_after=LASTS)
    every = [
        c.model_copy(update={"adapter": spec}) if c.id == SIGNING else c
        for c in world.ctx.content.now.controls
    ]
    world.reload(controls=tuple(every))
    reach = Reach(
        dict,
        {"": ""}.get,
        Outbound(),
        ssl.create_default_context(),
        LIVE,
        partial(by_hand.attested, world.ctx),
        world.clock.now,
    )
    made = registries(LIVE, reach)
    world.handlers["actuate"] = Actuator(world.ctx, made, timedelta(minutes=1))
    await world.declared()
    return world


async def decided(world: World, level: str = "stopped") -> None:
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", SIGNING, level, WHY)
    await world.drain()


async def task(world: World) -> Task:
    async with world.ctx.store.read() as tx:
        found = await by_hand.task_of(tx, LIVE, SIGNING, "all")
    assert found
    return found


async def does(world: World, name: str, generation: int | None = None) -> None:
    wanted = (await task(world)).generation if generation is None else generation
    await by_hand.set_by_hand(world.ctx, world.actor(name), LIVE, SIGNING, "all", wanted)
    await world.drain()


async def looks(world: World, name: str) -> None:
    wanted = (await task(world)).generation
    await by_hand.attest(world.ctx, world.actor(name), LIVE, SIGNING, "all", wanted)
    await world.drain()


async def shown(world: World) -> ControlView:
    return next(c for c in (await world.view()).controls if c.control.id == SIGNING)


async def test_people_are_asked_and_it_is_unknown_until_two_have_done_it(desk: World) -> None:
    await decided(desk)
    assert await desk.outcomes(SIGNING) == [Outcome.PENDING]
    view = await shown(desk)
    assert (view.confirmed, view.observed) == (False, None)
    assert any(f"set {SIGNING} by hand to stopped" in page for page in desk.pages("frank"))
    assert [j.key for j in desk.wanted if j.kind == "by_hand"] == [f"by_hand:live:{SIGNING}:all:1"]

    await does(desk, "frank")
    assert not (await shown(desk)).confirmed
    await looks(desk, "alice")
    view = await shown(desk)
    assert await desk.outcomes(SIGNING) == [Outcome.CONFIRMED]
    assert (view.confirmed, view.attested_by) == (True, ("Frank Moreau", "Alice Ng"))
    assert [r.actor for r in await desk.rows("control.set_by_hand")] == ["frank"]
    assert [r.actor for r in await desk.rows("control.attested")] == ["alice"]


async def test_nobody_attests_what_they_set_themselves(desk: World) -> None:
    await decided(desk)
    await does(desk, "frank")
    with pytest.raises(NotEntitled, match="You set it; another person must look"):
        await looks(desk, "frank")
    assert await desk.outcomes(SIGNING) == [Outcome.PENDING]


async def test_nobody_attests_before_it_is_set_and_who_is_not_entitled_does_neither(desk: World) -> None:
    await decided(desk)
    with pytest.raises(BadInput, match="Nobody has said yet"):
        await looks(desk, "alice")
    with pytest.raises(NotEntitled):
        await does(desk, "carol")
    await does(desk, "frank")
    with pytest.raises(NotEntitled):
        await looks(desk, "carol")


async def test_each_word_is_taken_once_and_whoever_is_late_is_told_who_was_first(desk: World) -> None:
    await decided(desk)
    await does(desk, "frank")
    with pytest.raises(AlreadyDone, match="Frank Moreau set it at"):
        await does(desk, "bob")
    await looks(desk, "alice")
    with pytest.raises(AlreadyDone, match="Alice Ng attested it at"):
        await looks(desk, "bob")


async def test_a_card_from_an_earlier_decision_does_nothing(desk: World) -> None:
    await decided(desk, "allow_list")
    await decided(desk, "stopped")
    assert (await task(desk)).level == "stopped"
    with pytest.raises(Stale):
        await does(desk, "frank", generation=1)


async def test_its_age_is_that_of_the_look_and_after_its_limit_it_counts_no_longer(desk: World) -> None:
    await decided(desk)
    await does(desk, "frank")
    await looks(desk, "alice")
    looked = desk.clock.now()
    await desk.pass_time(hours=7)
    view = await shown(desk)
    assert (view.confirmed, view.observed_at) == (True, looked)

    desk.clock.advance(timedelta(hours=1))  # no worker has looked since
    assert not (await shown(desk)).confirmed
    await desk.pass_time(minutes=1)
    state = await desk.state(SIGNING)
    assert (state.outcome, state.observed) == (Outcome.UNKNOWN, None)
    assert any(f"look whether {SIGNING} is still stopped" in page for page in desk.pages("alice"))

    asked = await task(desk)
    assert (asked.again, asked.generation, asked.set_by) == (True, 1, "frank")
    with pytest.raises(NotEntitled):
        await looks(desk, "frank")
    await looks(desk, "bob")
    assert (await shown(desk)).confirmed


async def test_a_release_is_asked_for_only_once_it_is_approved(desk: World) -> None:
    await decided(desk, "allow_list")
    await does(desk, "frank")
    await looks(desk, "alice")
    made = await approvals.propose_release(desk.ctx, desk.actor("bob"), "INC-1", SIGNING, OVER)
    await desk.drain()
    assert (await task(desk)).level == "allow_list"
    await approvals.approve(desk.ctx, desk.actor("alice"), made.id, made.hash)
    await desk.drain()
    asked = await task(desk)
    assert (asked.level, asked.value) == (None, desk.control(SIGNING).levels[0].value)
    assert (await desk.outcomes(SIGNING))[-1] is Outcome.PENDING
    await does(desk, "frank")
    await looks(desk, "bob")
    assert (await desk.outcomes(SIGNING))[-1] is Outcome.CONFIRMED
    assert (await desk.state(SIGNING)).observed_level == "normal"


async def test_another_control_goes_on_as_ever_in_a_drill_nobody_is_asked(desk: World) -> None:
    made = registries(LIVE, Reach(dict, {"": ""}.get, Outbound(), ssl.create_default_context()))
    adapter = made[Environment.DRILL].of(desk.control(SIGNING))
    seen = await adapter.read(desk.control(SIGNING), "all")
    assert desk.control(SIGNING).level_of(seen.value) == desk.control(SIGNING).levels[0]


async def test_nobody_is_asked_to_loosen_what_no_release_in_force_covers(desk: World) -> None:
    await decided(desk)
    await does(desk, "frank")
    await looks(desk, "alice")
    made = await approvals.propose_release(desk.ctx, desk.actor("bob"), "INC-1", SIGNING, OVER)
    await approvals.approve(desk.ctx, desk.actor("erin"), made.id, made.hash)
    await desk.drain(only="time")
    async with desk.ctx.store.write() as tx:
        (proposal,) = await tx.proposals.of("INC-1")
        await tx.proposals.save(proposal.model_copy(update={"status": ProposalStatus.OPEN}))
        (hold,) = [h for h in await tx.holds.of("INC-1") if h.control_id == SIGNING]
        lower = {"level": "allow_list", "released_at": None}
        await tx.holds.save(hold.model_copy(update=lower))
    await desk.pass_time(hours=9)
    assert (await task(desk)).level == "stopped"
    assert (await desk.state(SIGNING)).outcome is Outcome.UNKNOWN
