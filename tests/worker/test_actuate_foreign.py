"""Somebody else changes the setting between our read and our set, or the service forgets it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.adapter import NullAdapter, Verify
from bot.domain.base import Outcome
from bot.domain.errors import AlreadyDone
from bot.usecases import controls
from bot.worker.actuate import FORGETFUL_WATCH
from tests.support.service import Fault
from tests.support.world import USDT, WHY, World

LEFT = "it is left so until someone decides anew: /control set"


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def tightened(world: World, level: str = "small_only") -> None:
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, level, WHY)
    await world.drain()


def outrun_by(world: World, level: str) -> None:
    """Somebody else sets a level while our next set is on its way, and the service notices."""

    async def change() -> None:
        world.service.elsewhere(world.control(USDT), level)

    world.service.meanwhile[USDT] = change
    world.service.fail(USDT, Fault.CHANGED)


async def test_a_change_that_leaves_the_setting_as_it_was_is_no_obstacle(declared: World) -> None:
    declared.service.fail(USDT, Fault.CHANGED, Fault.CHANGED)
    await tightened(declared)
    assert await declared.outcomes() == [Outcome.CONFIRMED]
    assert len({o.key for o in declared.service.orders}) == 1
    assert not any("mismatch" in p for p in declared.pages())


async def test_a_document_that_never_rests_is_a_mismatch_and_tried_again(declared: World) -> None:
    declared.service.fail(USDT, *[Fault.CHANGED] * 4)
    await tightened(declared)
    assert (await declared.state()).outcome is Outcome.MISMATCH
    await declared.retry()
    assert await declared.outcomes() == [Outcome.CONFIRMED]


async def test_a_foreign_change_is_shown_and_paged_and_not_overwritten(declared: World) -> None:
    outrun_by(declared, "eased")
    await tightened(declared)
    await declared.retry(times=3)
    state = await declared.state()
    assert (state.outcome, state.observed_level) == (Outcome.MISMATCH, "eased")
    assert f"somebody else set it to eased meanwhile; {LEFT} {USDT} small_only" in state.detail
    assert await declared.outcomes() == [Outcome.PENDING]
    assert declared.service.effects == []
    assert len([p for p in declared.pages("alice") if LEFT in p]) == 1
    assert (await declared.view()).worst is not None


async def test_a_new_decision_at_the_same_level_overwrites_it(declared: World) -> None:
    outrun_by(declared, "eased")
    await tightened(declared)
    await tightened(declared)
    assert await declared.outcomes() == [Outcome.SUPERSEDED, Outcome.CONFIRMED]
    state = await declared.state()
    assert (state.foreign, state.observed_level, state.detail) == (None, "small_only", "")
    with pytest.raises(AlreadyDone):
        await tightened(declared)


async def test_what_they_put_back_themselves_is_set_as_decided(declared: World) -> None:
    outrun_by(declared, "eased")
    await tightened(declared)
    declared.service.elsewhere(declared.control(USDT), "normal")
    await declared.retry()
    assert await declared.outcomes() == [Outcome.CONFIRMED]


async def test_what_they_set_as_we_wanted_it_needs_nobody(declared: World) -> None:
    outrun_by(declared, "small_only")
    await tightened(declared)
    await declared.retry()
    assert (await declared.outcomes())[0].final
    assert (await declared.state()).observed_level == "small_only"
    assert (await declared.state()).foreign is None


async def test_a_tighter_foreign_change_is_left_alone(declared: World) -> None:
    outrun_by(declared, "suspended")
    await tightened(declared)
    await declared.retry()
    assert await declared.outcomes() == [Outcome.ALREADY_SET]
    assert (await declared.state()).observed_level == "suspended"


async def test_our_own_late_request_is_not_taken_for_somebody_elses(declared: World) -> None:
    declared.service.fail(USDT, Fault.LOSE_BEFORE)
    await tightened(declared, "tightened")
    outrun_by(declared, "tightened")  # it arrives after all
    await tightened(declared, "small_only")
    await declared.retry()
    assert await declared.outcomes() == [Outcome.SUPERSEDED, Outcome.CONFIRMED]


async def test_a_change_that_cannot_be_read_is_not_overwritten_blindly(declared: World) -> None:
    async def change() -> None:
        declared.service.elsewhere(declared.control(USDT), "eased")
        declared.service.deaf.add(USDT)

    declared.service.meanwhile[USDT] = change
    declared.service.fail(USDT, Fault.CHANGED)
    await tightened(declared)
    declared.service.deaf.clear()
    await declared.retry()
    assert declared.service.effects == []
    assert LEFT in (await declared.state()).detail


async def test_the_reason_sent_names_the_ledger_row_and_its_hash(declared: World) -> None:
    await tightened(declared)
    [decision] = await declared.rows("control.decided")
    [order] = declared.service.orders
    assert f"{decision.id} (ledger row {decision.seq}, sha256 {decision.hash})" in order.reason


def forgetful(world: World) -> None:
    spec = NullAdapter(kind="null", durable=False, verify=Verify(within=timedelta(), every=timedelta()))
    every = [c.model_copy(update={"adapter": spec}) for c in world.ctx.content.now.controls]
    world.reload(controls=tuple(every))


async def test_what_a_service_forgot_is_set_again_as_often_as_it_forgets(declared: World) -> None:
    forgetful(declared)
    await tightened(declared)
    for _ in range(5):
        declared.service.elsewhere(declared.control(USDT), "normal")
        await declared.pass_time(seconds=FORGETFUL_WATCH.total_seconds())
        assert (await declared.state()).observed_level == "small_only"
    again = [r for r in await declared.rows("actuation.intended") if "forgot" in r.data["course"]]
    assert len(again) == 5
    assert (await declared.state()).drifts == ()


async def test_what_somebody_else_loosened_halfway_is_still_a_drift(declared: World) -> None:
    forgetful(declared)
    await tightened(declared)
    declared.service.elsewhere(declared.control(USDT), "eased")
    await declared.pass_time(seconds=FORGETFUL_WATCH.total_seconds())
    assert len((await declared.state()).drifts) == 1
