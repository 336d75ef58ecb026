"""Every fault that can be ordered, over real HTTP."""

import time
from decimal import Decimal

import httpx
import pytest

from bot.sandbox.marketplace.faults import Rule
from tests.sandbox.marketplace.harness import Shop, make_plan

SWAPS = "/v1/swaps"
NONE = {"pairs": "none"}


def last_row(shop: Shop) -> dict[str, object]:
    return shop.trail()[-1]


def pairs(shop: Shop) -> str:
    return str(shop.get(SWAPS).json()["pairs"])


def test_fail_before_answers_500_and_changes_nothing(shop: Shop) -> None:
    shop.order("fail_before", path=SWAPS, method="PUT")
    answer = shop.put(SWAPS, NONE, key="a", Generation="1/1")
    assert (answer.status_code, answer.json()["code"]) == (500, "ordered_fault")
    assert pairs(shop) == "all"
    row = last_row(shop)
    assert (row["status"], row["applied"], row["fault"]) == (500, False, "fail_before")
    assert shop.put(SWAPS, NONE, key="a", Generation="1/1").status_code == 200
    assert pairs(shop) == "none"


def test_fail_after_answers_500_and_the_effect_stands(shop: Shop) -> None:
    shop.order("fail_after", path=SWAPS, method="PUT")
    assert shop.put(SWAPS, NONE, key="a", Generation="1/1").status_code == 500
    assert pairs(shop) == "none"
    row = last_row(shop)
    assert (row["status"], row["applied"], row["fault"]) == (500, True, "fail_after")
    again = shop.put(SWAPS, NONE, key="a", Generation="1/1")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")


@pytest.mark.parametrize(
    ("kind", "after", "applied"), [("drop_before", "all", False), ("drop_after", "none", True)]
)
def test_a_dropped_connection_leaves_the_client_without_a_byte(
    shop: Shop, kind: str, after: str, applied: bool
) -> None:
    shop.order(kind, path=SWAPS, method="PUT")
    with pytest.raises(httpx.RemoteProtocolError):
        shop.put(SWAPS, NONE)
    assert pairs(shop) == after
    row = last_row(shop)
    assert (row["status"], row["applied"], row["fault"]) == (None, applied, kind)


def test_a_read_can_be_dropped_too(shop: Shop) -> None:
    shop.order("drop_before", path=SWAPS, method="GET")
    with pytest.raises(httpx.RemoteProtocolError):
        shop.get(SWAPS)
    assert shop.get(SWAPS).status_code == 200


def test_ok_without_effect_looks_like_success(shop: Shop) -> None:
    shop.order("ok_without_effect", path=SWAPS)
    answer = shop.put(SWAPS, NONE, Generation="1/1")
    assert (answer.status_code, answer.json()["pairs"]) == (200, "none")
    assert pairs(shop) == "all"
    assert last_row(shop)["applied"] is False


def test_a_control_that_forgets_takes_its_setting_and_then_loses_it(shop: Shop) -> None:
    shop.order("forget", path=SWAPS, method="PUT")
    assert shop.put(SWAPS, NONE, Generation="1/4").json()["pairs"] == "none"
    read = shop.get(SWAPS).json()
    assert (read["pairs"], read["generation"]) == ("all", None)
    assert [row["event"] for row in shop.trail()] == ["put", "forget"]
    assert shop.put(SWAPS, NONE, Generation="1/1").status_code == 200


def test_controls_forget_at_once_when_told_to(shop: Shop) -> None:
    shop.put(SWAPS, NONE)
    shop.put("/v1/rebalancing", {"mode": "manual"})
    answer = shop.client.post("/sandbox/forget", json={"path": "/v1/s*"})
    assert "/v1/swaps" in answer.json()["forgotten"]
    assert pairs(shop) == "all"
    assert shop.get("/v1/rebalancing").json()["mode"] == "manual"


def test_a_lie_shows_another_value_than_the_one_that_holds(shop: Shop) -> None:
    shop.order("lie", path=SWAPS, method="GET", times=2)
    assert pairs(shop) == "none"
    shop.put(SWAPS, NONE)
    assert pairs(shop) == "all"
    assert pairs(shop) == "none"
    shop.order("lie", path=SWAPS, method="GET", value={"pairs": "low_risk"})
    assert pairs(shop) == "low_risk"


def test_a_stall_answers_late(shop: Shop) -> None:
    shop.order("stall", path=SWAPS, seconds="0.2")
    began = time.monotonic()
    assert pairs(shop) == "all"
    assert time.monotonic() - began >= 0.2


def test_a_client_that_gives_up_on_a_stall_does_not_undo_its_effect(shop: Shop) -> None:
    shop.order("stall", path=SWAPS, method="PUT", seconds="0.3")
    with pytest.raises(httpx.ReadTimeout):
        shop.client.put(SWAPS, json=NONE, headers={"Idempotency-Key": "a"}, timeout=0.05)
    deadline = time.monotonic() + 3
    while pairs(shop) == "all" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert pairs(shop) == "none"


def test_html_huge_redirect_and_any_status_never_reach_the_control(shop: Shop) -> None:
    shop.order("html", path=SWAPS)
    assert shop.put(SWAPS, NONE).headers["content-type"].startswith("text/html")
    shop.order("huge", path=SWAPS)
    assert len(shop.put(SWAPS, NONE).content) > 5 * 1024 * 1024
    shop.order("redirect", path=SWAPS)
    moved = shop.put(SWAPS, NONE)
    assert (moved.status_code, moved.headers["location"]) == (302, "http://elsewhere.invalid/")
    shop.order("status", path=SWAPS, code=429, retry_after=3)
    busy = shop.put(SWAPS, NONE)
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "3")
    assert pairs(shop) == "all"
    told = [(row["fault"], row["status"], row["applied"]) for row in shop.trail()]
    assert told == [
        ("html", 200, False),
        ("huge", 200, False),
        ("redirect", 302, False),
        ("status", 429, False),
    ]


def test_a_fault_strikes_as_often_as_ordered_and_only_where_it_belongs(shop: Shop) -> None:
    shop.order("fail_before", path="/v1/assets/*/withdrawals", method="GET", times=2)
    path = "/v1/assets/BTC/networks/BTC/withdrawals"
    assert shop.get("/v1/assets/BTC/networks/BTC/deposits").status_code == 200
    assert [shop.get(path).status_code for _ in range(3)] == [500, 500, 200]
    listed = shop.get("/sandbox/faults").json()["faults"]
    assert [(fault["hits"], fault["spent"]) for fault in listed] == [(2, True)]


def test_a_fault_for_ever_strikes_until_it_is_dropped(shop: Shop) -> None:
    shop.order("fail_before", path="*", times=None)
    assert [shop.get(SWAPS).status_code for _ in range(5)] == [500] * 5
    assert shop.client.delete("/sandbox/faults").json() == {"dropped": 1}
    assert shop.get(SWAPS).status_code == 200
    assert shop.client.delete("/sandbox/faults/99").status_code == 404


def test_a_chance_strikes_the_same_requests_for_the_same_seed() -> None:
    def struck() -> list[bool]:
        plan = make_plan()
        plan.order(Rule(kind="fail_before", path="*", times=None, probability=Decimal("0.3")))
        return [plan.strike("PUT", SWAPS) is not None for _ in range(200)]

    assert struck() == struck()
    assert 30 < sum(struck()) < 90


def test_an_order_that_makes_no_sense_is_refused(shop: Shop) -> None:
    for rule in ({"kind": "explode"}, {"kind": "stall"}, {"kind": "status"}, {"kind": "lie", "how": 1}):
        answer = shop.client.post("/sandbox/faults", json=rule)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")
    assert shop.get("/sandbox/faults").json() == {"faults": []}


def test_latency_slows_every_control_request(shop: Shop) -> None:
    shop.client.post("/sandbox/settings", json={"latency_ms": 150})
    began = time.monotonic()
    shop.get(SWAPS)
    assert time.monotonic() - began >= 0.15
    assert shop.get("/sandbox/settings").json() == {"latency_ms": 150, "compare_generations": True}
