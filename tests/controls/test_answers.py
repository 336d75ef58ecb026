"""What a service's answers are taken to mean."""

import json

import pytest
import respx

from bot.usecases.ports import Outrun, Refused, Unanswered
from tests.controls.support.market import ORDER, SMALL, WITHDRAWALS, adapter, described, sent


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


@pytest.mark.parametrize(
    "answer",
    [
        "{}",
        '{"passed": "x", "lag": "soon"}',
        '{"passed": ["x"], "lag": null}',
        '{"passed": ["x"], "lag": NaN}',
        '{"passed": 4, "lag": 1}',
    ],
)
async def test_a_probe_that_says_neither_yes_nor_no_is_unknown(market: respx.MockRouter, answer: str) -> None:
    market.route().respond(200, text=answer)
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
