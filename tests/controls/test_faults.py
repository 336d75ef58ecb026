"""The HTTP adapter over real HTTP against a service that misbehaves."""

import asyncio
import logging
import os
import traceback
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from bot.controls.calling import CALLS_PER_HOST
from bot.controls.http import HttpAdapter
from bot.usecases.ports import Changed, Outrun, Refused, ServiceError, Unanswered
from tests.controls.support.rigs import LIMIT, WireRig, control, order, reach
from tests.controls.support.service import Fault

TIGHT = {"status": "open", "limit": "25000"}


async def read_fails(wire: WireRig, kind: type[ServiceError]) -> str:
    with pytest.raises(kind) as caught:
        await wire.adapter.read(wire.control, "all")
    return str(caught.value)


async def set_fails(wire: WireRig, kind: type[ServiceError], generation: int = 1) -> str:
    with pytest.raises(kind) as caught:
        await wire.adapter.set(wire.control, "all", dict(TIGHT), order(generation))
    return str(caught.value)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.DROP_BEFORE, "broke the connection off"),
        (Fault.STALL_BEFORE, "no whole answer within 400ms"),
        (Fault.DRIP, "no whole answer within 400ms"),
        (Fault.HTML, "text/html that is not JSON"),
        (Fault.HUGE, "more than 1 MB"),
        (Fault.SQUEEZED, "compression"),
        (Fault.REDIRECT, "307, a redirect to http://elsewhere.test/"),
        (Fault.ERROR, "500"),
        (Fault.BUSY, "429"),
    ],
)
async def test_an_answer_that_cannot_be_used_leaves_the_setting_unknown(
    wire: WireRig, fault: Fault, sentence: str
) -> None:
    wire.service.fault = fault
    assert sentence in await read_fails(wire, Unanswered)
    assert len(wire.service.seen) == 1


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.STALL_AFTER])
async def test_a_lost_answer_is_unknown_and_its_repeat_takes_effect_once(wire: WireRig, fault: Fault) -> None:
    wire.service.fault = fault
    await set_fails(wire, Unanswered)
    assert wire.service.effects == [(1, 1)]
    wire.service.fault = None
    await wire.adapter.set(wire.control, "all", dict(TIGHT), order(1))
    assert wire.service.effects == [(1, 1)]


@pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.STALL_BEFORE, Fault.ERROR, Fault.REDIRECT])
async def test_a_set_that_never_arrived_is_unknown_and_its_repeat_takes_effect(
    wire: WireRig, fault: Fault
) -> None:
    wire.service.fault = fault
    await set_fails(wire, Unanswered)
    assert wire.service.effects == []
    wire.service.fault = None
    await wire.adapter.set(wire.control, "all", dict(TIGHT), order(1))
    assert wire.service.effects == [(1, 1)]


@pytest.mark.parametrize("fault", [Fault.HUGE, Fault.DRIP, Fault.HTML])
async def test_a_yes_to_a_set_counts_whatever_follows_it(wire: WireRig, fault: Fault) -> None:
    wire.service.fault = fault
    await wire.adapter.set(wire.control, "all", dict(TIGHT), order(1))


async def test_ok_without_effect_shows_when_read_back(wire: WireRig) -> None:
    wire.service.fault = Fault.LIE
    await wire.adapter.set(wire.control, "all", dict(TIGHT), order(1))
    seen = await wire.adapter.read(wire.control, "all")
    assert wire.control.level_of(seen.value) == wire.control.level("normal")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"status": "open"}, "null as limit"),
        ({"status": ["open"], "limit": "1"}, '["open"] as status'),
        ({"status": "a\x00b", "limit": "1"}, "as status, which cannot be a setting"),
        ({"status": "o" * 501, "limit": "1"}, "as status, which cannot be a setting"),
    ],
)
async def test_a_value_of_the_wrong_shape_is_named_and_left_unknown(
    wire: WireRig, value: dict[str, Any], sentence: str
) -> None:
    wire.service.setting.value = value
    assert sentence in await read_fails(wire, Unanswered)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("state.status", '"open" where {limit, status} was expected'),
        ("absent", "null where {limit, status} was expected"),
        ("@", "{desk, state} where {limit, status} was expected"),
        ("abs(desk)", "fails"),
    ],
)
async def test_an_expression_that_finds_something_else_says_what_it_found(
    wire: WireRig, expression: str, sentence: str
) -> None:
    wire.control = control({**LIMIT, "read": {**LIMIT["read"], "value": expression}})
    assert sentence in await read_fails(wire, Unanswered)


async def test_numbers_come_exact_and_equal_to_the_strings_people_wrote(wire: WireRig) -> None:
    wire.service.setting.value = {"status": "open", "limit": 25000.00}
    seen = await wire.adapter.read(wire.control, "all")
    assert seen.value["limit"] == "25000.0"
    assert wire.control.level_of(seen.value) == wire.control.level("tightened")
    wire.service.setting.value = {"status": "open", "limit": 2**53}
    assert (await wire.adapter.read(wire.control, "all")).value["limit"] == str(2**53)


async def test_a_setting_the_service_does_not_know_is_refused(wire: WireRig) -> None:
    wire.control = control(LIMIT, params={"desk": "nowhere"})
    assert "404: no such desk" in await read_fails(wire, Refused)
    assert "404: no such desk" in await set_fails(wire, Refused)


async def test_only_a_superseded_generation_counts_as_outrun(wire: WireRig) -> None:
    await wire.adapter.set(wire.control, "all", dict(TIGHT), order(9))
    assert "higher generation" in await set_fails(wire, Outrun, generation=3)


async def test_a_stale_etag_is_refused_and_changes_nothing(wire: WireRig) -> None:
    wire.control = control({**LIMIT, "if_match": True})
    before = await wire.adapter.read(wire.control, "all")
    wire.service.setting.version += 1
    with pytest.raises(Changed, match="changed by somebody else since it was read"):
        await wire.adapter.set(wire.control, "all", dict(TIGHT), order(1, etag=before.etag))
    assert wire.service.effects == []
    fresh = await wire.adapter.read(wire.control, "all")
    await wire.adapter.set(wire.control, "all", dict(TIGHT), order(2, etag=fresh.etag))
    assert wire.service.effects == [(1, 2)]


async def test_a_slow_drip_is_cut_at_the_deadline(wire: WireRig) -> None:
    wire.service.fault = Fault.DRIP
    began = monotonic()
    await read_fails(wire, Unanswered)
    assert 0.3 < monotonic() - began < 1.5


async def test_a_service_that_is_away_is_unknown(wire: WireRig) -> None:
    wire.adapter = HttpAdapter(reach("http://127.0.0.1:9", "key"))
    assert "cannot be reached at 127.0.0.1:9" in await read_fails(wire, Unanswered)


async def test_one_host_takes_so_many_calls_at_a_time_and_no_more(wire: WireRig) -> None:
    wire.service.fault = Fault.STALL_BEFORE
    calls = [wire.adapter.read(wire.control, "all") for _ in range(CALLS_PER_HOST + 8)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, Unanswered) for result in results)
    assert wire.service.most_at_once == CALLS_PER_HOST


async def test_a_cancelled_call_frees_its_place(wire: WireRig) -> None:
    wire.service.fault = Fault.STALL_BEFORE
    calls = [asyncio.ensure_future(wire.adapter.read(wire.control, "all")) for _ in range(CALLS_PER_HOST)]
    await asyncio.wait(calls, timeout=0.1)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    wire.service.fault = None
    assert (await wire.adapter.read(wire.control, "all")).value["status"] == "open"


@pytest.mark.parametrize("fault", [Fault.TATTLE, Fault.REDIRECT, Fault.ERROR, None])
async def test_a_secret_that_a_service_tells_back_is_not_retold(
    wire: WireRig, fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wire.service.fault = fault
    wire.service.setting.value = {"status": ["x" * 45, wire.service.secret], "limit": "1"}
    with pytest.raises(ServiceError) as caught:
        await wire.adapter.read(wire.control, "all")
    told = "".join(traceback.format_exception(caught.value))
    assert wire.service.secret[:4] not in f"{told} {caught.value!r} {caplog.text}"


@pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.STALL_BEFORE, Fault.BUSY])
async def test_not_even_a_traceback_with_locals_shows_our_own_secret(
    wire: WireRig, fault: Fault, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("DESK_TOKEN", wire.service.secret)
    means = replace(reach(wire.base_url, None), secrets=os.environ.get)
    wire.adapter = HttpAdapter(means)
    wire.service.fault = fault
    with pytest.raises(Unanswered) as caught:
        await wire.adapter.read(wire.control, "all")
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert wire.service.secret not in f"{''.join(told.format())} {means!r} {caplog.text}"


async def test_a_refusal_is_retold_on_one_line_cut_and_redacted(wire: WireRig) -> None:
    wire.service.fault = Fault.TATTLE
    said = await set_fails(wire, Refused)
    assert said.startswith("desk refused with 422: No: Not you: so so")
    assert len(said) <= 300
    assert said.isprintable()
    assert "s3cret" not in said


async def test_a_wrong_secret_is_a_definite_no(wire: WireRig) -> None:
    wire.adapter = HttpAdapter(reach(wire.base_url, "another"))
    assert "401" in await set_fails(wire, Refused)


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        (None, "variable DESK_TOKEN is not set"),
        ("a\nb", "DESK_TOKEN holds what no header can carry"),
        ("ключ", "DESK_TOKEN"),
    ],
)
async def test_a_missing_or_unsendable_secret_is_named_and_nothing_is_sent(
    wire: WireRig, secret: str | None, sentence: str
) -> None:
    wire.adapter = HttpAdapter(reach(wire.base_url, secret))
    said = await set_fails(wire, Refused)
    assert sentence in said
    assert secret is None or secret not in said
    assert wire.service.seen == []


async def test_a_host_that_is_not_allowed_hears_nothing(wire: WireRig) -> None:
    wire.adapter = HttpAdapter(reach(wire.base_url, wire.service.secret, hosts="desk.test"))
    assert "not among OUTBOUND_HOSTS" in await set_fails(wire, Refused)
    assert wire.service.seen == []
