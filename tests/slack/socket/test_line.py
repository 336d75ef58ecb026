"""A connection that ends, is refused or falls silent: we come back, and nothing is lost or done twice."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.sandbox.slack import Fault
from bot.slack.app import build_app
from bot.slack.entrance import Entrance
from bot.slack.guard import Request
from bot.slack.settings import Identity
from bot.slack.socket.frames import Envelope
from bot.slack.socket.line import Line
from bot.slack.socket.receiver import Receiver
from bot.slack.wire import web_client
from tests.slack.support.transport import a_line
from tests.slack.support.world import World

SECONDS = 5.0
COMMAND = {"command": "/incident", "text": "status"}
REASONS = ("warning", "refresh_requested", "too_many_websockets", "link_disabled")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - connections come in the background and tell nobody
            await asyncio.sleep(0.002)


async def said(line: Line, words: str) -> None:
    """Wait until the line's trouble has these words; none for no trouble."""

    async def condition() -> bool:
        return words in line.trouble if words else not line.trouble

    await until(condition)


async def stand(world: World, *numbers: int) -> None:
    """Wait until exactly these connections stand."""

    async def condition() -> bool:
        return [s["number"] for s in await sockets(world)] == list(numbers)

    await until(condition)


async def sockets(world: World) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(trust_env=False) as client:
        found: list[dict[str, Any]] = (await client.get(f"{world.slack.url}/sandbox/sockets")).json()[
            "sockets"
        ]
    return found


async def order(world: World, do: str, **more: Any) -> None:
    """Trouble for the one connection there is."""
    await said(line_of(world), "")
    assert (await world.post("sockets", do=do, **more))["struck"] == 1


def line_of(world: World) -> Line:
    assert world.line is not None
    return world.line


def entrance_of(world: World) -> Entrance:
    return line_of(world).receiver.entrance


async def notes(world: World) -> int:
    return (await world.kinds()).count("note")


@pytest.mark.parametrize("do", ["kill", "close"])
async def test_a_connection_that_ends_is_replaced_and_what_was_typed_meanwhile_is_answered(
    socket_world: World, do: str
) -> None:
    world = socket_world
    await world.declared()
    for number in range(1, 4):
        await order(world, do)
        answer = await world.alice.command(f"/incident note The line was cut {number} times")
        assert answer.reply == "Noted in INC-1."
        assert await notes(world) == number


@pytest.mark.parametrize("reason", REASONS)
async def test_whatever_reason_slack_names_we_are_there_again(socket_world: World, reason: str) -> None:
    world = socket_world
    await world.declared()
    await order(world, "disconnect", reason=reason)
    assert (await world.alice.command("/incident note Still there")).ok
    assert await notes(world) == 1


async def test_after_a_warning_the_successor_stands_before_the_old_connection_goes(
    socket_world: World,
) -> None:
    world, line, gaps = socket_world, line_of(socket_world), list[str]()

    async def watch() -> None:
        while True:
            gaps.extend([line.trouble] if line.trouble else [])
            await asyncio.sleep(0)

    await stand(world, 1)
    await said(line, "")
    watching = asyncio.create_task(watch())
    await order(world, "disconnect", reason="warning")
    await stand(world, 2)
    watching.cancel()
    assert gaps == []


async def test_a_half_open_connection_is_found_out_by_its_silence(socket_world: World) -> None:
    world = socket_world
    await world.declared()
    async with a_line(entrance_of(world), world.slack, ping=0.04).running():
        await stand(world, 1, 2)
        await world.post("sockets", do="silence", number=2)
        await stand(world, 1, 3)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("rate_limited", retry_after=0), "Slack asks us to slow down"),
        (Fault("server_error"), "Slack is in trouble"),
        (Fault("error", error="internal_error"), "Slack is in trouble"),
        (Fault("drop_before"), "Slack cannot be reached"),
        (Fault("drop_after"), "Slack cannot be reached"),
        (Fault("error", error="invalid_auth"), "set SLACK_APP_TOKEN to an app-level token"),
    ],
)
async def test_a_refused_connection_is_named_and_tried_again(
    socket_world: World, fault: Fault, says: str
) -> None:
    world, line = socket_world, line_of(socket_world)
    await world.declared()
    fault.match, fault.count = "apps.connections.open", None
    world.workspace.faults.add(fault)
    await order(world, "kill")
    await said(line, says)
    world.workspace.faults.clear()
    assert (await world.alice.command("/incident note Back again")).ok
    await said(line, "")


async def test_what_slack_asks_us_to_wait_is_waited(socket_world: World) -> None:
    world, line = socket_world, line_of(socket_world)
    await said(line, "")
    world.workspace.faults.add(Fault("rate_limited", match="apps.connections.open", retry_after=300, count=9))
    before = world.calls("apps.connections.open")
    await order(world, "kill")
    await said(line, "slow down")
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert world.calls("apps.connections.open") == before + 1


@pytest.mark.parametrize(
    ("switch", "says"),
    [
        ({"socket_mode": False}, "switch Socket Mode on in the app's settings"),
        ({"max_sockets": 0}, "stop web processes that are not needed"),
    ],
)
async def test_a_switch_or_limit_of_slacks_is_named_with_its_mend_and_outlived(
    socket_world: World, switch: dict[str, Any], says: str
) -> None:
    world, line = socket_world, line_of(socket_world)
    await said(line, "")
    await world.post("settings", **switch)
    await world.post("sockets", do="kill")
    await said(line, says)
    await world.post("settings", socket_mode=True, max_sockets=10)
    await said(line, "")


async def test_an_envelope_that_another_process_answered_has_no_second_effect(socket_world: World) -> None:
    world = socket_world
    await world.declared()
    another = Entrance(world.ctx, entrance_of(world).app, entrance_of(world).identity)
    async with a_line(another, world.slack).running():
        await stand(world, 1, 2)
        world.workspace.faults.add(Fault("lose_ack", "command"))
        answer = await world.alice.command("/incident note Told twice")
    assert "carried out already" in answer.reply
    assert await notes(world) == 1
    carried = [d["connection"] for d in world.workspace.journal.deliveries.as_json()][-2:]
    assert sorted(carried) == [1, 2]


class Slow(Entrance):
    """Answers when told to."""

    came: asyncio.Event
    go: asyncio.Event

    async def admit(self, asked: Request, bolt: AsyncBoltRequest) -> BoltResponse:
        self.came.set()
        await self.go.wait()
        return await super().admit(asked, bolt)


def slow(world: World) -> Slow:
    app = world.workspace.app
    identity = Identity(app.bot_token, app.bot_id, app.bot_user, world.workspace.team_id)
    client = web_client(app.bot_token, world.slack.api_url)
    made = Slow(world.ctx, build_app(world.ctx, identity, client), identity)
    made.came, made.go = asyncio.Event(), asyncio.Event()
    return made


async def test_before_it_closes_what_has_come_is_answered(world: World) -> None:
    await world.declared()
    world.workspace.app.socket_mode, entrance = True, slow(world)
    async with a_line(entrance, world.slack).running():
        asking = asyncio.create_task(world.alice.command("/incident note On the way out"))
        await entrance.came.wait()
        asyncio.get_running_loop().call_later(0.05, entrance.go.set)
    assert (await asking).reply == "Noted in INC-1."
    assert await sockets(world) == []


async def test_a_connection_that_must_go_answers_what_it_has_taken_before_it_goes(world: World) -> None:
    await world.declared()
    world.workspace.app.socket_mode, entrance = True, slow(world)
    async with a_line(entrance, world.slack).running():
        asking = asyncio.create_task(world.alice.command("/incident note Between two connections"))
        await entrance.came.wait()
        await world.post("sockets", do="disconnect", reason="warning")
        await stand(world, 1, 2)
        entrance.go.set()
        assert (await asking).reply == "Noted in INC-1."
        await stand(world, 2)
    assert world.workspace.journal.deliveries.as_json()[-1]["connection"] == 1


async def test_nothing_that_slack_says_out_of_turn_ends_a_connection(socket_world: World) -> None:
    world = socket_world
    receiver = line_of(world).receiver
    odd = [
        Envelope("E1", "something_new", {}, takes_answer=False, size=2),
        Envelope("E2", "interactive", {"type": "block_actions"}, takes_answer=True, size=2),
        Envelope("E3", "slash_commands", {}, takes_answer=True, size=2_000_000),
        Envelope("E4", "slash_commands", {"team_id": "T01SANDBOX", **COMMAND}, takes_answer=True, size=2),
    ]
    acks = [await receiver.answer(envelope) for envelope in odd]
    assert acks[:2] == ['{"envelope_id":"E1"}', '{"envelope_id":"E2"}']
    assert "larger than 1,000,000 bytes" in str(acks[2])
    assert "Something broke on our side" in str(acks[3])


class Broken(Entrance):
    """A defect of ours."""

    async def admit(self, asked: Request, bolt: AsyncBoltRequest) -> BoltResponse:  # noqa: ARG002 - as it is
        raise ZeroDivisionError


async def test_a_defect_of_ours_leaves_the_envelope_unanswered_and_the_connection_standing(
    socket_world: World,
) -> None:
    world, line = socket_world, line_of(socket_world)
    await world.declared()
    sound, world.workspace.app.deadline = line.receiver, 0.1
    line.receiver = Receiver(Broken(world.ctx, sound.entrance.app, sound.entrance.identity))
    await order(world, "kill")
    assert (await world.alice.command("/incident note Lost?")).error == "operation_timeout"
    (standing,) = await sockets(world)
    assert (standing["sent"], standing["acked"]) == (1, 0)


async def test_an_event_that_comes_again_in_another_envelope_is_carried_out_once(socket_world: World) -> None:
    world = socket_world
    calls = list[str]()

    class Counting(Entrance):
        async def _dispatch(self, asked: Request, bolt: AsyncBoltRequest) -> BoltResponse:
            calls.append(asked.fields["event_id"])
            return await super()._dispatch(asked, bolt)

    entrance = entrance_of(world)
    receiver = Receiver(Counting(world.ctx, entrance.app, entrance.identity))
    event = {"type": "event_callback", "team_id": "T01SANDBOX", "event_id": "Ev1", "event": {"type": "x"}}
    first = Envelope("E1", "events_api", event, takes_answer=False, size=9)
    again = Envelope("E2", "events_api", event, takes_answer=False, size=9, retry=1, reason="timeout")
    acks = await asyncio.gather(receiver.answer(first), receiver.answer(again), receiver.answer(first))
    assert list(acks) == ['{"envelope_id":"E1"}', '{"envelope_id":"E2"}', '{"envelope_id":"E1"}']
    assert calls == ["Ev1"]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_not_asked(
    socket_world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    line = a_line(entrance_of(socket_world), socket_world.slack)
    async with line.running():
        await said(line, "")
    client = web_client(socket_world.workspace.app.bot_token, socket_world.slack.api_url)
    assert (await client.auth_test())["ok"]
