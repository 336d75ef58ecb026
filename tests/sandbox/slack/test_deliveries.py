import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.sandbox.people import Person
from bot.sandbox.people.line import Line
from bot.sandbox.slack import FOREIGN_TEAM, Fault, SlackServer
from bot.sandbox.slack.courier import Courier
from tests.sandbox.slack.conftest import Clock
from tests.sandbox.slack.echo_bot import EchoBot

SECONDS = 3.0


@pytest.fixture
def alice(slack: SlackServer) -> Person:
    return Person("Alice", "U01ALICE", slack.url)


async def until(condition: Callable[[], Any]) -> None:
    """Poll until true, three seconds at most."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - the bot under test lives in the same loop and tells nobody
            await asyncio.sleep(0.005)


async def test_bolt_accepts_a_signed_command_and_its_ack_is_private(alice: Person, bot: EchoBot) -> None:
    answer = await alice.command("/incident status all", channel="incidents")
    assert (answer.ok, answer.reply) == (True, "status: all")
    assert answer.ack_ms is not None
    assert 0 < answer.ack_ms < 3000
    fields = bot.commands[0]
    assert (fields["user_id"], fields["channel_name"], fields["command"]) == (
        "U01ALICE",
        "incidents",
        "/incident",
    )


async def test_nobody_else_sees_a_private_answer(alice: Person, bot: EchoBot, slack: SlackServer) -> None:
    await alice.command("/incident secret words", channel="incidents")
    assert "secret: words" in await alice.read("incidents")
    assert "secret" not in await Person("Bob", "U02BOB", slack.url).read("incidents")


async def test_an_answer_in_channel_is_for_everybody(alice: Person, bot: EchoBot, slack: SlackServer) -> None:
    await alice.command("/incident loud All hands", channel="incidents")
    await Person("Bob", "U02BOB", slack.url).sees("All hands", channel="incidents")


async def test_an_empty_ack_shows_nothing(alice: Person, bot: EchoBot) -> None:
    answer = await alice.command("/incident", channel="incidents")
    assert (answer.ok, answer.reply, answer.saw) == (True, "", "")


async def test_a_silent_app_is_told_as_slack_tells_it(
    alice: Person, bot: EchoBot, slack: SlackServer
) -> None:
    slack.workspace.app.deadline = 0.1
    answer = await alice.command("/incident slow", channel="incidents")
    assert (answer.ok, answer.error) == (False, "operation_timeout")
    assert answer.saw == "/incident failed because the app did not respond (operation_timeout)."


async def test_an_app_that_is_gone_fails_the_dispatch(alice: Person, slack: SlackServer) -> None:
    slack.workspace.app.bot_url = "http://127.0.0.1:9/slack/events"
    answer = await alice.command("/incident status", channel="incidents")
    assert answer.error == "dispatch_failed"


async def test_a_command_of_no_app_never_leaves_slack(alice: Person, bot: EchoBot) -> None:
    answer = await alice.command("/weather today", channel="incidents")
    assert answer.saw == "/weather is not a valid command."
    assert not bot.commands


@pytest.mark.parametrize("tamper", ["bad_signature", "no_signature", "stale_timestamp"])
async def test_a_spoiled_signature_is_refused_by_bolt(alice: Person, bot: EchoBot, tamper: str) -> None:
    answer = await alice.command("/incident status all", channel="incidents", tamper=tamper)
    assert answer.raw["status"] == 401
    assert answer.error == "dispatch_failed"
    assert not bot.commands


async def test_another_team_can_be_claimed(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident status all", channel="incidents", team_id=FOREIGN_TEAM)
    assert bot.commands[0]["team_id"] == FOREIGN_TEAM


async def test_a_request_can_arrive_several_times_at_once(alice: Person, bot: EchoBot) -> None:
    answer = await alice.command("/incident status all", channel="incidents", times=3)
    assert [outcome["status"] for outcome in answer.raw["outcomes"]] == [200, 200, 200]
    assert len({fields["trigger_id"] for fields in bot.commands}) == 1
    assert len(bot.commands) == 3


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("role lead @bob", "role lead <@U02BOB|bob>"),
        ("see #general & <b>", "see <#C01GENERAL|general> &amp; &lt;b&gt;"),
        ("page @treasury.", "page @treasury."),
        ("tell @nobody", "tell @nobody"),
        ("read https://example.com/a", "read <https://example.com/a>"),
    ],
)
async def test_mentions_are_escaped_as_the_manifest_asks(
    alice: Person, bot: EchoBot, typed: str, sent: str
) -> None:
    await alice.command(f"/incident {typed}", channel="incidents")
    expected = "page <!subteam^S01TREASURY|@treasury>." if typed.startswith("page") else sent
    assert bot.commands[0]["text"] == expected


async def test_without_escaping_text_arrives_as_typed(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident role @bob <&>", channel="incidents", escape=False)
    assert bot.commands[0]["text"] == "role @bob <&>"


async def test_an_ack_that_breaks_the_rules_is_kept_as_a_refusal(
    alice: Person, bot: EchoBot, slack: SlackServer
) -> None:
    answer = await alice.command("/incident broken", channel="incidents")
    assert answer.error == "invalid_blocks"
    refusals = (await Line(slack.url).get("refusals"))["refusals"]
    assert [(r["where"], r["error"]) for r in refusals] == [("command acknowledgement", "invalid_blocks")]


async def test_an_event_is_retried_until_the_app_takes_it(
    alice: Person, bot: EchoBot, slack: SlackServer
) -> None:
    slack.workspace.app.event_retries = (0.0, 0.01, 0.02)
    bot.event_failures = 2
    await alice.open_home()
    await until(lambda: bot.events)
    event = bot.events[0]
    assert event["headers"]["x-slack-retry-num"] == ["2"]
    assert event["headers"]["x-slack-retry-reason"] == ["http_error"]
    logged = (await Line(slack.url).get("deliveries", name="event:app_home_opened"))["deliveries"]
    assert [entry["status"] for entry in logged] == [500, 500, 200]


async def test_an_event_is_given_up_after_three_retries(
    alice: Person, bot: EchoBot, slack: SlackServer
) -> None:
    slack.workspace.app.event_retries = (0.0, 0.0, 0.0)
    bot.event_failures = 99
    await alice.open_home()
    await until(lambda: bot.event_failures == 95)
    assert not bot.events


async def test_a_mention_reaches_the_app(alice: Person, bot: EchoBot) -> None:
    await alice.say("@breakwater hello", channel="incidents")
    await until(lambda: bot.events)
    assert bot.events[0]["event"]["text"] == "<@U00BREAKWATER|breakwater> hello"


async def test_the_request_url_proves_itself(bot: EchoBot, slack: SlackServer) -> None:

    assert await Courier(slack.workspace).verify_url()


@pytest.mark.parametrize(("kind", "arrivals"), [("duplicate", 2), ("retry", 2), ("drop", 0), ("delay", 1)])
async def test_deliveries_can_be_troubled(
    alice: Person, bot: EchoBot, slack: SlackServer, kind: str, arrivals: int
) -> None:
    slack.workspace.faults.add(Fault(kind, "command", ms=20))
    answer = await alice.command("/incident status all", channel="incidents")
    assert len(bot.commands) == arrivals
    assert answer.ok == (kind != "drop")


async def test_a_response_url_answers_later(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident later Here it is", channel="incidents")
    assert await alice.hears("Here it is", within=SECONDS) == "Here it is"


async def test_a_response_url_lives_half_an_hour(alice: Person, bot: EchoBot, clock: Clock) -> None:
    await alice.command("/incident x y", channel="incidents")
    url = bot.commands[0]["response_url"]
    clock.forward(minutes=30)
    assert await respond(url) == 200
    clock.forward(seconds=1)
    assert await respond(url) == 404


async def test_a_response_url_serves_five_times(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident x y", channel="incidents")
    statuses = [await respond(bot.commands[0]["response_url"]) for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 200, 404]


async def respond(url: str) -> int:

    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.post(url, json={"text": "again"})).status_code
