"""Another story begins: the market anew, the controls as they were, and alerts that belong to it alone."""

import json
from datetime import timedelta
from pathlib import Path

import httpx

from bot.sandbox.marketplace.alarms import Alarms
from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.desk import Arrived
from bot.sandbox.marketplace.model import counterfactual
from bot.sandbox.marketplace.monitor import Monitor
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.marketplace.world import World
from bot.web.alertmanager import read_alerts
from tests.sandbox.marketplace.harness import START, Clock, make_world

SWAPS = "/v1/swaps"


def shut_swaps(world: World) -> None:
    world.put(Arrived(SWAPS, b'{"pairs": "none"}', "key", "1/1", None, "a run"))


def test_the_market_begins_anew_and_the_controls_stay_as_they_are(clock: Clock, world: World) -> None:
    clock.pass_minutes(60)
    shut_swaps(world)
    world.hear(News("said", clock(), "What works."))
    world.tell(SCENARIOS["calm"], 11)
    assert (world.told, list(world.history), world.start) == (2, [], clock())
    assert world.desk.get(SWAPS).value.fields() == {"pairs": "none"}
    assert not world.hear(News("said", clock(), "What works."))
    clock.pass_minutes(5)
    world.catch_up()
    assert len(world.history) == 5
    assert world.history[-1][1] != counterfactual(11, SCENARIOS["calm"], 5)[-1]


def test_left_alone_the_new_story_is_that_of_its_seed(clock: Clock, world: World) -> None:
    clock.pass_minutes(17.5)
    world.tell(SCENARIOS["hot_key"], 11)
    clock.pass_minutes(40)
    world.catch_up()
    assert [record for _, record in world.history] == counterfactual(11, SCENARIOS["hot_key"], 40)
    assert world.history[-1][0] == START + timedelta(minutes=57.5)


def test_a_restart_carries_on_in_the_story_that_was_told_last(clock: Clock, tmp_path: Path) -> None:
    world = make_world(clock, folder=tmp_path, scenario="calm")
    clock.pass_minutes(12)
    world.tell(SCENARIOS["pays_twice"], 3)
    clock.pass_minutes(20)
    shut_swaps(world)
    clock.pass_minutes(20)
    world.catch_up()
    again = make_world(clock, folder=tmp_path, scenario="calm")
    again.catch_up()
    assert list(again.history) == list(world.history)
    assert again.model.noted == world.model.noted
    assert again.desk.get(SWAPS).body() == world.desk.get(SWAPS).body()


async def test_the_sandbox_api_lists_the_stories_and_begins_them(
    api: httpx.AsyncClient, clock: Clock, world: World
) -> None:
    listed = (await api.get("/sandbox/scenarios")).json()["scenarios"]
    assert {one["name"] for one in listed} == set(SCENARIOS)
    told = (await api.post("/sandbox/story", json={"scenario": "custody_pause", "seed": 9})).json()
    assert (told["name"], told["seed"], told["wire"]) == ("custody_pause", 9, [])
    clock.pass_minutes(10)
    told = (await api.get("/sandbox/story")).json()
    assert told["wire"][0]["source"] == "northbank"
    refused = await api.post("/sandbox/story", json={"scenario": "flood"})
    assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
    assert "custody_pause" in refused.json()["detail"]
    assert world.told == 2


def test_alerts_of_each_story_are_alerts_of_their_own(clock: Clock) -> None:
    world, alarms = make_world(clock, scenario="hot_key"), Alarms(live=True)
    monitor = Monitor(world, "http://127.0.0.1:9", "t", alarms)
    keys = set()
    for told in range(2):
        clock.pass_minutes(15)
        world.catch_up()
        monitor._watch()
        bodies = [read_alerts(body, clock())[0] for body in alarms.to_send if b'"firing"' in body]
        found = [alert for alert in bodies if alert.labels["alertname"] == "UnclaimedOutflow"]
        assert len(found) == told + 1
        keys.add(found[-1].key)
        world.tell(SCENARIOS["hot_key"], 7)
        monitor._watch()
    assert len(keys) == 2
    assert alarms.firing == {}
    last = json.loads(alarms.to_send[-1])
    assert last["status"] == "resolved"
    assert last["alerts"][0]["endsAt"] > last["alerts"][0]["startsAt"]
