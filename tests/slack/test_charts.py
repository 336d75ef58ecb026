"""Charts in the incident's channel: on demand, at each phase change, once, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack import Fault
from bot.sandbox.slack.model import Message
from bot.slack.jobs import slack_handlers
from bot.slack.settings import SlackSettings
from bot.slack.wire import web_client
from bot.usecases.chart import Chart, Undrawn
from tests.slack.support.world import World, monotonic_in_leaps

PNG = b"\x89PNG\r\n\x1a\nsmall"


@pytest.fixture
def drawn(world: World) -> list[Chart]:
    """Every chart that was drawn, by a drawer that takes no second."""
    charts: list[Chart] = []

    async def draw(chart: Chart) -> bytes:
        charts.append(chart)
        return PNG

    with_drawer(world, draw)
    return charts


def with_drawer(world: World, draw: Any) -> None:
    client = web_client(world.workspace.app.bot_token, world.slack.api_url, 3)
    told = SlackSettings("incidents", "http://127.0.0.1:3000")
    world.handlers |= slack_handlers(world.ctx, client, told, monotonic_in_leaps(), draw)


def pictures(world: World) -> list[tuple[str, Message]]:
    return [
        (channel.name, message)
        for channel in world.workspace.channels.values()
        for message in channel.messages.values()
        if message.files
    ]


async def test_a_chart_asked_for_appears_in_the_channel_with_its_numbers_in_words(
    world: World, drawn: list[Chart]
) -> None:
    channel = await world.declared()
    await world.feed(coverage="0.8", hot_balance="4200000")
    answer = await world.alice.command("/incident chart coverage hot_balance", channel)
    assert "being drawn" in answer.reply
    await world.drain()
    [(where, message)] = pictures(world)
    assert where == channel
    [file] = message.files
    assert world.workspace.files[file["id"]]["content"] == PNG
    for words in (file["alt_txt"], message.text):
        assert "Coverage is 0.80 × (0 s old)" in words
        assert "threshold at least 1 and at least 1.5" in words
        assert "UTC" in words
    assert [p.title for p in drawn[0].panels] == ["Coverage", "Hot wallet"]


async def test_the_card_has_a_button_for_it(world: World, drawn: list[Chart]) -> None:
    channel = await world.declared()
    await world.feed(coverage="0.8")
    await world.alice.click("Chart", channel=channel)
    await world.drain()
    assert len(pictures(world)) == len(drawn) == 1


async def test_a_signal_that_does_not_exist_is_named_and_nothing_is_drawn(
    world: World, drawn: list[Chart]
) -> None:
    channel = await world.declared()
    answer = await world.alice.command("/incident chart coverge", channel)
    assert "There is no signal coverge. Did you mean coverage?" in answer.reply
    assert "/incident chart coverage" in answer.reply
    await world.drain()
    assert pictures(world) == []
    assert drawn == []


async def test_carol_is_shown_no_figures_outside_the_channel(world: World, drawn: list[Chart]) -> None:
    await world.declared()
    answer = await world.carol.command("/incident chart coverage", "general")
    assert "is for its channel" in answer.reply
    await world.drain()
    assert drawn == []


async def test_without_a_channel_of_its_own_an_incident_shows_its_figures_nowhere(
    world: World, drawn: list[Chart]
) -> None:
    world.workspace.faults.add(Fault("error", match="conversations.create", error="restricted_action"))
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    await world.drain()
    answer = await world.alice.command("/incident chart INC-1 coverage", "incidents")
    assert "has no channel of its own" in answer.reply
    await world.alice.command("/incident phase INC-1 stabilize The cause is known", "incidents")
    await world.drain()
    assert pictures(world) == []
    assert drawn == []


async def test_every_change_of_phase_brings_a_chart(world: World, drawn: list[Chart]) -> None:
    channel = await world.declared()
    await world.feed(coverage="0.8")
    await world.alice.command("/incident phase stabilize Outflow has doubled and the cause is known", channel)
    await world.drain()
    assert len(pictures(world)) == 1
    assert "stabilize" in drawn[0].title


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "rate_limited", "server_error"])
async def test_whatever_is_lost_on_the_way_the_chart_stands_once(
    world: World, drawn: list[Chart], kind: str
) -> None:
    channel = await world.declared()
    await world.feed(coverage="0.8")
    for place in ("files.getUploadURLExternal", "upload", "files.completeUploadExternal"):
        world.workspace.faults.add(Fault(kind, match=place))
    await world.alice.command("/incident chart coverage", channel)
    for _ in range(5):
        await world.drain()
        await world.everything_due()
    [(_, message)] = pictures(world)
    assert "Coverage is 0.80" in message.text


async def test_a_worker_killed_before_it_wrote_down_the_upload_shares_no_second_chart(
    world: World, drawn: list[Chart]
) -> None:
    channel = await world.declared()
    await world.feed(coverage="0.8")
    await world.alice.command("/incident chart coverage", channel)
    await world.drain()
    with world.database_file() as connection:  # as if killed after Slack's answer, before writing it down
        connection.execute("UPDATE sent SET ts = '' WHERE key LIKE 'chart:%'")
        connection.execute(
            "INSERT INTO job (key, kind, lane, payload, wanted, seen, attempts, fence, due) "
            "SELECT key, 'chart', 'charts', '{\"incident\": \"INC-1\", \"signals\": []}', 1, 0, 0, 0, 0 "
            "FROM sent WHERE key LIKE 'chart:%'"
        )
    await world.drain()
    assert len(pictures(world)) == len(drawn) == 1


async def test_a_chart_that_cannot_be_drawn_is_said_in_numbers_and_harms_nothing(world: World) -> None:
    async def fails(_chart: Chart) -> bytes:
        raise Undrawn("drawing took more than 30 s")

    with_drawer(world, fails)
    channel = await world.declared()
    await world.feed(coverage="0.8")
    await world.alice.command("/incident chart coverage", channel)
    await world.drain()
    assert "Coverage is 0.80" in await world.alice.read(channel)
    assert "There is no picture: drawing took more" in await world.alice.read(channel)


async def test_a_missing_scope_for_files_leaves_the_numbers_and_says_how_to_mend_it(
    world: World, drawn: list[Chart]
) -> None:
    world.workspace.app.scopes -= {"files:write"}
    channel = await world.declared()
    await world.feed(coverage="0.8")
    await world.alice.command("/incident chart coverage", channel)
    await world.drain()
    said = await world.alice.read(channel)
    assert "Coverage is 0.80" in said
    assert "files:write" in said


async def test_old_and_missing_samples_are_gaps_in_what_is_drawn(world: World, drawn: list[Chart]) -> None:
    channel = await world.declared()
    await world.feed(coverage="0.8")
    world.clock.advance(timedelta(minutes=10))
    await world.feed(coverage="1.6")
    await world.alice.command("/incident chart coverage queue_value", channel)
    await world.drain()
    coverage, queue = drawn[0].panels
    assert [len(run.points) for run in coverage.runs] == [1, 1]
    assert len(coverage.unknown) == 2
    assert queue.runs == ()
    assert queue.unknown == ((drawn[0].start, drawn[0].end),)
    assert "Withdrawal queue is unknown (nothing received)" in drawn[0].words


def test_nothing_of_the_service_loads_matplotlib() -> None:
    """Only the drawing process and the review do."""
    root = Path(__file__).parents[2] / "bot"
    users = {p.name for p in root.rglob("*.py") if "import matplotlib" in p.read_text()}
    assert users == {"charts.py", "png.py"}
