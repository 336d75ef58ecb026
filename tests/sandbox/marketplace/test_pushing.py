"""What the marketplace pushes to the bot, and what it reads from the public status page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.marketplace.monitor import Monitor
from bot.sandbox.marketplace.newsroom import Newsroom, news_of
from bot.sandbox.marketplace.world import World
from tests.sandbox.marketplace.harness import Clock, serving
from tests.sandbox.marketplace.playing import protected

SIGNALS = {
    *("coverage", "books_drift", "reserve_ratio", "hot_balance", "refill_available", "refill_eta"),
    *("queue_count", "queue_value", "queue_oldest", "inflow_hour", "outflow_hour", "outflow_requested_hour"),
    *("hot_empty_low", "hot_empty_high", "counterparty_latency", "counterparty_exposure"),
    *("unclaimed_outflow", "withdrawal_failure_rate", "settlement_lag", "tickets_hour", "price_move_pct"),
    *("executable_depth", "net_outflow_hour", "api_errors", "chain_delay"),
}


@dataclass
class FakeBot:
    """Takes what is pushed and shows a status page, or is out of order."""

    status: int = 202
    samples: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[bytes] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    page: bytes = b'{"incidents": []}'
    address: str = ""

    async def take_samples(self, request: Request) -> Response:
        self.tokens.add(request.headers["authorization"])
        if self.status < 300:
            self.samples.extend((await request.json())["samples"])
        return JSONResponse({}, self.status)

    async def take_alert(self, request: Request) -> Response:
        self.tokens.add(request.headers["authorization"])
        self.alerts.append(await request.body())
        return JSONResponse({}, self.status)

    async def show(self, _: Request) -> Response:
        return Response(self.page, self.status, media_type="application/json")


@pytest.fixture
def bot() -> Iterator[FakeBot]:
    fake = FakeBot()
    app = Starlette(
        routes=[
            Route("/signals/samples", fake.take_samples, methods=["POST"]),
            Route("/signals/alertmanager", fake.take_alert, methods=["POST"]),
            Route("/api/v2/incidents.json", fake.show),
        ]
    )
    with serving(app) as fake.address:
        yield fake


def body(word: str) -> bytes:
    return files("bot.sandbox.marketplace").joinpath(f"alertmanager-{word}.json").read_bytes()


def run_for(world: World, clock: Clock, minutes: int) -> None:
    clock.pass_minutes(minutes)
    world.catch_up()


async def test_every_signal_is_pushed_with_its_business_time(
    world: World, clock: Clock, bot: FakeBot
) -> None:
    run_for(world, clock, 2)
    monitor = Monitor(world, bot.address, "signals-token")
    assert await monitor.push()
    assert bot.tokens == {"Bearer signals-token"}
    assert {sample["signal"] for sample in bot.samples} == SIGNALS
    assert all(isinstance(sample["value"], str) for sample in bot.samples)
    coverage = [s for s in bot.samples if s["signal"] == "coverage"]
    assert [sample["at"] for sample in coverage] == ["2026-11-20T03:01:00.000Z", "2026-11-20T03:02:00.000Z"]
    assert not await monitor.push()


async def test_the_latest_tick_is_repeated_as_seen_now(world: World, clock: Clock, bot: FakeBot) -> None:
    monitor = Monitor(world, bot.address, "t")
    run_for(world, clock, 1)
    await monitor.push()
    clock.pass_minutes(0.5)
    bot.samples.clear()
    assert await monitor.push(repeat=True)
    assert {sample["at"] for sample in bot.samples} == {"2026-11-20T03:01:30.000Z"}


async def test_a_bot_that_was_away_gets_the_latest_samples_and_not_all(
    world: World, clock: Clock, bot: FakeBot
) -> None:
    bot.status = 503
    monitor = Monitor(world, bot.address, "t")
    for _ in range(3):
        run_for(world, clock, 20)
        assert not await monitor.push()
    nobody = Monitor(world, "http://127.0.0.1:9", "t")
    assert not await nobody.push()
    bot.status = 202
    assert await monitor.push()
    ticks = [sample["at"] for sample in bot.samples if sample["signal"] == "coverage"]
    assert len(ticks) == 20
    assert ticks[-1] == "2026-11-20T04:00:00.000Z"


async def test_low_coverage_fires_the_unmodified_alert_until_it_is_taken(
    world: World, clock: Clock, bot: FakeBot
) -> None:
    monitor = Monitor(world, bot.address, "t")
    run_for(world, clock, 10)
    await monitor.push()
    assert bot.alerts == []
    bot.status = 500
    run_for(world, clock, 12)
    await monitor.push()
    await monitor.push()
    bot.status = 200
    await monitor.push()
    await monitor.push()
    assert bot.alerts == [body("firing")] * 3
    assert json.loads(body("firing"))["alerts"][0]["labels"]["alertname"] == "HotWalletCoverageLow"


async def test_the_alert_is_resolved_after_five_minutes_of_better_coverage(
    world: World, clock: Clock, bot: FakeBot
) -> None:
    monitor = Monitor(world, bot.address, "t")
    run_for(world, clock, 22)
    await monitor.push()
    for held in world.desk.held:
        world.desk.held[held].value = protected()[held]
    bot.page = status_page(clock, "Withdrawals up to 500 USDT continue.")
    await Newsroom(world, bot.address).poll()
    while len(bot.alerts) < 2 and clock.at.hour < 5:
        run_for(world, clock, 1)
        await monitor.push()
    assert bot.alerts == [body("firing"), body("resolved")]
    well = [record.assets["USDT"].coverage for _, record in list(world.history)[-6:]]
    assert min(well) >= type(well[0])("0.2")


def status_page(clock: Clock, *texts: str, promised: bool = True) -> bytes:
    updates = [
        {"id": f"u{n}", "body": text, "created_at": (clock() + timedelta(seconds=n)).isoformat()}
        for n, text in enumerate(texts)
    ]
    incident: dict[str, Any] = {"id": "i1", "incident_updates": updates[::-1]}
    if promised:
        incident["next_update_at"] = (clock() + timedelta(minutes=30)).isoformat()
    return json.dumps({"page": {}, "incidents": [incident]}).encode()


async def test_each_public_update_is_heard_once_and_calms(world: World, clock: Clock, bot: FakeBot) -> None:
    run_for(world, clock, 15)
    newsroom = Newsroom(world, bot.address)
    assert await newsroom.poll() == 0
    bot.page = status_page(clock, "We see it.", "Withdrawals up to 500 USDT continue.")
    assert await newsroom.poll() == 2
    assert await newsroom.poll() == 0
    afraid = world.model.crowd.fear
    run_for(world, clock, 10)
    assert world.model.crowd.fear < afraid


async def test_only_the_latest_update_carries_the_promise(clock: Clock) -> None:
    heard = list(news_of(json.loads(status_page(clock, "First.", "Second."))))
    assert [news.text for news in heard] == ["First.", "Second."]
    assert heard[0].next_update_at is None
    assert heard[1].next_update_at == clock() + timedelta(minutes=30)


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"[]",
        b'{"incidents": 5}',
        b'{"incidents": [1, {"incident_updates": null}]}',
        b'{"incidents": [{"incident_updates": [null, {"id": 1}]}]}',
        b'{"incidents": [{"incident_updates": [{"id": "a", "body": "x", "created_at": "?"}]}]}',
        b'{"incidents": [{"incident_updates": [{"id": "a", "body": " ", "created_at": "2026-11-20T03Z"}]}]}',
    ],
)
async def test_a_broken_page_is_no_news(world: World, bot: FakeBot, page: bytes) -> None:
    bot.page = page
    assert await Newsroom(world, bot.address).poll() == 0


async def test_a_page_that_is_away_is_no_news(world: World, bot: FakeBot) -> None:
    bot.status = 500
    assert await Newsroom(world, bot.address).poll() == 0
    assert await Newsroom(world, "http://127.0.0.1:9").poll() == 0
