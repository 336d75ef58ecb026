"""Unknown is not OK: what a failing, lying or meddled-with service makes of an actuation."""

from __future__ import annotations

import pytest

from bot.domain.base import Outcome
from bot.usecases import controls
from tests.support.service import Fault
from tests.support.world import USDT, WHY, World


async def tightened(world: World, level: str = "small_only") -> None:
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, level, WHY)
    await world.drain()


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def test_a_lost_answer_without_effect_is_unknown_and_retried_under_the_same_key(
    declared: World,
) -> None:
    declared.service.fail(USDT, Fault.LOSE_BEFORE)
    await tightened(declared)
    assert (await declared.state()).outcome is Outcome.UNKNOWN
    assert await declared.outcomes() == [Outcome.PENDING]
    await declared.retry()
    assert await declared.outcomes() == [Outcome.CONFIRMED]
    assert [o.key for o in declared.service.orders] == [f"live/1/{USDT}/all/1"] * 2
    assert len(declared.service.effects) == 1


async def test_a_lost_answer_after_the_effect_is_confirmed_by_reading_back(declared: World) -> None:
    declared.service.fail(USDT, Fault.LOSE_AFTER)
    await tightened(declared)
    assert await declared.outcomes() == [Outcome.CONFIRMED]
    assert len(declared.service.orders) == 1


async def test_a_lost_answer_that_cannot_be_read_back_is_confirmed_once_it_can_be_without_a_second_set(
    declared: World,
) -> None:
    async def go_deaf() -> None:
        declared.service.deaf.add(USDT)

    declared.service.fail(USDT, Fault.LOSE_AFTER)
    declared.service.meanwhile[USDT] = go_deaf
    await tightened(declared)
    assert (await declared.state()).observed is None
    declared.service.deaf.clear()
    await declared.retry()
    assert await declared.outcomes() == [Outcome.CONFIRMED]
    assert len(declared.service.orders) == 1


async def test_ok_without_an_effect_is_a_mismatch_and_the_next_set_takes_a_new_generation(
    declared: World,
) -> None:
    declared.service.fail(USDT, Fault.OK_WITHOUT_EFFECT)
    await tightened(declared)
    state = await declared.state()
    assert (state.outcome, state.observed_level) == (Outcome.MISMATCH, "normal")
    assert "reads back something else" in state.detail
    await declared.retry()
    assert await declared.outcomes() == [Outcome.CONFIRMED]
    assert [o.generation for o in declared.service.orders] == [1, 2]


async def test_a_refusal_is_final_pages_and_leaves_the_hold(declared: World) -> None:
    declared.service.fail(USDT, Fault.REFUSE)
    await tightened(declared)
    assert await declared.outcomes() == [Outcome.REJECTED]
    assert (await declared.holds())[USDT].level == "small_only"
    assert any("is rejected: the service refused with 403" in p for p in declared.pages("alice"))


async def test_a_refused_tightening_is_tried_again_and_pages_once_an_hour_while_it_is_refused(
    declared: World,
) -> None:
    declared.service.fail(USDT, *[Fault.REFUSE] * 5)
    await tightened(declared)
    for _ in range(4):
        await declared.pass_time(minutes=2)
    assert len(declared.service.orders) == 5
    assert len([p for p in declared.pages("alice") if "rejected" in p]) == 1
    await declared.pass_time(minutes=2)
    assert declared.service.level(declared.control(USDT)) == "small_only"
    assert (await declared.state()).outcome is Outcome.CONFIRMED


async def test_what_cannot_be_read_is_unknown_and_shown_as_unknown(declared: World) -> None:
    await tightened(declared)
    declared.service.deaf.add(USDT)
    await declared.pass_time(minutes=2)
    view = next(c for c in (await declared.view()).controls if c.control.id == USDT)
    assert (view.observed, view.outcome, view.confirmed) == (None, Outcome.UNKNOWN, False)
    assert (await declared.view()).progress == (0, 1)
    assert "the service gave no answer" in view.detail


async def test_a_held_control_that_stays_unreadable_pages_at_the_third_attempt_and_once(
    declared: World,
) -> None:
    await tightened(declared)
    declared.service.deaf.add(USDT)
    await declared.pass_time(minutes=2)
    await declared.retry()
    assert declared.pages("alice") == []
    await declared.retry(4)
    assert len(declared.pages("alice")) == 1
    assert "is unknown" in declared.pages("alice")[0]


async def test_a_control_that_nobody_holds_pages_nobody_when_it_cannot_be_read(declared: World) -> None:
    declared.service.deaf.add(USDT)
    await declared.pass_time(minutes=2)
    await declared.retry(4)
    assert declared.pages("alice") == []


async def test_nothing_is_set_while_it_cannot_be_read(declared: World) -> None:
    declared.service.deaf.add(USDT)
    await tightened(declared)
    await declared.retry(3)
    assert declared.service.orders == []
    assert await declared.outcomes() == [Outcome.PENDING]


async def test_a_setting_whose_effect_the_probe_does_not_see_is_never_confirmed(declared: World) -> None:
    declared.service.powerless.add(USDT)
    await tightened(declared)
    await declared.retry(3)
    assert await declared.outcomes() == [Outcome.PENDING]
    state = await declared.state()
    assert (state.outcome, state.observed_level) == (Outcome.MISMATCH, "small_only")
    assert (await declared.view()).progress == (0, 1)
    assert len(declared.service.orders) == 1
    declared.service.powerless.clear()
    await declared.retry()
    assert await declared.outcomes() == [Outcome.CONFIRMED]


async def test_a_probe_that_gives_no_answer_leaves_it_unknown(declared: World) -> None:
    declared.service.unprobed.add(USDT)
    await tightened(declared)
    await declared.retry()
    state = await declared.state()
    assert state.outcome is Outcome.UNKNOWN
    assert "its effect is unknown" in state.detail
    assert await declared.outcomes() == [Outcome.PENDING]


async def test_a_confirmed_control_whose_probe_fails_later_is_confirmed_no_more(declared: World) -> None:
    await tightened(declared)
    assert (await declared.view()).progress == (1, 1)
    declared.service.powerless.add(USDT)
    await declared.pass_time(minutes=2)
    assert (await declared.view()).progress == (0, 1)


async def test_drift_towards_looser_is_set_again_with_a_new_generation_in_the_holding_incidents_name(
    declared: World,
) -> None:
    await tightened(declared)
    declared.service.elsewhere(declared.control(USDT), "eased")
    await declared.pass_time(minutes=2)
    assert declared.service.level(declared.control(USDT)) == "small_only"
    assert [e.generation for e in declared.service.effects] == [1, 2]
    row = (await declared.rows("actuation.intended"))[-1]
    assert row.incident_id == "INC-1"
    assert row.data["course"] == "set again after it drifted looser"


async def test_drift_is_fought_three_times_in_ten_minutes_and_then_named_and_paged(declared: World) -> None:
    await tightened(declared)
    control = declared.control(USDT)
    for _ in range(4):
        declared.service.elsewhere(control, "normal")
        await declared.pass_time(minutes=2)
    assert declared.service.level(control) == "normal"
    assert len(declared.service.orders) == 4  # the first set and three more
    worst = (await declared.view()).worst
    assert worst is not None
    assert (worst.control.id, worst.outcome) == (USDT, Outcome.MISMATCH)
    assert worst.detail.startswith("contested")
    assert any("contested" in p for p in declared.pages("frank"))
    assert any("contested" in p for p in declared.pages("alice"))
    assert len(await declared.rows("control.contested")) == 1
    await declared.pass_time(minutes=10)
    assert declared.service.level(control) == "small_only"


async def test_a_tighter_value_somebody_else_set_is_left_alone_and_reported(declared: World) -> None:
    await tightened(declared)
    declared.service.elsewhere(declared.control(USDT), "suspended")
    await declared.pass_time(minutes=2)
    assert declared.service.level(declared.control(USDT)) == "suspended"
    (row,) = await declared.rows("control.external")
    assert "somebody else set it" in row.data["detail"]
    view = next(c for c in (await declared.view()).controls if c.control.id == USDT)
    assert (view.desired, view.observed, view.confirmed) == ("small_only", "suspended", False)


async def test_what_nobody_holds_and_somebody_else_tightened_is_shown_as_external(declared: World) -> None:
    declared.service.elsewhere(declared.control(USDT), "suspended")
    await declared.pass_time(minutes=2)
    view = next(c for c in (await declared.view()).controls if c.control.id == USDT)
    assert view.external
    assert declared.service.orders == []


@pytest.mark.parametrize(
    ("limit", "kept"), [("200", True), ("900", False), ("a lot", False)], ids=["tighter", "looser", "untold"]
)
async def test_a_value_that_no_level_has_is_left_while_held_only_where_it_is_tighter_for_sure(
    declared: World, limit: str, kept: bool
) -> None:
    await controls.set_control(declared.ctx, declared.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await declared.drain()
    control = declared.control(USDT)
    odd = {**control.level("small_only").value, "max_per_transaction": limit}
    declared.service._values[USDT] = odd
    await declared.make_due(f"actuate:live:{USDT}:all")
    await declared.drain()
    assert (declared.service._values[USDT] == odd) is kept
    (shown,) = [c for c in (await declared.view()).controls if c.control.id == USDT]
    assert ("tighter than asked, at a value that no level has" in shown.detail) is kept
    assert len(await declared.rows("control.external")) == kept
