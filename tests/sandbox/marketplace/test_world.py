"""The market in step with business time, and what survives a restart."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.desk import Arrived
from bot.sandbox.marketplace.journal import FILE
from bot.sandbox.marketplace.model import counterfactual
from bot.sandbox.marketplace.records import Record
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.marketplace.world import BusinessClock, ForeignJournalError, World
from tests.sandbox.marketplace.harness import START, Clock, make_world

SWAPS = "/v1/swaps"


def arrived(key: str, raw: bytes = b'{"pairs": "none"}', generation: str | None = None) -> Arrived:
    return Arrived(
        path=SWAPS, raw=raw, idempotency_key=key, generation=generation, if_match=None, reason="a run"
    )


def records(world: World) -> list[Record]:
    return [record for _, record in world.history]


def test_a_live_world_left_alone_is_the_counterfactual(clock: Clock, world: World) -> None:
    for step in (0.5, 7.25, 30, 0.1, 82.15):
        clock.pass_minutes(step)
        world.catch_up()
    assert len(world.history) == 120
    assert records(world) == counterfactual(7, SCENARIOS["counterparty_failure"], 120)


def test_a_change_acts_from_its_own_minute_on(clock: Clock, world: World) -> None:
    clock.pass_minutes(30)
    world.put(arrived("a"))
    clock.pass_minutes(10)
    world.catch_up()
    alone = counterfactual(7, SCENARIOS["counterparty_failure"], 40)
    assert records(world)[:30] == alone[:30]
    assert records(world)[30] != alone[30]


def test_a_paused_market_stands_still_and_goes_on_where_it_was(clock: Clock, world: World) -> None:
    clock.pass_minutes(10)
    world.pause(paused=True)
    clock.pass_minutes(60)
    assert world.catch_up() == 0
    world.pause(paused=False)
    clock.pass_minutes(5)
    world.catch_up()
    assert len(world.history) == 15
    ended, _ = world.history[-1]
    assert ended == START + timedelta(minutes=75)
    assert records(world) == counterfactual(7, SCENARIOS["counterparty_failure"], 15)


def test_a_world_can_wait_at_its_start(clock: Clock) -> None:
    world = make_world(clock, paused=True)
    clock.pass_minutes(45)
    assert world.catch_up() == 0
    world.pause(paused=False)
    clock.pass_minutes(1)
    assert world.catch_up() == 1


def test_a_killed_marketplace_carries_on_as_if_it_had_lived(clock: Clock, tmp_path: Path) -> None:
    world = make_world(clock, folder=tmp_path)
    clock.pass_minutes(12)
    applied = world.put(arrived("a", generation="1/4"))
    refused = world.put(arrived("b", b'{"pairs": "all"}', generation="1/3"))
    clock.pass_minutes(6)
    world.hear(News("u1", clock(), "What works and what waits.", clock() + timedelta(minutes=30)))
    clock.pass_minutes(20)
    world.pause(paused=True)
    clock.pass_minutes(9)
    world.pause(paused=False)
    world.end_cause()
    world.forget("/v1/quotes")
    clock.pass_minutes(10)
    world.catch_up()

    again = make_world(clock, folder=tmp_path)
    again.catch_up()
    assert list(again.history) == list(world.history)
    assert again.desk.get(SWAPS) == world.desk.get(SWAPS)
    assert again.desk.get("/v1/quotes").etag == world.desk.get("/v1/quotes").etag
    assert [row.public() for row in again.desk.trail] == [row.public() for row in world.desk.trail]
    assert again.put(arrived("a", generation="1/4")).body == applied.body
    assert again.put(arrived("b", b'{"pairs": "all"}', generation="1/3")).body == refused.body
    assert not again.hear(News("u1", clock(), "What works and what waits."))


def test_a_torn_last_line_is_cut_off(clock: Clock, tmp_path: Path) -> None:
    world = make_world(clock, folder=tmp_path)
    world.put(arrived("a"))
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole + b'{"kind":"audit","ti')
    again = make_world(clock, folder=tmp_path)
    again.put(arrived("b", b'{"pairs": "all"}'))
    third = make_world(clock, folder=tmp_path)
    assert [row.idempotency_key for row in third.desk.trail] == ["a", "b"]


def test_the_state_of_another_world_is_refused(clock: Clock, tmp_path: Path) -> None:
    make_world(clock, folder=tmp_path)
    with pytest.raises(ForeignJournalError, match="another world"):
        make_world(clock, folder=tmp_path, seed=8)


def test_business_time_runs_as_fast_as_told() -> None:
    wall = Clock()
    business = BusinessClock(START, 60, wall)
    wall.pass_minutes(2)
    assert business() == START + timedelta(hours=2)


async def test_state_and_history_tell_the_live_numbers(
    clock: Clock, api: httpx.AsyncClient, world: World
) -> None:
    assert (await api.get("/v1/state")).json()["record"] is None
    clock.pass_minutes(25)
    state = (await api.get("/v1/state")).json()
    usdt = state["record"]["assets"]["USDT"]
    assert state["record"]["minute"] == 25
    assert state["record"]["at"] == "2026-11-20T03:25:00.000Z"
    assert isinstance(usdt["hot"], str)
    assert set(usdt["queue"]) == {"count", "value", "oldest_seconds"}
    assert set(usdt["hot_empty_in"]) == {"low_seconds", "high_seconds"}
    history = (await api.get("/v1/history", params={"last": 10, "after": 19})).json()
    assert [record["tick"] for record in history["records"]] == [20, 21, 22, 23, 24]
    assert history["records"][-1] == state["record"]


async def test_the_sandbox_pauses_tells_news_and_ends_the_cause(
    clock: Clock, api: httpx.AsyncClient, world: World
) -> None:
    assert (await api.post("/sandbox/cause-ended")).json()["ended"] is False
    clock.pass_minutes(20)
    told = {"text": "Withdrawals up to 500 USDT continue.", "next_update_at": "2026-11-20T03:50:00Z"}
    assert (await api.post("/sandbox/news", json=told)).json() == {"heard": True}
    assert (await api.post("/sandbox/news", json=told)).json() == {"heard": False}
    assert (await api.post("/sandbox/news", json={"text": ""})).status_code == 422
    clock.pass_minutes(5)
    calmer = (await api.get("/v1/state")).json()["record"]["mood"]["fear"]
    assert calmer < counterfactual(7, SCENARIOS["counterparty_failure"], 25)[-1].mood.fear
    assert (await api.post("/sandbox/cause-ended")).json() == {"ended": True, "tick": 25}
    clock.pass_minutes(1)
    assert (await api.get("/v1/state")).json()["record"]["cause_ended"] is True
    assert (await api.post("/sandbox/clock", json={"paused": True})).json() == {"paused": True, "tick": 26}
    clock.pass_minutes(30)
    assert (await api.get("/v1/history")).json()["records"][-1]["minute"] == 26
    assert "hot_wallet_coverage_ratio" in (await api.get("/metrics")).text
