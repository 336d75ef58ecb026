"""What a description may say beyond a path and a body: look-ups, a service's own words, rates, probes."""

import json
from typing import Any

import httpx
import pytest
import respx

from bot.controls.pacing import Pace
from bot.domain.adapter import Service
from bot.usecases.ports import Observation, Refused, ServiceError, Unanswered
from tests.controls.support.market import ORDER, SMALL, WITHDRAWALS, adapter, described

BASE = "https://market.test/api"
LOOK_UP = {
    **WITHDRAWALS,
    "resolve": {"path": "/v1/limits?asset={asset}", "id": "items[?network=='TRON'].id"},
    "read": {"path": "/v1/limits/{id}", "value": WITHDRAWALS["read"]["value"]},
    "set": {
        "method": "PATCH",
        "path": "/v1/limits/{id}",
        "body": {"ref": "{id}", "to": "{max_per_transaction}"},
    },
}


def listing(market: respx.MockRouter, *items: dict[str, Any]) -> None:
    market.get(f"{BASE}/v1/limits").respond(200, json={"items": list(items)})


async def test_an_id_is_looked_up_first_and_used_in_reading_and_setting() -> None:
    with respx.mock(assert_all_called=False) as router:
        listing(router, {"id": 7, "network": "TRON"}, {"id": 8, "network": "ETH"})
        read = router.get(f"{BASE}/v1/limits/7").respond(200, json=SMALL)
        change = router.patch(f"{BASE}/v1/limits/7").respond(200)
        control = described(LOOK_UP)
        assert await adapter().read(control, "all") == Observation(value=SMALL)
        await adapter().set(control, "all", SMALL, ORDER)
        assert read.call_count == 1
        assert json.loads(change.calls.last.request.content) == {"ref": "7", "to": "500"}


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([], "exactly one id and gave nothing"),
        ([{"id": "a", "network": "TRON"}, {"id": "b", "network": "TRON"}], 'gave 2: ["a", "b"]'),
        ([{"id": None, "network": "TRON"}], "gave nothing"),
        ([{"id": {"x": 1}, "network": "TRON"}], 'gave 1: [{"x": 1}]'),
    ],
)
async def test_none_or_several_ids_leave_it_unknown_and_nothing_is_set(
    items: list[dict[str, Any]], sentence: str
) -> None:
    with respx.mock(assert_all_called=False) as router:
        listing(router, *items)
        for call in (
            adapter().read(described(LOOK_UP), "all"),
            adapter().set(described(LOOK_UP), "all", SMALL, ORDER),
        ):
            with pytest.raises(Unanswered) as caught:
                await call
            assert sentence in str(caught.value)
        assert {call.request.method for call in router.calls} == {"GET"}


WORDS = {
    **WITHDRAWALS,
    "map": {"status": {"enabled": True, "suspended": False}},
    "set": {"method": "POST", "path": "/v1/withdrawals/{status}", "body": {"on": "{status}"}},
}


async def test_a_service_is_spoken_to_in_its_own_words_and_understood_in_ours() -> None:
    with respx.mock() as router:
        router.get().respond(200, json={**SMALL, "status": True})
        change = router.post(f"{BASE}/v1/withdrawals/true").respond(200)
        control = described(WORDS)
        assert (await adapter().read(control, "all")).value == SMALL
        await adapter().set(control, "all", SMALL, ORDER)
        assert json.loads(change.calls.last.request.content) == {"on": True}


async def test_a_word_that_the_map_does_not_know_is_unknown() -> None:
    with respx.mock() as router:
        router.get().respond(200, json={**SMALL, "status": "paused"})
        with pytest.raises(Unanswered, match='answered "paused" as status, which its map does not know'):
            await adapter().read(described(WORDS), "all")


async def test_without_a_body_the_whole_value_goes_in_the_services_words() -> None:
    with respx.mock() as router:
        change = router.put().respond(200)
        control = described({**WITHDRAWALS, "map": WORDS["map"], "set": {"method": "PUT", "path": "/x"}})
        await adapter().set(control, "all", SMALL, ORDER)
        assert json.loads(change.calls.last.request.content) == {**SMALL, "status": True}


async def test_nothing_is_sent_where_everything_is_in_the_path(market: respx.MockRouter) -> None:
    change = {
        "method": "POST",
        "path": "/runtime?mode={status}",
        "no_body": True,
        "headers": {"X-On": "{asset}"},
    }
    await adapter().set(described({**WITHDRAWALS, "set": change}), "all", SMALL, ORDER)
    request = market.calls.last.request
    assert (request.content, request.url.query, request.headers["X-On"]) == (b"", b"mode=enabled", "USDT")
    assert "Content-Type" not in request.headers


async def test_what_becomes_of_requests_under_way_is_the_levels_own_rule(market: respx.MockRouter) -> None:
    levels = [
        {"id": "normal", "value": {"limit": 5}, "in_flight": "drain"},
        {"id": "shut", "value": {"limit": 0}, "in_flight": "cancel_and_credit"},
    ]
    change = {"method": "PUT", "path": "/x", "body": {"limit": "{limit}", "rest": "{in_flight}"}}
    control = described({**WITHDRAWALS, "set": change}, levels=levels)
    sent = []
    for limit in (0, 5, 3):  # 3 is nobody's level: a baseline that is restored
        await adapter().set(control, "all", {"limit": limit}, ORDER)
        sent.append(json.loads(market.calls.last.request.content)["rest"])
    assert sent == ["cancel_and_credit", "drain", "drain"]


async def test_a_secret_goes_into_the_header_the_service_wants(market: respx.MockRouter) -> None:
    await adapter(auth_header="X-Api-Key", auth_scheme="").read(described(WITHDRAWALS), "all")
    headers = market.calls.last.request.headers
    assert headers["X-Api-Key"] == "tok-1"
    assert "Authorization" not in headers


PROBE = {
    "path": "/ping?size={max_per_transaction}",
    "expect": {
        "normal": {"status": 200, "text": "o+k"},
        "small_only": {"status": 503, "holds": "reason == 'small'"},
    },
}


@pytest.mark.parametrize(
    ("level", "answer", "shows"),
    [
        ("normal", httpx.Response(200, text="ok"), True),
        ("normal", httpx.Response(200, text="nothing here"), False),
        ("normal", httpx.Response(503, text="ok"), False),
        ("normal", httpx.Response(302, headers={"Location": "/login"}), False),
        ("small_only", httpx.Response(503, json={"reason": "small"}), True),
        ("small_only", httpx.Response(503, json={"reason": "other"}), False),
        ("small_only", httpx.Response(200, text="all is well"), False),
    ],
)
async def test_a_probe_knows_the_answer_that_each_level_must_give(
    level: str, answer: httpx.Response, shows: bool
) -> None:
    with respx.mock() as router:
        router.get().mock(return_value=answer)
        control = described({**WITHDRAWALS, "probe": PROBE})
        assert await adapter().probe(control, "all", control.level(level)) is shows


async def test_a_probe_without_a_whole_answer_is_unknown() -> None:
    with respx.mock() as router:
        router.get().mock(side_effect=httpx.ReadTimeout("slow"))
        control = described({**WITHDRAWALS, "probe": PROBE})
        with pytest.raises(Unanswered):
            await adapter().probe(control, "all", control.level("normal"))


async def test_a_probe_at_another_service_is_not_sent_this_ones_secret() -> None:
    with respx.mock(assert_all_called=False) as router:
        router.get().respond(200, text="ok")
        control = described({**WITHDRAWALS, "probe": {**PROBE, "service": "edge"}})
        with pytest.raises(Refused, match="no service is called edge"):
            await adapter().probe(control, "all", control.level("normal"))
        assert not router.calls


class Clock:
    def __init__(self) -> None:
        self.now, self.waits = 100.0, list[float]()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds


class Peer:
    def __init__(self, name: str, **service: Any) -> None:
        self.name = name
        self.service = Service.model_validate({"base_url": "https://x.test", **service})

    def says(self, kind: type[ServiceError], sentence: str) -> Any:
        return kind(sentence)


async def test_a_service_is_asked_no_more_often_than_its_rate_and_others_do_not_wait() -> None:
    clock = Clock()
    pace = Pace(lambda: clock.now, clock.sleep)
    slow = Peer("slow", rate={"calls": 2, "per": "1s"}, timeout="5s")
    for _ in range(5):
        await pace.turn(slow)
    assert clock.waits == [1.0, 1.0]
    await pace.turn(Peer("free"))
    assert clock.waits == [1.0, 1.0]


async def test_a_call_whose_turn_comes_too_late_is_not_made() -> None:
    clock = Clock()
    pace = Pace(lambda: clock.now, clock.sleep)
    slow = Peer("slow", rate={"calls": 1, "per": "1m"}, timeout="5s")
    await pace.turn(slow)
    for _ in range(3):
        with pytest.raises(Unanswered, match="its rate of 1 calls is used up"):
            await pace.turn(slow)
    clock.now += 60
    await pace.turn(slow)
    assert clock.waits == []
