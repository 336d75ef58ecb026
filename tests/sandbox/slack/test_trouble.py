from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.people.line import Line, Refused
from bot.sandbox.slack import Fault, SlackServer, Workspace, running, seeded_workspace
from tests.sandbox.slack.conftest import Clock
from tests.sandbox.slack.failures import INCIDENTS, failure


class Seconds:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def tiered(clock: Clock, seconds: Seconds) -> AsyncIterator[AsyncWebClient]:
    workspace = seeded_workspace(now=clock, monotonic=seconds)
    async with running(workspace) as server:
        yield AsyncWebClient(token=workspace.app.bot_token, base_url=server.api_url)


TIERS = [
    ("conversations.setTopic", {"channel": INCIDENTS, "topic": "t"}, 20),
    ("pins.list", {"channel": INCIDENTS}, 20),
    ("conversations.history", {"channel": INCIDENTS}, 50),
    ("users.info", {"user": "U01ALICE"}, 100),
    ("chat.postEphemeral", {"channel": INCIDENTS, "user": "U01ALICE", "text": "x"}, 100),
]


@pytest.mark.parametrize(("method", "args", "per_minute"), TIERS, ids=[tier[0] for tier in TIERS])
async def test_a_tier_is_full_after_its_number_of_calls(
    tiered: AsyncWebClient, seconds: Seconds, method: str, args: dict[str, str], per_minute: int
) -> None:
    for _ in range(per_minute):
        assert await failure(tiered, method, **args) is None
    with pytest.raises(SlackApiError) as refusal:
        await tiered.api_call(method, json=args)
    assert (refusal.value.response.status_code, refusal.value.response["error"]) == (429, "ratelimited")
    seconds.at += int(refusal.value.response.headers["Retry-After"])
    assert await failure(tiered, method, **args) is None


async def test_a_channel_takes_about_one_message_a_second(tiered: AsyncWebClient, seconds: Seconds) -> None:
    said = {"channel": INCIDENTS, "text": "x"}
    burst = [await failure(tiered, "chat.postMessage", **said) for _ in range(6)]
    assert burst == [None] * 5 + ["ratelimited"]
    assert await failure(tiered, "chat.postMessage", channel="C01GENERAL", text="x") is None
    seconds.at += 1
    assert await failure(tiered, "chat.postMessage", **said) is None


async def test_tiers_can_be_switched_off(client: AsyncWebClient) -> None:
    for _ in range(30):
        assert await failure(client, "chat.postMessage", channel=INCIDENTS, text="x") is None


def texts(workspace: Workspace) -> list[str]:
    return [message.text for message in workspace.channels[INCIDENTS].messages.values()]


async def test_a_connection_dropped_after_the_effect_makes_the_sdk_post_twice(
    client: AsyncWebClient, workspace: Workspace
) -> None:
    workspace.faults.add(Fault("drop_after", "chat.postMessage"))
    await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert texts(workspace) == ["x", "x"]


async def test_a_connection_dropped_before_the_effect_leaves_none(
    client: AsyncWebClient, workspace: Workspace
) -> None:
    workspace.faults.add(Fault("drop_before", "chat.*", count=2))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert texts(workspace) == []


async def test_everything_is_refused_while_slack_is_down(client: AsyncWebClient, slack: SlackServer) -> None:
    line = Line(slack.url)
    await line.post("settings", down=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.auth_test()
    await line.post("settings", down=False)
    assert (await client.auth_test())["ok"]


@pytest.mark.parametrize(
    ("order", "status", "error"),
    [
        ({"kind": "rate_limited", "retry_after": 7}, 429, "ratelimited"),
        ({"kind": "error", "error": "missing_scope"}, 200, "missing_scope"),
        ({"kind": "slow", "ms": 30}, 200, None),
    ],
)
async def test_trouble_strikes_as_often_as_ordered(
    client: AsyncWebClient, slack: SlackServer, order: dict[str, object], status: int, error: str | None
) -> None:
    line = Line(slack.url)
    await line.post("faults", match="auth.*", count=1, **order)
    assert await failure(client, "auth.test") == error
    assert await failure(client, "auth.test") is None
    calls = (await line.get("calls", method="auth.test"))["calls"]
    assert [(c["status"], c["error"], c["fault"]) for c in calls] == [
        (status, error, order["kind"]),
        (200, None, None),
    ]
    assert calls[0]["ms"] >= float(str(order.get("ms", 0)))


async def test_a_server_error_has_no_json(client: AsyncWebClient, workspace: Workspace) -> None:
    workspace.faults.add(Fault("server_error", "auth.test", status=502))
    with pytest.raises(SlackApiError) as refusal:
        await client.auth_test()
    assert refusal.value.response.status_code == 502


async def test_a_fault_may_let_calls_pass_and_strike_by_chance(
    client: AsyncWebClient, workspace: Workspace
) -> None:
    workspace.faults.add(Fault("error", "api.test", error="late", skip=2))
    assert [await failure(client, "api.test") for _ in range(4)] == [None, None, "late", None]

    async def fate() -> list[str | None]:
        workspace.faults.clear()
        workspace.faults.add(Fault("error", "api.test", error="now", count=None, probability=0.5))
        return [await failure(client, "api.test") for _ in range(20)]

    first = await fate()
    assert {None, "now"} == set(first)
    assert await fate() == first


async def test_latency_is_added_to_every_call(client: AsyncWebClient, slack: SlackServer) -> None:
    await Line(slack.url).post("settings", latency_ms=40)
    await client.auth_test()
    assert slack.workspace.journal.calls.as_json()[-1]["ms"] >= 40


async def test_an_unknown_fault_is_refused_by_name(slack: SlackServer) -> None:
    with pytest.raises(Refused, match="there are: cut, delay, drop"):
        await Line(slack.url).post("faults", kind="gremlins")


async def test_the_call_log_is_bounded_and_numbered(client: AsyncWebClient, slack: SlackServer) -> None:
    line = Line(slack.url)
    for _ in range(3):
        await client.api_test()
    first = (await line.get("calls"))["calls"]
    assert [call["number"] for call in first] == [1, 2, 3]
    await client.chat_postMessage(channel=INCIDENTS, text="x")
    newer = (await line.get("calls", since=3))["calls"]
    assert [(c["method"], c["channel"], c["status"]) for c in newer] == [("chat.postMessage", INCIDENTS, 200)]
