"""What a service is really sent, field by field."""

import json
from datetime import timedelta
from urllib.parse import unquote

import pytest
import respx

from bot.controls.calling import Reach
from bot.controls.http import HttpAdapter
from bot.controls.outbound import Outbound
from bot.domain.adapter import Service
from bot.usecases.ports import Observation, Order, Refused
from tests.controls.support.market import ORDER, SMALL, WITHDRAWALS, adapter, described, sent
from tests.controls.support.rigs import TLS


async def test_a_read_asks_for_the_setting_and_gives_value_and_etag(market: respx.MockRouter) -> None:
    seen = await adapter().read(described(WITHDRAWALS), "all")
    assert seen == Observation(value=SMALL, etag='"7-ab12"')
    request = sent(market)
    assert (request.method, str(request.url)) == (
        "GET",
        "https://market.test/api/v1/assets/USDT/networks/TRON/withdrawals",
    )
    assert request.content == b""
    assert dict(request.headers) == {
        "host": "market.test",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": "breakwater",
        "authorization": "Bearer tok-1",
    }


async def test_a_set_carries_value_key_generation_reason_and_etag(market: respx.MockRouter) -> None:
    await adapter().set(described(WITHDRAWALS), "all", SMALL, ORDER)
    request = sent(market)
    assert request.method == "PUT"
    assert json.loads(request.content) == {**SMALL, "in_flight": "drain"}
    headers = request.headers
    assert headers["Content-Type"] == "application/json"
    assert headers["Idempotency-Key"] == "live/3/withdrawals.limit.usdt.tron/all/17"
    assert headers["Generation"] == "3/17"
    assert headers["If-Match"] == '"7-ab12"'
    assert headers["Reason"].isascii()
    assert unquote(headers["Reason"]) == ORDER.reason


async def test_the_service_names_its_own_headers_and_may_want_none(market: respx.MockRouter) -> None:
    names = {"idempotency": "X-Request-Id", "generation": "X-Gen", "reason": ""}
    control = described({**WITHDRAWALS, "headers": names, "if_match": False})
    await adapter(auth_scheme="").set(control, "all", SMALL, ORDER)
    headers = sent(market).headers
    assert (headers["X-Request-Id"], headers["X-Gen"]) == (ORDER.key, "3/17")
    assert headers["Authorization"] == "tok-1"
    assert {"idempotency-key", "generation", "reason", "if-match"}.isdisjoint(headers)


@pytest.mark.parametrize("reason", ["я" * 5000, "a b" * 1000, "short", "\ud800 broken", "a\r\nSet-Cookie: x"])
async def test_a_reason_fits_a_header_and_is_cut_between_characters(
    market: respx.MockRouter, reason: str
) -> None:
    order = Order(key="k", epoch=1, generation=1, reason=reason)
    await adapter().set(described(WITHDRAWALS), "all", SMALL, order)
    header = sent(market).headers["Reason"]
    assert len(header) <= 1000
    assert reason.replace("\ud800", "?").startswith(unquote(header, errors="strict"))


async def test_params_cannot_leave_their_place_in_the_path(market: respx.MockRouter) -> None:
    control = described(WITHDRAWALS, params={"asset": "US/D?T#é", "network": "a b%2F"})
    await adapter().read(control, "all")
    assert sent(market).url.raw_path == (
        b"/api/v1/assets/US%2FD%3FT%23%C3%A9/networks/a%20b%252F/withdrawals"
    )


@pytest.mark.parametrize("asset", ["..", ".", ""])
async def test_a_param_that_is_a_step_in_the_path_is_refused(market: respx.MockRouter, asset: str) -> None:
    control = described(WITHDRAWALS, params={"asset": asset, "network": "TRON"})
    with pytest.raises(Refused, match="asset"):
        await adapter().read(control, "all")
    assert not market.calls


async def test_an_entry_that_is_one_slot_keeps_the_type_of_its_fact(market: respx.MockRouter) -> None:
    body = {
        "on": "{on}",
        "list": ["{share}", "{network}", {"why": "share {share} on {network}: {on}"}],
        "fixed": [1, None, "{NOT A SLOT}"],
    }
    levels = [
        {"id": "normal", "value": {"on": True, "share": 100}},
        {"id": "half", "value": {"on": False, "share": 50}},
    ]
    change = {**WITHDRAWALS["set"], "body": body}
    control = described({**WITHDRAWALS, "set": change}, levels=levels)
    await adapter().set(control, "all", {"on": False, "share": 50}, ORDER)
    assert json.loads(sent(market).content) == {
        "on": False,
        "list": [50, "TRON", {"why": "share 50 on TRON: false"}],
        "fixed": [1, None, "{NOT A SLOT}"],
    }


async def test_without_a_body_the_whole_value_is_sent_as_it_is(market: respx.MockRouter) -> None:
    change = {"method": "POST", "path": "/v1/{target}/limit/{status}"}
    control = described({**WITHDRAWALS, "set": change}, targets=["west"])
    await adapter().set(control, "west", {**SMALL, "hourly_limit": "{asset}"}, ORDER)
    request = sent(market)
    assert (request.method, request.url.path) == ("POST", "/api/v1/west/limit/enabled")
    assert json.loads(request.content) == {**SMALL, "hourly_limit": "{asset}"}


async def test_a_slot_that_nothing_fills_is_refused_and_nothing_is_sent(market: respx.MockRouter) -> None:
    control = described(WITHDRAWALS, params={"asset": "USDT"})
    with pytest.raises(Refused, match="network"):
        await adapter().set(control, "all", SMALL, ORDER)
    assert not market.calls


@pytest.mark.parametrize("base_url", ["https://user:pw@market.test", "https://[", "market.test"])
async def test_a_base_url_that_cannot_be_used_is_refused_without_repeating_it(
    market: respx.MockRouter, base_url: str
) -> None:
    with pytest.raises(Refused) as caught:
        await adapter(base_url=base_url).read(described(WITHDRAWALS), "all")
    assert "pw" not in str(caught.value).replace("password", "")
    assert not market.calls


async def test_a_service_nobody_described_is_refused(market: respx.MockRouter) -> None:
    with pytest.raises(Refused, match="no service is called elsewhere"):
        await adapter().read(described({**WITHDRAWALS, "service": "elsewhere"}), "all")


async def test_a_header_name_that_is_none_is_refused(market: respx.MockRouter) -> None:
    control = described({**WITHDRAWALS, "headers": {"idempotency": "Schlüssel"}})
    with pytest.raises(Refused, match="header"):
        await adapter().set(control, "all", SMALL, ORDER)


async def test_proxies_of_the_environment_are_not_used(
    market: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:1")
    monkeypatch.setenv("ALL_PROXY", "nonsense://")
    await adapter().read(described(WITHDRAWALS), "all")
    assert sent(market).url.host == "market.test"


async def test_a_secret_is_read_anew_at_each_call(market: respx.MockRouter) -> None:
    known = {"MARKET_TOKEN": "old"}
    service = Service(base_url="https://market.test", auth_env="MARKET_TOKEN", timeout=timedelta(seconds=1))
    reach = Reach(lambda: {"marketplace": service}, known.get, Outbound.parse("market.test"), TLS)
    rotating = HttpAdapter(reach)
    await rotating.read(described(WITHDRAWALS), "all")
    known["MARKET_TOKEN"] = "new"
    await rotating.read(described(WITHDRAWALS), "all")
    carried = [call.request.headers["Authorization"] for call in market.calls]
    assert carried == ["Bearer old", "Bearer new"]
