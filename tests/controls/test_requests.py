"""What a service is really sent, field by field."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import respx

from bot.controls.calling import Reach
from bot.controls.http import HttpAdapter
from bot.controls.outbound import Outbound
from bot.domain.adapter import Service
from bot.domain.control import Control, Value
from bot.usecases.ports import Observation, Order, Outrun, Refused, Unanswered
from tests.controls.support.rigs import TLS

PATH = "/v1/assets/{asset}/networks/{network}/withdrawals"
FIELDS = "status: status, max_per_transaction: max_per_transaction, hourly_limit: hourly_limit"
WITHDRAWALS: dict[str, Any] = {
    "kind": "http",
    "service": "marketplace",
    "read": {"path": PATH, "value": f"{{{FIELDS}}}"},
    "set": {
        "method": "PUT",
        "path": PATH,
        "body": {
            "status": "{status}",
            "max_per_transaction": "{max_per_transaction}",
            "hourly_limit": "{hourly_limit}",
            "in_flight": "drain",
        },
    },
    "if_match": True,
}
SMALL: Value = {"status": "enabled", "max_per_transaction": "500", "hourly_limit": "100000"}
ORDER = Order(
    key="live/3/withdrawals.limit.usdt.tron/all/17",
    epoch=3,
    generation=17,
    reason="Queue doubles; 50% waiting – décidé",
    etag='"7-ab12"',
)


def described(adapter: dict[str, Any], **changes: Any) -> Control:
    levels = [
        {
            "id": "normal",
            "value": {"status": "enabled", "max_per_transaction": "250000", "hourly_limit": "2000000"},
        },
        {"id": "small_only", "value": SMALL},
    ]
    facts = {
        "id": "withdrawals.limit.usdt.tron",
        "title": "USDT withdrawals on TRON",
        "rule": "a",
        "params": {"asset": "USDT", "network": "TRON"},
    }
    return Control.model_validate({**facts, "levels": levels, "adapter": adapter, **changes})


def adapter(**service: Any) -> HttpAdapter:
    facts = {"base_url": "https://market.test/api/", "auth_env": "MARKET_TOKEN", **service}
    known = {"MARKET_TOKEN": "tok-1\n", "MARKET_URL": "https://market.test/api"}
    made = Service.model_validate(facts)
    reach = Reach(lambda: {"marketplace": made}, known.get, Outbound.parse("market.test"), TLS)
    return HttpAdapter(reach)


@pytest.fixture
def market() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.route().respond(200, json={**SMALL, "generation": "3/16"}, headers={"ETag": '"7-ab12"'})
        yield router


def sent(market: respx.MockRouter) -> httpx.Request:
    assert len(market.calls) == 1
    request: httpx.Request = market.calls.last.request
    return request


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


async def test_a_base_url_may_come_from_the_environment(market: respx.MockRouter) -> None:
    await adapter(base_url="${MARKET_URL}").read(described(WITHDRAWALS), "all")
    assert sent(market).url.host == "market.test"
    with pytest.raises(Refused, match="OTHER_URL is not set"):
        await adapter(base_url="${OTHER_URL}").read(described(WITHDRAWALS), "all")


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


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 301, 304])
async def test_statuses_that_leave_the_effect_unknown(market: respx.MockRouter, status: int) -> None:
    market.route().respond(status)
    with pytest.raises(Unanswered, match=str(status)):
        await adapter().set(described(WITHDRAWALS), "all", SMALL, ORDER)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 422, 428])
async def test_statuses_that_are_a_definite_no(market: respx.MockRouter, status: int) -> None:
    market.route().respond(status, json={"code": "idempotency_key_reused"})
    with pytest.raises(Refused):
        await adapter().set(described(WITHDRAWALS), "all", SMALL, ORDER)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_yes_to_a_set_is_a_yes_whatever_its_body(market: respx.MockRouter, status: int) -> None:
    market.route().respond(status, text="<html>done</html>")
    await adapter().set(described(WITHDRAWALS), "all", SMALL, ORDER)


@pytest.mark.parametrize(
    "problem",
    [
        {"type": "urn:marketplace:problem:generation_superseded"},
        {"type": "https://market.test/problems#generation_superseded"},
        {"type": "about:blank", "code": "generation_superseded"},
    ],
)
async def test_a_superseded_generation_is_known_by_type_or_code(
    market: respx.MockRouter, problem: dict[str, str]
) -> None:
    market.route().respond(409, json=problem)
    with pytest.raises(Outrun):
        await adapter().set(described(WITHDRAWALS), "all", SMALL, ORDER)


@pytest.mark.parametrize("body", ["", "null", "[]", '{"title":', "[" * 100_000, '{"a": NaN}'])
async def test_nonsense_instead_of_json_is_unknown_or_a_plain_no(market: respx.MockRouter, body: str) -> None:
    market.route().respond(200, text=body)
    with pytest.raises(Unanswered):
        await adapter().read(described(WITHDRAWALS), "all")
    market.route().respond(422, text=body)
    with pytest.raises(Refused, match="422"):
        await adapter().set(described(WITHDRAWALS), "all", SMALL, ORDER)


PROBE = {
    "method": "POST",
    "path": "/v1/try/{asset}/{status}",
    "body": {"amount": "{max_per_transaction}"},
    "expect": {"small_only": "length(passed) > `0` && lag < `0.5`"},
}


@pytest.mark.parametrize(("lag", "there"), [(0.2, True), (0.7, False)])
async def test_a_probe_looks_at_the_effect(market: respx.MockRouter, lag: float, there: bool) -> None:
    market.route().respond(200, json={"passed": ["a"], "lag": lag})
    control = described({**WITHDRAWALS, "probe": PROBE})
    assert await adapter().probe(control, "all", control.level("small_only")) is there
    request = sent(market)
    assert (request.method, request.url.path) == ("POST", "/api/v1/try/USDT/enabled")
    assert json.loads(request.content) == {"amount": "500"}


async def test_a_level_nothing_is_expected_of_is_not_probed(market: respx.MockRouter) -> None:
    control = described({**WITHDRAWALS, "probe": PROBE})
    assert await adapter().probe(control, "all", control.level("normal"))
    assert not market.calls


@pytest.mark.parametrize("answer", [{}, {"passed": "x", "lag": "soon"}, {"passed": 4, "lag": 1}])
async def test_a_probe_that_says_neither_yes_nor_no_is_unknown(
    market: respx.MockRouter, answer: dict[str, Any]
) -> None:
    market.route().respond(200, json=answer)
    control = described({**WITHDRAWALS, "probe": PROBE})
    with pytest.raises(Unanswered):
        await adapter().probe(control, "all", control.level("small_only"))


@pytest.mark.parametrize(
    "expect", ["ceil(to_number('1e999')) > `0`", "no_such(@)", "passed[::0]", "lag < 'a'"]
)
async def test_an_expectation_that_fails_on_an_answer_is_unknown(
    market: respx.MockRouter, expect: str
) -> None:
    market.route().respond(200, json={"passed": ["a"], "lag": 1})
    control = described({**WITHDRAWALS, "probe": {**PROBE, "expect": {"small_only": expect}}})
    with pytest.raises(Unanswered, match="fails"):
        await adapter().probe(control, "all", control.level("small_only"))


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
