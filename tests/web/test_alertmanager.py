from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.domain.base import IncidentClass, Severity
from bot.domain.trigger import Suggestion, SuggestionStatus
from bot.web.app import WebSettings, create_app
from tests.web.conftest import TOKEN, over
from tests.web.story import DINNER, ROOT, Story

FIXTURES = Path(__file__).parent / "fixtures"
FIRING = (FIXTURES / "alertmanager-firing.json").read_bytes()
RESOLVED = (FIXTURES / "alertmanager-resolved.json").read_bytes()
ADDRESS = "/signals/alertmanager"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def send(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await client.post(ADDRESS, content=body, headers=BEARER)


async def suggestions(story: Story) -> list[Suggestion]:
    async with story.ctx.store.read() as tx:
        return await tx.suggestions.open()


def changed(**more: Any) -> bytes:
    """The firing body with members of the envelope replaced."""
    return json.dumps({**json.loads(FIRING), **more}).encode()


def changed_alert(**more: Any) -> bytes:
    """The firing body with members of its alert replaced."""
    alert = {**json.loads(FIRING)["alerts"][0], **more}
    return changed(alerts=[alert])


async def test_an_unmodified_alertmanager_body_raises_one_suggestion(
    live: Story, client: httpx.AsyncClient
) -> None:
    answer = await send(client, FIRING)

    assert answer.status_code == 200
    assert answer.json() == {"received": 1, "firing": 1, "resolved": 0, "suggestions": 1}
    (raised,) = await suggestions(live)
    assert raised.title == "Hot wallet coverage is low"
    assert raised.summary == "Hot wallet coverage for USDT is 0.11"
    assert (raised.severity, raised.class_hint) == (Severity.SEV1, IncidentClass.RESERVE_ISSUE)
    assert raised.raised_at == DINNER, "age counts from receipt, not from the alert's own start"


async def test_the_alerts_own_start_is_kept_in_the_record(live: Story, client: httpx.AsyncClient) -> None:
    await send(client, FIRING)

    async with live.ctx.store.read() as tx:
        (row,) = [r for r in await tx.ledger.rows() if r.kind == "suggestion.raised"]
    assert row.data["started_at"] == "2026-11-20T04:05:31.004000+00:00"
    assert row.data["source"] == "alertmanager"


async def test_a_repeated_body_raises_nothing_new(live: Story, client: httpx.AsyncClient) -> None:
    await send(client, FIRING)
    live.pass_minutes(5)
    again = await send(client, FIRING)

    assert again.json()["suggestions"] == 0
    (known,) = await suggestions(live)
    assert known.times == 2
    assert known.last_seen_at == live.clock.now()


async def test_a_later_firing_of_the_same_alert_is_a_new_one(live: Story, client: httpx.AsyncClient) -> None:
    await send(client, FIRING)
    later = await send(client, changed_alert(startsAt="2026-11-20T09:00:00Z"))

    assert later.json()["suggestions"] == 1
    assert len(await suggestions(live)) == 2


async def test_the_same_start_written_in_another_zone_is_the_same_firing(
    live: Story, client: httpx.AsyncClient
) -> None:
    await send(client, FIRING)
    again = await send(client, changed_alert(startsAt="2026-11-20T05:05:31.004+01:00"))

    assert again.json()["suggestions"] == 0


async def test_a_resolved_body_resolves_its_own_suggestion(live: Story, client: httpx.AsyncClient) -> None:
    await send(client, FIRING)
    (raised,) = await suggestions(live)
    answer = await send(client, RESOLVED)

    assert answer.json() == {"received": 1, "firing": 0, "resolved": 1, "suggestions": 0}
    async with live.ctx.store.read() as tx:
        assert (await tx.suggestions.get(raised.id)).status is SuggestionStatus.RESOLVED


async def test_grafanas_envelope_is_taken_too(live: Story, client: httpx.AsyncClient) -> None:
    alert = {
        **json.loads(FIRING)["alerts"][0],
        "values": {"B": 0.11},
        "valueString": "[ var='B' value=0.11 ]",
        "dashboardURL": "",
        "silenceURL": "https://grafana.example/silence",
    }
    body = changed(
        alerts=[alert], version="1", orgId=1, title="[FIRING:1]", state="alerting", message="**Firing**"
    )
    answer = await send(client, body)

    assert answer.json()["suggestions"] == 1
    async with live.ctx.store.read() as tx:
        (row,) = [r for r in await tx.ledger.rows() if r.kind == "suggestion.raised"]
    assert row.data["source"] == "grafana"


async def test_an_alert_without_a_trigger_is_counted_and_raises_nothing(
    live: Story, client: httpx.AsyncClient
) -> None:
    answer = await send(client, changed_alert(labels={"alertname": "DiskSlow", "severity": "warning"}))

    assert answer.json() == {"received": 1, "firing": 1, "resolved": 0, "suggestions": 0}
    assert await suggestions(live) == []


async def test_a_storm_of_alerts_is_taken_whole(live: Story, client: httpx.AsyncClient) -> None:
    alert = json.loads(FIRING)["alerts"][0]
    storm = [{**alert, "fingerprint": f"{n:x}", "labels": {"alertname": "Noise"}} for n in range(750)]
    answer = await send(client, changed(alerts=[*storm, alert]))

    assert answer.json() == {"received": 751, "firing": 751, "resolved": 0, "suggestions": 1}


async def test_hostile_words_in_an_alert_are_kept_as_plain_bounded_text(
    live: Story, client: httpx.AsyncClient
) -> None:
    summary = "<!channel> \u202eelas\u0007 xoxb-1234567890-secret " + "x" * 5000
    await send(client, changed_alert(annotations={"summary": summary}))

    (raised,) = await suggestions(live)
    assert len(raised.summary) <= 200
    assert not {"\u202e", "\u0007"} & set(raised.summary)
    assert "xoxb-" not in raised.summary


BAD = {
    "nothing": (b"", 400),
    "no JSON": (b"alerts: yes", 400),
    "half of it": (FIRING[:200], 400),
    "bytes that are no text": (b"\xff\xfe{}", 400),
    "a list": (b"[]", 422),
    "an empty object": (b"{}", 422),
    "no alert": (changed(alerts=[]), 422),
    "alerts that are no list": (changed(alerts={"0": {}}), 422),
    "an alert that is none": (changed(alerts=["fire"]), 422),
    "no group key": (changed(groupKey=""), 422),
    "a status nobody knows": (changed_alert(status="smouldering"), 422),
    "a start without a zone": (changed_alert(startsAt="2026-11-20T04:05:31"), 422),
    "a start that is a number": (changed_alert(startsAt=1795147531), 422),
    "no fingerprint": (changed_alert(fingerprint=None), 422),
    "a label that is no text": (changed_alert(labels={"severity": 1}), 422),
    "nested beyond reason": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
    "a megabyte and a byte": (changed(receiver="x" * 1_000_000), 413),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_body_is_refused_with_a_problem_and_changes_nothing(
    live: Story, client: httpx.AsyncClient, kind: str
) -> None:
    body, status = BAD[kind]
    answer = await send(client, body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert len(answer.content) < 5_000
    async with live.ctx.store.read() as tx:
        assert await tx.suggestions.open() == []
        assert (await tx.ledger.head()).seq == 0


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \u00e9"],
)
async def test_without_the_token_nothing_is_taken(
    live: Story, client: httpx.AsyncClient, header: str
) -> None:
    answer = await client.post(ADDRESS, content=FIRING, headers={b"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["title"] == "Unauthorized"
    assert await suggestions(live) == []


async def test_where_no_token_was_set_up_the_answer_says_so(live: Story) -> None:
    app = create_app(live.ctx, WebSettings("https://status.example", ROOT / "templates"), None, {})
    async with over(app) as client:
        answer = await send(client, FIRING)

    assert answer.status_code == 503
    assert "SIGNALS_TOKEN" in answer.json()["detail"]
