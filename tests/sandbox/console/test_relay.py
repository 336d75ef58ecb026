import httpx
import pytest

from bot.sandbox.console.app import create_console
from bot.sandbox.people import Person
from bot.sandbox.slack import SlackServer, listen, serving
from bot.sandbox.slack.messages import remove
from tests.sandbox.console.frames import watching
from tests.sandbox.slack.echo_bot import EchoBot

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


async def deed(console: httpx.AsyncClient, name: str, **body: object) -> httpx.Response:
    return await console.post(f"/console/slack/{name}", json={"user": "U01ALICE", **body})


async def test_a_deed_reaches_the_bot_as_slack_delivers_it(console: httpx.AsyncClient, bot: EchoBot) -> None:
    answer = await deed(console, "command", channel="incidents", text="/incident status @bob")
    assert answer.json()["ok"]
    assert bot.commands[0]["text"] == "status <@U02BOB|bob>"
    assert bot.commands[0]["trigger_id"]
    assert answer.json()["private"][0]["text"] == "status: <@U02BOB|bob>"


async def test_a_deed_that_cannot_be_done_says_so_in_a_sentence(
    console: httpx.AsyncClient, bot: EchoBot
) -> None:
    answer = await deed(console, "command", channel="incidents", text="/weather")
    assert answer.json()["saw"] == "/weather is not a valid command."
    gone = await deed(console, "message", channel="nowhere", text="hello")
    assert (gone.status_code, gone.json()["error"]) == (400, "channel_not_found")


@pytest.mark.parametrize(
    "spoiled", [{"tamper": "signature"}, {"times": 5}, {"team_id": "T09"}, {"escape": False}]
)
async def test_the_page_cannot_spoil_a_delivery(
    console: httpx.AsyncClient, bot: EchoBot, spoiled: dict[str, object]
) -> None:
    answer = await deed(console, "command", channel="incidents", text="/incident status x", **spoiled)
    assert answer.status_code == 400
    assert bot.commands == []


@pytest.mark.parametrize("name", ["faults", "settings", "account", "archive", "calls", "people"])
async def test_the_strings_behind_the_stage_are_out_of_the_pages_reach(
    console: httpx.AsyncClient, name: str
) -> None:
    assert (await deed(console, name)).status_code == 404
    assert (await console.get(f"/console/slack/{name}")).status_code == 404


async def test_the_stream_begins_with_everything_and_tells_what_changes(
    console: httpx.AsyncClient, bot: EchoBot, alice: Person
) -> None:
    async with watching(console) as frames:
        first = await frames.next()
        assert first.event == "snapshot"
        assert {one["name"] for one in first.data["channels"]} == {"general", "incidents"}
        assert first.data["app"]["usage"]["/incident"]["usage_hint"].startswith("declare")
        await alice.say("hello @bob", "incidents")
        said = await frames.until("message")
        assert said.data["message"]["text"] == "hello <@U02BOB|bob>"
        assert said.data["message"]["calls"] == ["U02BOB"]
        await alice.command("/incident modal", "incidents")
        assert (await frames.until("modal")).data["view"]["callback_id"] == "declare"


async def test_a_page_that_was_away_gets_what_it_missed_once_in_its_newest_state(
    console: httpx.AsyncClient, bot: EchoBot, alice: Person
) -> None:
    async with watching(console) as frames:
        seen = (await frames.next()).id
    await alice.command("/incident card", "incidents")
    await alice.click("Done", "Freeze changes", "incidents")
    await alice.sees("after Freeze changes", "incidents", within=3)
    async with watching(console, after=seen) as frames:
        frame = await frames.next()
        assert frame.event == "message"
        assert "after Freeze changes" in str(frame.data["message"]["blocks"])


async def test_numbers_of_another_run_begin_with_everything_again(console: httpx.AsyncClient) -> None:
    for strange in ("00000000-1", "nonsense", "-", "00000000-99999999999999999999"):
        async with watching(console, after=strange) as frames:
            assert (await frames.next()).event == "snapshot"


async def test_a_message_that_is_taken_back_is_told_as_gone(
    console: httpx.AsyncClient, slack: SlackServer, bot: EchoBot, alice: Person
) -> None:
    ts = (await alice.say("a slip", "incidents")).raw["ts"]
    async with watching(console) as frames:
        await frames.next()
        channel = slack.workspace.channel_called("incidents")
        remove(slack.workspace, channel, channel.messages[ts])
        assert (await frames.until("message")).data == {"channel": channel.id, "ts": ts, "message": None}


async def test_history_has_threads_and_private_answers(
    console: httpx.AsyncClient, bot: EchoBot, alice: Person
) -> None:
    ts = (await alice.say("a question", "incidents")).raw["ts"]
    await deed(console, "message", channel="incidents", text="an answer", thread_ts=ts)
    await alice.command("/incident status x", "incidents")
    shown = (await console.get("/console/slack/history?channel=incidents")).json()["messages"]
    assert [(one["text"], one["ephemeral_to"], one["reply_count"]) for one in shown] == [
        ("a question", None, 1),
        ("an answer", None, 0),
        ("status: x", "U01ALICE", 0),
    ]


async def test_pictures_are_shown_and_anything_else_is_only_saved(
    console: httpx.AsyncClient, slack: SlackServer
) -> None:
    files = slack.workspace.files
    files["F1"] = {"id": "F1", "name": "a.png", "size": 28, "content": PNG}
    files["F2"] = {"id": "F2", "name": "b.png", "size": 8, "content": b"<script>"}
    picture = await console.get("/console/slack/files/F1")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    other = await console.get("/console/slack/files/F2")
    assert other.headers["content-disposition"] == "attachment"
    assert other.headers["content-type"] == "application/octet-stream"
    assert (await console.get("/console/slack/files/F9")).status_code == 404


async def test_while_slack_is_away_the_page_is_told_so() -> None:
    async with serving(create_console("http://127.0.0.1:9"), listen()) as url, httpx.AsyncClient() as client:
        for answer in (
            await client.get(f"{url}/console/slack/stream"),
            await client.post(f"{url}/console/slack/message", json={"user": "U01ALICE"}),
            await client.get(f"{url}/console/slack/files/F1"),
        ):
            assert (answer.status_code, answer.json()["error"]) == (503, "slack_away")
        assert (await client.get(url)).status_code == 200
