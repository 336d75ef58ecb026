"""The control API's contract."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bot.sandbox.marketplace.catalogue import BY_PATH

SWAPS = "/v1/swaps"
SIGNING = "/v1/custody/signing"
TRON = "/v1/assets/USDT/networks/TRON/withdrawals"
ALL_PATHS = sorted(BY_PATH)


async def put(api: httpx.AsyncClient, path: str, body: Any, key: str, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.put(path, json=body, headers={"Idempotency-Key": key, **sent})


def value_of(body: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k not in ("generation", "updated_at", "reason")}


@pytest.mark.parametrize("path", ALL_PATHS)
async def test_every_control_is_set_read_back_and_returned_to_its_default(
    api: httpx.AsyncClient, path: str
) -> None:
    strict, usual = BY_PATH[path].strictest.fields(), BY_PATH[path].default.fields()
    before = await api.get(path)
    assert value_of(before.json()) == usual
    done = await put(api, path, strict, "tighten", Generation="1/1", Reason="a%20run%20on%20us")
    after = await api.get(path)
    assert done.status_code == 200
    assert done.json() == after.json()
    assert value_of(after.json()) == strict
    assert after.json()["generation"] == "1/1"
    assert after.json()["reason"] == "a run on us"
    assert done.headers["etag"] == after.headers["etag"] != before.headers["etag"]
    if path != SIGNING:
        assert (await put(api, path, usual, "loosen", Generation="1/2")).status_code == 200
        assert value_of((await api.get(path)).json()) == usual


async def test_the_list_shows_every_control_with_its_value_and_etag(api: httpx.AsyncClient) -> None:
    await put(api, SWAPS, {"pairs": "none"}, "k", Generation="2/5")
    listed = {row["path"]: row for row in (await api.get("/v1/controls")).json()["controls"]}
    assert sorted(listed) == ALL_PATHS
    row = listed[SWAPS]
    assert row["value"] == {"pairs": "none"}
    assert row["default"] == {"pairs": "all"}
    assert row["generation"] == "2/5"
    assert row["etag"] == (await api.get(SWAPS)).headers["etag"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SWAPS, {"pairs": "some"}),
        (SWAPS, {"pairs": "none", "why": "unknown field"}),
        (SWAPS, {}),
        (SWAPS, ["none"]),
        ("/v1/orders/max-notional", {"max_notional": 1000}),
        ("/v1/orders/max-notional", {"max_notional": "-1"}),
        ("/v1/orders/max-notional", {"max_notional": "1e3"}),
        ("/v1/orders/max-notional", {"max_notional": "NaN"}),
        ("/v1/orders/max-notional", {"max_notional": "١٢"}),
        ("/v1/orders/depth", {"visible_pct": 101}),
        ("/v1/orders/depth", {"visible_pct": True}),
        ("/v1/orders/depth", {"visible_pct": "50"}),
        ("/v1/change-freeze", {"frozen": "yes"}),
        ("/v1/routes/northbank", {"status": "closed", "order_share_pct": 50}),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_and_changes_nothing(
    api: httpx.AsyncClient, path: str, body: Any
) -> None:
    before = await api.get(path)
    answer = await put(api, path, body, "k")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_body"
    assert (await api.get(path)).headers["etag"] == before.headers["etag"]


async def test_a_body_that_is_no_json_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.put(SWAPS, content=b"{pairs", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 422


async def test_without_the_token_nothing_is_told_or_changed_but_the_attempt_is_kept(
    api: httpx.AsyncClient,
) -> None:
    wrong = {"Authorization": "Bearer another", "Idempotency-Key": "k"}
    assert (await api.get(SWAPS, headers=wrong)).status_code == 401
    assert (await api.get("/v1/state", headers=wrong)).status_code == 401
    assert (await api.post("/sandbox/forget", json={"path": "*"}, headers=wrong)).status_code == 401
    assert (await api.put(SWAPS, json={"pairs": "none"}, headers=wrong)).status_code == 401
    rows = (await api.get("/v1/audit")).json()["rows"]
    assert [(row["status"], row["applied"]) for row in rows] == [(401, False)]


async def test_an_unknown_asset_is_no_resource(api: httpx.AsyncClient) -> None:
    path = TRON.replace("USDT", "DOGE")
    assert (await api.get(path)).json()["code"] == "not_found"
    assert (await put(api, path, {}, "k")).status_code == 404
    assert (await api.get("/v1/nothing")).headers["content-type"] == "application/problem+json"


async def test_a_put_without_an_idempotency_key_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.put(SWAPS, json={"pairs": "none"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_missing"
    assert (await api.get(SWAPS)).json()["pairs"] == "all"


async def test_the_same_key_again_is_answered_as_before_without_effect(api: httpx.AsyncClient) -> None:
    first = await put(api, SWAPS, {"pairs": "none"}, "a", Generation="1/1")
    await put(api, SWAPS, {"pairs": "low_risk"}, "b", Generation="1/2")
    again = await put(api, SWAPS, {"pairs": "none"}, "a", Generation="1/1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (await api.get(SWAPS)).json()["pairs"] == "low_risk"


async def test_the_same_key_with_another_body_or_path_is_refused(api: httpx.AsyncClient) -> None:
    await put(api, SWAPS, {"pairs": "none"}, "a")
    other_body = await put(api, SWAPS, {"pairs": "all"}, "a")
    other_path = await put(api, "/v1/rebalancing", {"mode": "manual"}, "a")
    assert other_body.json()["code"] == other_path.json()["code"] == "idempotency_key_reused"
    assert other_body.status_code == 409
    assert (await api.get(SWAPS)).json()["pairs"] == "none"


async def test_a_stale_etag_is_refused_changes_nothing_and_may_be_tried_again(
    api: httpx.AsyncClient,
) -> None:
    stale = (await api.get(SWAPS)).headers["etag"]
    await put(api, SWAPS, {"pairs": "low_risk"}, "a")
    refused = await put(api, SWAPS, {"pairs": "none"}, "b", If_Match=stale)
    assert refused.status_code == 412
    assert (await api.get(SWAPS)).json()["pairs"] == "low_risk"
    fresh = (await api.get(SWAPS)).headers["etag"]
    assert (await put(api, SWAPS, {"pairs": "none"}, "b", If_Match=fresh)).status_code == 200
    assert (await put(api, SWAPS, {"pairs": "all"}, "c", If_Match="*")).status_code == 200


@pytest.mark.parametrize("late", ["3/7", "3/6", "2/900", "1/8"])
async def test_a_generation_not_above_the_last_is_refused_and_changes_nothing(
    api: httpx.AsyncClient, late: str
) -> None:
    await put(api, SWAPS, {"pairs": "none"}, "a", Generation="3/7")
    before = await api.get(SWAPS)
    refused = await put(api, SWAPS, {"pairs": "all"}, "late", Generation=late)
    assert (refused.status_code, refused.json()["code"]) == (409, "generation_superseded")
    after = await api.get(SWAPS)
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])
    again = await put(api, SWAPS, {"pairs": "all"}, "late", Generation=late)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (409, "true")


@pytest.mark.parametrize("higher", ["3/8", "3/10", "4/1"])
async def test_generations_compare_as_numbers_epoch_first(api: httpx.AsyncClient, higher: str) -> None:
    await put(api, SWAPS, {"pairs": "none"}, "a", Generation="3/7")
    assert (await put(api, SWAPS, {"pairs": "all"}, "b", Generation=higher)).status_code == 200


async def test_generations_are_kept_per_resource(api: httpx.AsyncClient) -> None:
    await put(api, SWAPS, {"pairs": "none"}, "a", Generation="1/9")
    assert (await put(api, "/v1/rebalancing", {"mode": "manual"}, "b", Generation="1/1")).status_code == 200


async def test_a_malformed_generation_is_refused(api: httpx.AsyncClient) -> None:
    for generation in ("7", "1/", "a/b", "1/2/3", "-1/2"):
        answer = await put(api, SWAPS, {"pairs": "none"}, f"k{generation}", Generation=generation)
        assert answer.json()["code"] == "generation_malformed"


async def test_a_service_told_not_to_compare_takes_any_generation(api: httpx.AsyncClient) -> None:
    await api.post("/sandbox/settings", json={"compare_generations": False})
    await put(api, SWAPS, {"pairs": "none"}, "a", Generation="1/9")
    assert (await put(api, SWAPS, {"pairs": "all"}, "b", Generation="1/2")).status_code == 200
    assert (await api.get(SWAPS)).json()["generation"] == "1/2"


async def test_setting_what_already_is_succeeds(api: httpx.AsyncClient) -> None:
    first = await put(api, SWAPS, {"pairs": "none"}, "a", Generation="1/1")
    second = await put(api, SWAPS, {"pairs": "none"}, "b", Generation="1/2")
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json()["generation"] == "1/2"


async def test_amounts_come_back_as_the_decimal_strings_they_were(api: httpx.AsyncClient) -> None:
    body = {
        "status": "enabled",
        "max_per_transaction": "500.50",
        "hourly_limit": "100000",
        "in_flight": "hold",
    }
    await put(api, TRON, body, "a")
    read = (await api.get(TRON)).json()
    assert read["max_per_transaction"] == "500.50"
    assert Decimal(read["hourly_limit"]) == 100_000


async def test_a_signing_freeze_cannot_be_undone_here_only_by_the_vendor(api: httpx.AsyncClient) -> None:
    await put(api, SIGNING, {"status": "frozen"}, "a", Generation="1/1")
    refused = await put(api, SIGNING, {"status": "normal"}, "b", Generation="1/2")
    assert (refused.status_code, refused.json()["code"]) == (409, "irreversible")
    assert "vendor" in refused.json()["detail"]
    assert (await put(api, SIGNING, {"status": "frozen"}, "c", Generation="1/3")).status_code == 200
    await api.post("/sandbox/forget", json={"path": SIGNING})
    assert (await api.get(SIGNING)).json()["status"] == "normal"


async def test_the_trail_has_every_put_with_what_it_changed(api: httpx.AsyncClient) -> None:
    await put(api, SWAPS, {"pairs": "none"}, "a", Generation="1/1", Reason="caf%C3%A9%20%E2%98%95")
    await put(api, SWAPS, {"pairs": "none"}, "a", Generation="1/1")
    await put(api, SWAPS, {"pairs": "all"}, "b", Generation="1/1")
    await put(api, SWAPS, {"pairs": 1}, "c")
    rows = (await api.get("/v1/audit")).json()["rows"]
    told = [(r["seq"], r["status"], r["applied"], r["replayed"], r["problem"]) for r in rows]
    assert told == [
        (1, 200, True, False, None),
        (2, 200, False, True, None),
        (3, 409, False, False, "generation_superseded"),
        (4, 422, False, False, "invalid_body"),
    ]
    first = rows[0]
    assert first["reason"] == "café ☕"
    assert (first["value_before"], first["value_after"]) == ({"pairs": "all"}, {"pairs": "none"})
    assert first["etag_before"] != first["etag_after"] == rows[2]["etag_after"]
    assert (first["path"], first["idempotency_key"], first["generation"]) == (SWAPS, "a", "1/1")
    since = (await api.get("/v1/audit", params={"since": 2})).json()
    assert [row["seq"] for row in since["rows"]] == [3, 4]
    assert since["next"] == 4


async def test_openapi_describes_every_resource(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json", headers={"Authorization": ""})).json()
    templates = {kind.template for kind in BY_PATH.values()}
    assert templates <= set(document["paths"])
    body = document["paths"]["/v1/swaps"]["put"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["additionalProperties"] is False
    assert json.dumps(document)


async def test_health_and_metrics_need_no_token(api: httpx.AsyncClient) -> None:
    nobody = {"Authorization": ""}
    assert (await api.get("/healthz", headers=nobody)).json() == {"status": "ok"}
    await put(api, SWAPS, {"pairs": "none"}, "a")
    text = (await api.get("/metrics", headers=nobody)).text
    assert 'control_writes_total{outcome="applied"} 1.0' in text
