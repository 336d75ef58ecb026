from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import httpx
import pytest
from fastapi import Request, Response
from structlog.testing import capture_logs

from bot.store import open_database
from bot.store.store import SqlStore
from bot.usecases.ports import Store, StoreAway, Tx
from bot.web import health
from bot.web.app import WebSettings, create_app
from bot.web.health import NotReady
from tests.web.conftest import over
from tests.web.story import ROOT, Story

SETTINGS = WebSettings("https://status.example", ROOT / "templates")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/status/", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%00", 404),
        ("POST", "/status", 405),
        ("GET", "/slack/events", 405),
        ("DELETE", "/signals/samples", 405),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
    ],
)
async def test_every_error_is_a_problem_document(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    "path", ["/status", "/macros", "/api/v2/summary.json", "/nowhere", "/healthz", "/metrics"]
)
async def test_every_answer_is_locked_down(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "max-age" in headers["strict-transport-security"]


async def test_the_pages_own_style_is_what_the_policy_allows(client: httpx.AsyncClient) -> None:
    answer = await client.get("/status")
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{hashed}'" in answer.headers["content-security-policy"]
    assert " style=" not in answer.text


async def test_an_error_nobody_foresaw_tells_nothing_but_its_id(live: Story) -> None:
    async def broken(_request: Request) -> Response:
        raise RuntimeError("password=hunter2")

    with capture_logs() as logs:
        async with over(create_app(live.ctx, SETTINGS, broken, {})) as client:
            answer = await client.post("/slack/events")

    assert answer.status_code == 500
    assert [entry["request_id"] for entry in logs] == [answer.headers["x-request-id"]]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_slack_is_handed_its_requests_whole(live: Story) -> None:
    async def echo(request: Request) -> Response:
        return Response(await request.body(), 202)

    async with over(create_app(live.ctx, SETTINGS, echo, {})) as client:
        answer = await client.post("/slack/events", content=b"token=x&text=%3C!channel%3E")

    assert (answer.status_code, answer.content) == (202, b"token=x&text=%3C!channel%3E")


async def test_without_slack_its_address_says_which_variables_are_missing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/slack/events")

    assert answer.status_code == 503
    assert "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET are not set" in answer.json()["detail"]


async def test_a_body_that_hides_its_length_is_cut_off(live: Story) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 100_000
            yield b"x" * 100_000

    async def read(request: Request) -> Response:
        return Response(str(len(await request.body())))

    async with over(create_app(live.ctx, SETTINGS, read, {})) as client:
        answer = await client.post("/slack/events", content=endless())

    assert answer.status_code == 413


async def test_a_database_that_is_away_is_said_to_be_away(live: Story) -> None:
    class Gone:
        def read(self) -> AbstractAsyncContextManager[Tx]:
            raise StoreAway("The database cannot be reached. Nothing was done; try again in a moment.")

        write = read

    ctx = replace(live.ctx, store=Gone())
    async with over(create_app(ctx, replace(SETTINGS, signals_token="t"), None, {})) as client:
        for path in ("/status", "/macros", "/api/v2/summary.json", "/status/feed.atom"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
            assert answer.headers["content-type"] == "application/problem+json"
        body = {"samples": [{"signal": "coverage", "value": 1, "at": "2026-11-20T18:00:00Z"}]}
        sent = await client.post("/signals/samples", json=body, headers={"Authorization": "Bearer t"})
        assert sent.status_code == 503
        assert (await client.get("/healthz")).status_code == 200
        metrics = (await client.get("/metrics")).text
        assert "breakwater_database_up 0.0" in metrics
        assert "breakwater_holds_in_force NaN" in metrics


async def test_an_unmigrated_database_gives_nothing_away(live: Story, tmp_path: object) -> None:
    database = open_database(f"sqlite:///{tmp_path}/empty.db")
    store: Store = SqlStore(database)
    async with over(create_app(replace(live.ctx, store=store), SETTINGS, None, {})) as client:
        answer = await client.get("/status")
    await database.close()

    assert (answer.status_code, answer.json()["detail"]) == (503, "The database is not ready.")


async def fine() -> None:
    return


async def down() -> None:
    raise NotReady("no worker has reported for 40 s")


async def secretive() -> None:
    raise ConnectionError("could not connect to postgres://breakwater:hunter2@db")


async def hung() -> None:
    await asyncio.Event().wait()


async def stubborn() -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if stubborn_may_go.is_set():
                raise


stubborn_may_go = asyncio.Event()
Checks = dict[str, Callable[[], Awaitable[None]]]


async def ready(live: Story, checks: Checks) -> httpx.Response:
    async with over(create_app(live.ctx, SETTINGS, None, checks)) as client:
        return await client.get("/readyz")


async def test_readiness_names_every_dependency(live: Story) -> None:
    answer = await ready(live, {"database": fine, "redis": fine, "slack": fine, "worker": fine})

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert {n: c["ok"] for n, c in answer.json()["checks"].items()} == dict.fromkeys(
        ("database", "redis", "slack", "worker"), True
    )


async def test_one_dependency_that_is_away_makes_it_not_ready(live: Story) -> None:
    answer = await ready(live, {"database": fine, "worker": down, "redis": secretive})

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "Not ready: worker, redis."
    checks = answer.json()["checks"]
    assert checks["database"]["ok"]
    assert checks["worker"]["detail"] == "no worker has reported for 40 s"
    assert "hunter2" not in answer.text


async def test_a_dependency_that_hangs_is_not_waited_for(
    live: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "WITHIN", 0.05)
    stubborn_may_go.clear()
    started = time.monotonic()
    answer = await ready(live, {"database": fine, "slack": hung, "redis": stubborn})
    assert time.monotonic() - started < 1
    stubborn_may_go.set()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()

    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["database"]["ok"]
    assert checks["slack"]["detail"] == checks["redis"]["detail"] == "no answer within 0.05 s"


async def test_metrics_count_requests_and_what_is_in_force(live: Story) -> None:
    async def due() -> dict[str, int]:
        return {"actuation": 3}

    await live.seen()
    await live.protected(await live.declared())
    async with over(create_app(live.ctx, SETTINGS, None, {}, due)) as client:
        await client.get("/status")
        await client.get("/nowhere/../secret-path")
        await client.post("/slack/events")
        text = (await client.get("/metrics")).text

    assert 'breakwater_http_requests_total{method="GET",route="/status",status="200"} 1.0' in text
    assert 'breakwater_http_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert "secret-path" not in text
    assert "breakwater_slack_ack_seconds_count 1.0" in text
    assert 'breakwater_open_incidents{environment="live",phase="protected"} 1.0' in text
    assert "breakwater_holds_in_force 16.0" in text
    assert 'breakwater_jobs_due{lane="actuation"} 3.0' in text
    assert "breakwater_database_up 1.0" in text
