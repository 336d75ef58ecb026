"""Trying a control on purpose: never in earnest, written down first, and under generations of its own."""

from __future__ import annotations

import pytest

from bot.domain.errors import BadInput
from bot.usecases import controls
from bot.usecases.trials import PUT_BACK, begin_trial, end_trial
from tests.support.world import USDT, WHY, World


async def begun(world: World, control_id: str = USDT) -> int:
    control = world.control(control_id)
    trial = await begin_trial(
        world.ctx, world.actor("frank"), control, "all", control.levels[1:3], control.levels[0].value
    )
    return trial.first


async def test_nothing_is_tried_while_an_incident_is_open(world: World) -> None:
    await world.declared()
    with pytest.raises(BadInput, match="INC-1 is open"):
        await begun(world)
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "tightened", WHY)
    with pytest.raises(BadInput, match="is held by INC-1"):
        await begun(world)
    assert await world.rows("control.test_begun") == []


async def test_what_cannot_be_undone_is_never_tried(world: World) -> None:
    with pytest.raises(BadInput, match="cannot be undone"):
        await begun(world, "custody.signing")


async def test_it_is_written_down_first_and_names_its_row_to_the_service(world: World) -> None:
    control = world.control(USDT)
    trial = await begin_trial(
        world.ctx, world.actor("frank"), control, "all", control.levels[1:2], control.levels[0].value
    )
    [row] = await world.rows("control.test_begun")
    assert (row.actor, row.data["levels"]) == ("frank", [control.levels[1].id])
    order = trial.order(0, "etag-1")
    assert (order.key, order.generation, order.etag) == (f"live/1/{USDT}/all/1", 1, "etag-1")
    assert f"ledger row {row.seq}, sha256 {row.hash}" in order.reason
    await end_trial(world.ctx, world.actor("frank"), trial, passed=True, back=True, said="fine")
    [ended] = await world.rows("control.test_ended")
    assert (ended.data["test"], ended.data["back"]) == (row.id, True)


async def test_what_is_decided_afterwards_comes_after_it_at_the_service(world: World) -> None:
    assert await begun(world) == 1
    assert await begun(world) == 1 + 2 + PUT_BACK
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "tightened", WHY)
    await world.drain()
    assert [o.generation for o in world.service.orders] == [1 + 2 * (2 + PUT_BACK)]
