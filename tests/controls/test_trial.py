"""Trying a control at its own service: every level set, repeated, read back, probed, and all put back."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta

import pytest

from bot.controls.trial import Bench, Found
from bot.domain.adapter import Verify
from bot.domain.control import Level
from bot.usecases.ports import Order
from tests.controls.support.rigs import LIMIT, Rig, WireRig, control, order
from tests.controls.support.service import Fault
from tests.controls.support.troubles import Trouble

SOON = Verify(within=timedelta(milliseconds=60), every=timedelta(milliseconds=20))


def on_bench(rig: Rig) -> Bench:
    spec = rig.control.adapter
    hurried = spec.model_copy(update={"verify": SOON}) if "verify" in type(spec).model_fields else spec
    return Bench(rig.adapter, rig.control.model_copy(update={"adapter": hurried}), "all")


def orders(number: int, etag: str | None) -> Order:
    return order(number + 1, etag=etag)


async def tried(bench: Bench, *levels: Level) -> list[Found]:
    seen, _ = await bench.read()
    assert seen
    async with aclosing(bench.steps(levels, seen.value, orders)) as steps:
        return [found async for found in steps]


def wrong(found: list[Found]) -> list[str]:
    return [f"{one.what}: {one.said}" for one in found if not one.ok]


async def test_every_kind_passes_and_stands_where_it_stood(rig: Rig) -> None:
    bench = on_bench(rig)
    found = await tried(bench, *rig.control.levels[1:])
    assert wrong(found) == []
    assert [f.what for f in found[:4]] == [
        "set tightened",
        "read back tightened",
        "repeat tightened",
        "probe tightened",
    ]
    assert bench.back
    assert (await rig.adapter.read(rig.control, "all")).value == rig.control.levels[0].value


async def test_a_service_that_lies_is_found_out_and_put_back(rig: Rig) -> None:
    if Trouble.LIE not in rig.troubles:
        pytest.skip("it cannot lie")
    rig.trouble(Trouble.LIE)
    bench = on_bench(rig)
    found = await tried(bench, rig.control.levels[1])
    assert ["read back tightened: reads normal" in one for one in wrong(found)] == [True]
    assert bench.back


async def test_a_probe_that_does_not_see_the_effect_fails_the_level(wire: WireRig) -> None:
    expect = {"path": "/v1/desks/{desk}/limit", "expect": {"tightened": "state.limit == 'nothing'"}}
    wire.control = control({**LIMIT, "probe": expect})
    bench = on_bench(wire)
    assert wrong(await tried(bench, wire.control.levels[1])) == [
        "probe tightened: it reads back right, but the effect is not there"
    ]
    assert bench.back


async def test_whoever_stops_in_the_middle_leaves_it_as_it_was(wire: WireRig) -> None:
    bench = on_bench(wire)
    seen, _ = await bench.read()
    assert seen
    async with aclosing(bench.steps(wire.control.levels[1:], seen.value, orders)) as steps:
        async for _ in steps:
            break
    assert bench.back
    assert wire.service.setting.value == wire.control.levels[0].value


async def test_what_cannot_be_put_back_is_said(wire: WireRig) -> None:
    bench = on_bench(wire)
    seen, _ = await bench.read()
    assert seen
    async with aclosing(bench.steps(wire.control.levels[1:], seen.value, orders)) as steps:
        async for _ in steps:
            wire.service.fault = Fault.ERROR
            break
    assert not bench.back
    assert (await bench.put_back(seen.value)).said


async def test_a_control_that_cannot_be_read_says_why(wire: WireRig) -> None:
    wire.service.fault = Fault.HTML
    seen, found = await on_bench(wire).read()
    assert seen is None
    assert found.said == "desk answered text/html that is not JSON"
