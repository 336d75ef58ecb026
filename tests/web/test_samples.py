from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.web.conftest import TOKEN
from tests.web.story import Story

ADDRESS = "/signals/samples"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NOW = "2026-11-20T18:02:00Z"


async def send(
    client: httpx.AsyncClient, body: Any, content_type: str = "application/json"
) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(ADDRESS, content=raw, headers={**BEARER, "Content-Type": content_type})


def one(value: str = "1.25", at: str = NOW, signal: str = "coverage") -> bytes:
    """A body with one sample whose value is written exactly so."""
    return f'{{"samples":[{{"signal":"{signal}","value":{value},"at":"{at}"}}]}}'.encode()


async def last(story: Story, signal: str = "coverage") -> Decimal | None:
    async with story.ctx.store.read() as tx:
        found = (await tx.samples.last()).get(signal)
    return found.value if found else None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1.25", "1.25"),
        ('"1.25"', "1.25"),
        ("0.1", "0.1"),
        ("123456789012345678.123456789012345678", "123456789012345678.123456789012345678"),
        ('"123456789012345678.123456789012345678"', "123456789012345678.123456789012345678"),
        ("12345678901234567890", "12345678901234567890"),
        ("-7", "-7"),
        ("1.5e3", "1500"),
        ("1e-9", "0.000000001"),
        ('"-0.00"', "0"),
    ],
)
async def test_values_are_kept_exactly_as_written(
    live: Story, client: httpx.AsyncClient, written: str, kept: str
) -> None:
    answer = await send(client, one(written))

    assert answer.json() == {"accepted": 1, "new": 1, "refused": [], "refused_count": 0}
    assert await last(live) == Decimal(kept)


@pytest.mark.parametrize(
    "written",
    [
        *('"NaN"', '"Infinity"', '"1_000"', '"١٢"', '" 1"', '"1."', '".5"', '"+1"', '""', '"0x10"', '"1e5"'),
        *(f'"{"9" * 31}"', "9" * 41, "1e30", "1e-31", "1e999999999", "-1e999999999", "0e999999999"),
        *("true", "null", "[]", "{}"),
    ],
)
async def test_what_is_no_plain_decimal_is_refused(
    live: Story, client: httpx.AsyncClient, written: str
) -> None:
    answer = await send(client, one(written))

    assert answer.status_code == 422
    (refused,) = answer.json()["refused"]
    assert refused["signal"] == "coverage"
    assert refused["reason"].startswith("value")
    assert await last(live) is None


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "01", "1,5", "9e9999999999999999999"])
async def test_numbers_that_are_no_json_refuse_the_body(client: httpx.AsyncClient, written: str) -> None:
    answer = await send(client, one(written))

    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "at",
    [
        *("2026-11-20T18:02:00", "2026-11-20", "18:02", "1795147531", "", "2026-13-20T18:02:00Z"),
        *("2026-11-20T18:02:60Z", "2026-11-20T18:02:00+0100", "2026-11-20 18:02:00Z", "0000-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+23:59", "2026-11-20T18:02:00+99:99", "2026-11-20T18:02:00Zulu"),
    ],
)
async def test_a_time_that_is_no_moment_with_a_zone_is_refused(client: httpx.AsyncClient, at: str) -> None:
    answer = await send(client, one(at=at))

    assert answer.status_code == 422
    assert answer.json()["refused"][0]["reason"].startswith("at ")


@pytest.mark.parametrize(
    ("at", "second"),
    [
        ("2026-11-20T18:02:00Z", 0),
        ("2026-11-20t18:02:00z", 0),
        ("2026-11-20T19:02:00.5+01:00", 0.5),
        ("2026-11-20T18:02:00.123456789Z", 0.123456),
    ],
)
async def test_moments_are_understood_in_any_zone(
    live: Story, client: httpx.AsyncClient, at: str, second: float
) -> None:
    await send(client, one(at=at))

    async with live.ctx.store.read() as tx:
        found = (await tx.samples.last())["coverage"]
    assert found.at == datetime.fromisoformat(NOW) + timedelta(seconds=second)
    assert found.received_at == live.clock.now()


async def test_a_sample_from_beyond_the_staleness_limit_ahead_is_refused(
    live: Story, client: httpx.AsyncClient
) -> None:
    limit = live.ctx.content.now.signals["coverage"].stale_after
    ahead = live.clock.now() + limit
    assert (await send(client, one(at=ahead.isoformat()))).status_code == 200
    beyond = ahead + timedelta(seconds=1)
    answer = await send(client, one(at=beyond.isoformat()))

    assert answer.status_code == 422
    assert answer.json()["refused"][0]["reason"] == "at lies in the future"


async def test_the_valid_samples_are_kept_and_the_others_are_listed(
    live: Story, client: httpx.AsyncClient
) -> None:
    body = {
        "samples": [
            {"signal": "coverage", "value": "0.8", "at": NOW, "labels": {"asset": "USDT"}},
            {"signal": "weather", "value": "1", "at": NOW},
            "coverage=1",
            {"signal": "hot_balance", "value": "x", "at": NOW},
            {"signal": "queue_count", "value": 12, "at": NOW, "labels": {"asset": 1}},
            {"value": 1},
            {"signal": "queue_value", "value": 1900000, "at": NOW},
        ]
    }
    answer = await send(client, body)

    assert answer.status_code == 200
    said = answer.json()
    assert (said["accepted"], said["new"], said["refused_count"]) == (2, 2, 5)
    assert [(r["index"], r["signal"]) for r in said["refused"]] == [
        (1, "weather"),
        (2, None),
        (3, "hot_balance"),
        (4, "queue_count"),
        (5, None),
    ]
    assert said["refused"][0]["reason"] == "there is no signal of that id"
    assert await last(live) == Decimal("0.8")
    assert await last(live, "queue_value") == 1900000


async def test_the_same_sample_twice_is_kept_once(client: httpx.AsyncClient) -> None:
    await send(client, one())
    again = await send(client, one("9"))

    assert again.json() == {"accepted": 1, "new": 0, "refused": [], "refused_count": 0}


BAD: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"coverage 1", 400),
    "no text": (b"\xff\xff", 400),
    "nested beyond reason": (b"[" * 100_000, 400),
    "a list": (b"[]", 422),
    "no samples": (b'{"sample":[]}', 422),
    "samples that are no list": (b'{"samples":{}}', 422),
    "too many samples": (json.dumps({"samples": [{}] * 2_001}).encode(), 422),
    "too large": (b'{"samples":[]}' + b" " * 1_000_000, 413),
    "a number of a million digits": (b'{"samples":[{"value":' + b"9" * 900_000 + b"}]}", 422),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_body_without_a_list_of_samples_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    body, status = BAD[kind]
    answer = await send(client, body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 5_000


def event(data: Any, **more: Any) -> dict[str, Any]:
    """A CloudEvent in structured mode."""
    facts = {"specversion": "1.0", "id": "e1", "source": "/monitor", "type": "exchange.sample", "data": data}
    return {**facts, **more}


DATA = {"samples": [{"signal": "coverage", "value": "0.7", "at": NOW}]}


async def test_a_cloudevent_carries_samples(live: Story, client: httpx.AsyncClient) -> None:
    answer = await send(client, event(DATA), "application/cloudevents+json; charset=utf-8")

    assert answer.json()["accepted"] == 1
    assert await last(live) == Decimal("0.7")


async def test_a_batch_of_cloudevents_says_which_event_was_wrong(
    live: Story, client: httpx.AsyncClient
) -> None:
    batch = [
        event(DATA),
        event(DATA, specversion="0.3"),
        event(DATA, id=""),
        event(None),
        event({"samples": [{"signal": "weather", "value": 1, "at": NOW}]}),
        "event",
        event(DATA) | {"data_base64": "e30="},
    ]
    answer = await send(client, batch, "application/cloudevents-batch+json")

    said = answer.json()
    assert said["accepted"] == 1
    assert sorted(r["event"] for r in said["refused"]) == [1, 2, 3, 4, 5, 6]
    assert next(r for r in said["refused"] if r["event"] == 4)["index"] == 0
    assert next(r for r in said["refused"] if r["event"] == 1)["reason"] == "specversion must be 1.0"


async def test_the_token_is_asked_for_here_too(live: Story, client: httpx.AsyncClient) -> None:
    assert (await client.post(ADDRESS, content=one())).status_code == 401
    assert await last(live) is None
