"""The strict Slack's side of Socket Mode, against a bare WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.people import Person
from bot.sandbox.slack import Fault, SlackServer, Workspace

Json = dict[str, Any]
SECONDS = 3.0


class Plug:
    """An app's end of one connection: `hears` gives the next message, `ack` answers an envelope."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def hears(self) -> Json:
        """The next message; empty once the connection is over."""
        message = await self.ws.receive(timeout=SECONDS)
        return json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        answer = {"envelope_id": envelope["envelope_id"]}
        await self.ws.send_str(json.dumps(answer | ({"payload": payload} if payload else {})))


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    workspace.app.socket_mode = True
    return workspace


@pytest.fixture
def alice(slack: SlackServer) -> Person:
    return Person("Alice", "U01ALICE", slack.url)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def opened(slack: SlackServer, token: str | None = None) -> str:
    client = AsyncWebClient(token=token or slack.workspace.app.app_token, base_url=slack.api_url)
    return str((await client.api_call("apps.connections.open"))["url"])


@asynccontextmanager
async def plugged(slack: SlackServer, http: aiohttp.ClientSession) -> AsyncIterator[Plug]:
    async with http.ws_connect(await opened(slack)) as ws:
        yield Plug(ws)


async def order(slack: SlackServer, do: str, **more: Any) -> Json:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{slack.url}/sandbox/sockets", json={"do": do, **more})
    found: Json = answer.json()
    return found


async def settings(slack: SlackServer, **wanted: Any) -> Json:
    async with httpx.AsyncClient(trust_env=False) as client:
        found: Json = (await client.post(f"{slack.url}/sandbox/settings", json=wanted)).json()
    return found


def refusals(slack: SlackServer) -> list[str]:
    return [line for r in slack.workspace.journal.refusals.as_json() for line in r["messages"]]


def deliveries(slack: SlackServer) -> list[tuple[str | None, int | None]]:
    return [(d["failure"], d["connection"]) for d in slack.workspace.journal.deliveries.as_json()]


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - the strict Slack lives in the same loop and tells nobody
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("token", "error"), [("xoxb-sandbox-bot-token", "not_allowed_token_type"), ("xapp-x", "invalid_auth")]
)
async def test_only_the_apps_own_token_opens_connections(slack: SlackServer, token: str, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        await opened(slack, token)


async def test_the_app_token_opens_connections_and_nothing_else(slack: SlackServer) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await AsyncWebClient(token=slack.workspace.app.app_token, base_url=slack.api_url).auth_test()
    slack.workspace.app.app_scopes = frozenset()
    with pytest.raises(SlackApiError, match="missing_scope"):
        await opened(slack)


async def test_the_token_does_not_count_in_the_body(slack: SlackServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        data = {"token": slack.workspace.app.app_token}
        answer = await client.post(f"{slack.api_url}apps.connections.open", data=data)
    assert answer.json()["error"] == "not_authed"


async def test_a_ticket_is_good_for_one_connection(slack: SlackServer, http: aiohttp.ClientSession) -> None:
    url = await opened(slack)
    async with http.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await http.ws_connect(url)


async def test_hello_counts_the_connections_and_says_how_long_this_one_lasts(
    slack: SlackServer, http: aiohttp.ClientSession
) -> None:
    async with plugged(slack, http) as first, plugged(slack, http) as second:
        hellos = [await first.hears(), await second.hears()]
    assert [hello["type"] for hello in hellos] == ["hello", "hello"]
    assert [hello["num_connections"] for hello in hellos] == [1, 2]
    assert hellos[0]["debug_info"]["approximate_connection_time"] == 3600
    assert hellos[0]["connection_info"]["app_id"] == slack.workspace.app.app_id


async def test_a_command_comes_in_an_envelope_and_its_ack_is_the_answer(
    slack: SlackServer, http: aiohttp.ClientSession, alice: Person
) -> None:
    async with plugged(slack, http) as plug:
        await plug.hears()
        asking = asyncio.create_task(alice.command("/incident status", channel="incidents"))
        envelope = await plug.hears()
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        assert (envelope["payload"]["command"], envelope["payload"]["text"]) == ("/incident", "status")
        await plug.ack(envelope, {"text": "All quiet"})
        answer = await asking
    assert (answer.ok, answer.reply) == (True, "All quiet")


async def test_a_connection_that_dies_unacked_hands_its_envelope_to_another(
    slack: SlackServer, http: aiohttp.ClientSession, alice: Person
) -> None:
    async with plugged(slack, http) as first, plugged(slack, http) as second:
        plugs = {1: first, 2: second}
        for plug in plugs.values():
            await plug.hears()
        asking = asyncio.create_task(alice.command("/incident status", channel="incidents"))
        await until(lambda: any(c.sent for c in slack_hub(slack)))
        number = next(c.number for c in slack_hub(slack) if c.sent)
        first_sending = await plugs.pop(number).hears()
        assert await order(slack, "kill", number=number) == {"ok": True, "struck": 1}
        (other,) = plugs.values()
        again = await other.hears()
        assert again == first_sending
        await other.ack(again)
        assert (await asking).ok
    assert [failure for failure, _ in deliveries(slack)] == ["connection_lost", None]


def slack_hub(slack: SlackServer) -> list[Any]:
    found: list[Any] = slack.workspace.new_socket_url.__self__.hub.connections  # type: ignore[attr-defined]
    return found


async def test_without_a_connection_a_command_waits_for_the_next_and_then_fails(
    slack: SlackServer, http: aiohttp.ClientSession, alice: Person
) -> None:
    asking = asyncio.create_task(alice.command("/incident status", channel="incidents"))
    async with plugged(slack, http) as plug:
        await plug.hears()
        await plug.ack(await plug.hears(), {"text": "Here again"})
        assert (await asking).reply == "Here again"
    await until(lambda: not slack_hub(slack))
    slack.workspace.app.deadline = 0.05
    assert (await alice.command("/incident status", channel="incidents")).error == "dispatch_failed"


async def test_an_event_says_which_retry_it_is_and_takes_no_payload(
    slack: SlackServer, http: aiohttp.ClientSession, alice: Person
) -> None:
    slack.workspace.app.deadline, slack.workspace.app.event_retries = 0.05, (0.0,)
    async with plugged(slack, http) as plug:
        await plug.hears()
        await alice.open_home()
        first, again = await plug.hears(), await plug.hears()
        assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert first["payload"]["event_id"] == again["payload"]["event_id"]
        assert first["envelope_id"] != again["envelope_id"]
        await plug.ack(again, {"text": "thanks"})
        await until(lambda: refusals(slack))
    assert "does not take" in refusals(slack)[0]


async def test_connections_take_turns(slack: SlackServer, http: aiohttp.ClientSession, alice: Person) -> None:
    async with plugged(slack, http) as first, plugged(slack, http) as second:
        for plug in (first, second):
            await plug.hears()

        async def answering(plug: Plug) -> None:
            while envelope := await plug.hears():
                await plug.ack(envelope)

        serving = [asyncio.create_task(answering(plug)) for plug in (first, second)]
        for _ in range(6):
            assert (await alice.command("/incident status", channel="incidents")).ok
        assert [c.acked for c in slack_hub(slack)] == [3, 3]
        await order(slack, "close")
        await asyncio.gather(*serving)


async def test_there_are_only_so_many_connections(slack: SlackServer, http: aiohttp.ClientSession) -> None:
    assert (await settings(slack, max_sockets=1))["max_sockets"] == 1
    async with plugged(slack, http) as first, plugged(slack, http) as second:
        assert (await first.hears())["type"] == "hello"
        assert (await second.hears())["reason"] == "too_many_websockets"
        assert await second.hears() == {}


async def test_switched_off_every_connection_ends_and_a_new_one_is_told_so(
    slack: SlackServer, http: aiohttp.ClientSession
) -> None:
    async with plugged(slack, http) as plug:
        await plug.hears()
        await settings(slack, socket_mode=False)
        assert (await plug.hears())["reason"] == "link_disabled"
        assert await plug.hears() == {}
    async with plugged(slack, http) as late:
        assert (await late.hears())["reason"] == "link_disabled"


async def test_a_connection_is_warned_before_its_time_is_over(
    slack: SlackServer, http: aiohttp.ClientSession
) -> None:
    slack.workspace.app.connection_seconds = slack.workspace.app.warning_seconds = 0.02
    async with plugged(slack, http) as plug:
        said = [await plug.hears() for _ in range(4)]
    assert [m.get("reason", m.get("type")) for m in said] == ["hello", "warning", "refresh_requested", None]


async def test_a_warned_connection_gets_nothing_new_while_there_is_another(
    slack: SlackServer, http: aiohttp.ClientSession, alice: Person
) -> None:
    async with plugged(slack, http) as old:
        await old.hears()
        await order(slack, "disconnect", reason="warning")
        assert (await old.hears())["reason"] == "warning"
        async with plugged(slack, http) as young:
            await young.hears()
            asking = asyncio.create_task(alice.command("/incident status", channel="incidents"))
            await young.ack(await young.hears())
            assert (await asking).ok


async def test_a_half_open_connection_takes_everything_and_says_nothing(
    slack: SlackServer, http: aiohttp.ClientSession, alice: Person
) -> None:
    slack.workspace.app.deadline = 0.05
    async with http.ws_connect(await opened(slack), autoping=False) as ws:
        await ws.receive()
        await ws.ping(b"there?")
        assert (await ws.receive()).type is aiohttp.WSMsgType.PONG
        await order(slack, "silence")
        await ws.ping(b"and now?")
        assert (await alice.command("/incident status", channel="incidents")).error == "operation_timeout"
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=0.02)
        await order(slack, "kill")


async def test_the_plan_loses_an_ack_or_cuts_the_connection_at_it(
    slack: SlackServer, http: aiohttp.ClientSession, alice: Person
) -> None:
    slack.workspace.faults.add(Fault("lose_ack", "command"))
    slack.workspace.faults.add(Fault("cut", "command", skip=1))
    async with plugged(slack, http) as plug:
        await plug.hears()
        for reply in ("first", "second"):
            asking = asyncio.create_task(alice.command("/incident status", channel="incidents"))
            envelope = await plug.hears()
            await plug.ack(envelope, {"text": reply})
            if reply == "second":
                break
            again = await plug.hears()
            assert again == envelope
            await plug.ack(again, {"text": reply})
            assert (await asking).reply == reply
        async with plugged(slack, http) as successor:
            await successor.hears()
            assert await successor.hears() == envelope
            await successor.ack(envelope, {"text": "second"})
            assert (await asking).reply == "second"
    assert [d["fault"] for d in slack.workspace.journal.deliveries.as_json()] == [
        "lose_ack",
        None,
        "cut",
        None,
    ]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ("{not json", "not JSON"),
        (json.dumps({"envelope_id": "never"}), "never carried"),
        (json.dumps({"envelope_id": "x" * 21_000}), "20480 bytes at most"),
    ],
)
async def test_what_is_no_ack_is_kept_as_a_refusal(
    slack: SlackServer, http: aiohttp.ClientSession, frame: str, says: str
) -> None:
    async with plugged(slack, http) as plug:
        await plug.hears()
        await plug.ws.send_str(frame)
        await until(lambda: refusals(slack))
    assert says in refusals(slack)[0]
