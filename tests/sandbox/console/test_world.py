"""The marketplace's part of the console over real HTTP, with a real marketplace and the bot's own records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.domain.base import Environment
from bot.sandbox.console.app import create_console
from bot.sandbox.console.director import Director
from bot.sandbox.console.feed import Feed
from bot.sandbox.console.levels import knobs
from bot.sandbox.console.world import world_routes
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.slack import listen, serving
from bot.sandbox.staging.market import Market
from tests.sandbox.console.frames import watching
from tests.sandbox.console.town import EVENTS, NOBODY, SMALL, TRON, Town, a_town
from tests.sandbox.marketplace.harness import START, TOKEN
from tests.support.world import ROOT, World, opened


@pytest.fixture
async def bot(sqlite_url: str) -> AsyncIterator[World]:
    async for made in opened(sqlite_url):
        yield made


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path) as found:
        yield found


async def begin(town: Town, scenario: str, **more: object) -> httpx.Response:
    return await town.client.post("/console/world/scenario", json={"scenario": scenario, **more})


async def test_every_tick_is_told_once_and_the_story_so_far_to_whoever_comes_later(town: Town) -> None:
    first = await town.look(3)
    assert [tick["tick"] for tick in first["ticks"]] == [0, 1, 2]
    assert first["latest"]["hot"] == first["ticks"][-1]["hot"] > 4_000_000
    async with watching(town.client, path=EVENTS) as frames:
        assert len((await frames.until("world")).data["ticks"]) == 3
        await town.look(2)
        later = (await frames.until("world")).data
        assert [tick["tick"] for tick in later["ticks"]] == [3, 4]
        assert not later["anew"]


async def test_the_picker_offers_every_story_without_giving_its_class_away(town: Town) -> None:
    offered = (await town.client.get("/console/world/scenarios")).json()["scenarios"]
    assert [one["name"] for one in offered] == list(SCENARIOS)
    assert all(set(one) == {"name", "title", "story", "good"} for one in offered)


async def test_a_story_begins_anew_runs_fast_and_slows_down_at_its_first_alert(town: Town) -> None:
    await town.look(30)
    assert (await begin(town, "hot_key")).json()["story"]["title"] == "A hot-wallet key is suspected"
    fast = await town.look(4)
    assert fast["anew"]
    assert len(fast["ticks"]) == 4
    assert (fast["clock"]["scale"], fast["clock"]["running_up"]) == (20, True)
    assert fast["story"]["alerts"] == fast["story"]["wire"] == []
    await town.look(3)
    found = await town.look()
    assert [one["name"] for one in found["story"]["alerts"]] == ["UnclaimedOutflow"]
    assert "40 USDT on Tron" in found["story"]["wire"][0]["text"]
    assert (found["clock"]["scale"], found["clock"]["running_up"]) == (5, False)


async def test_the_controls_stay_as_they_are_when_another_story_begins(town: Town, bot: World) -> None:
    await town.put(TRON, SMALL, "k1")
    await begin(town, "rumour_run")
    view = await town.look(2)
    row = next(one for one in view["controls"] if one["id"] == "withdrawals.limit.USDT.TRON")
    assert (row["observed"], row["state"], row["holders"]) == ("small_only", "unheld", [])


async def test_a_control_shows_what_is_observed_what_holds_ask_for_and_whose_they_are(
    town: Town, bot: World
) -> None:
    await bot.protected()
    view = await town.look(1)
    rows = {one["id"]: one for one in view["controls"]}
    tron = rows["withdrawals.limit.USDT.TRON"]
    assert (tron["observed"], tron["desired"], tron["state"]) == ("normal", "small_only", "looser")
    assert tron["holders"] == ["INC-1"]
    await town.put(TRON, SMALL, "k1")
    view = await town.look(1)
    assert next(one for one in view["controls"] if one["id"] == tron["id"])["state"] == "held"
    assert view["incidents"][0]["id"] == "INC-1"
    assert bot.ctx.environment is Environment.LIVE


async def test_stretches_off_normal_have_their_level_and_their_ends(town: Town) -> None:
    await town.look(5)
    await town.put(TRON, SMALL, "k1")
    await town.look(10)
    suspended = {**SMALL, "status": "suspended", "max_per_transaction": "0", "hourly_limit": "0"}
    await town.put(TRON, suspended, "k2")
    view = await town.look(5)
    first, second = view["spans"]
    assert (first["level"], second["level"], second["to"]) == ("small_only", "suspended", None)
    assert datetime.fromisoformat(first["from"]) == START + timedelta(minutes=5)
    assert first["to"] == second["from"]


async def test_pause_stops_the_market_and_speed_changes_it(town: Town) -> None:
    await town.look(5)
    answer = await town.client.post("/console/world/pace", json={"paused": True})
    assert answer.json() == {"ok": True, "scale": 5, "paused": True}
    assert (await town.look(60))["latest"]["tick"] == 4
    answer = await town.client.post("/console/world/pace", json={"paused": False, "speed": 20})
    assert answer.json() == {"ok": True, "scale": 20, "paused": False}
    view = await town.look(10)
    assert view["latest"]["tick"] == 14
    assert view["clock"]["chosen"] == 20


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("scenario", {"scenario": "no_such"}, 404, "There is no scenario no_such"),
        ("scenario", {}, 400, "scenario"),
        ("scenario", {"scenario": "calm", "seed": -1}, 400, "seed"),
        ("scenario", {"scenario": "x" * 3000}, 400, "more than a command"),
        ("pace", {"speed": 3}, 400, "speed"),
        ("pace", {"speed": "fast"}, 400, "speed"),
        ("pace", {"paused": "perhaps"}, 400, "paused"),
        ("pace", {"rewind": True}, 400, "rewind"),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    town: Town, path: str, body: dict[str, object], status: int, named: str
) -> None:
    answer = await town.client.post(f"/console/world/{path}", json=body)
    assert answer.status_code == status
    assert named in answer.json()["detail"]
    view = await town.look(1)
    assert (view["story"]["told"], view["clock"]["scale"], view["clock"]["paused"]) == (1, 5, False)


async def test_a_marketplace_that_does_not_answer_is_unknown_and_never_old_numbers(
    town: Town, tmp_path: Path
) -> None:
    await town.look(5)
    silent = Director(Market(NOBODY, TOKEN), town.director.conductor)
    gone = Feed(
        silent.market, silent, bot_url=NOBODY, database=tmp_path / "none.db", knobs=knobs(ROOT / "runbooks")
    )
    gone.points = list(town.feed.points)
    await gone.look()
    assert not gone.view["market_ok"]
    assert gone.view["latest"] is gone.view["story"] is gone.view["public"] is gone.view["incidents"] is None
    assert {row["state"] for row in gone.view["controls"]} == {"unknown"}
    assert gone.view["away"]["market"]["why"] == "ConnectError"
    async with serving(create_console(NOBODY, world_routes(gone, silent)), listen()) as url:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{url}/console/world/scenario", json={"scenario": "calm"})
        assert answer.status_code == 503
        assert "nothing was changed" in answer.json()["detail"]
