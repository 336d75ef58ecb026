"""What the doctor makes of Socket Mode, against the strict Slack."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.sandbox.slack import SlackServer, running, seeded_workspace
from bot.slack.socket.dial import Dial
from bot.slack.wire import web_client
from tests.cli.conftest import Breakwater, Said

BOT, APP = "xoxb-sandbox-bot-token", "xapp-1-sandbox-app-token"
Ask = Callable[..., Said]


@contextmanager
def served(*, socket_mode: bool = True, connected: int = 0) -> Iterator[SlackServer]:
    """A strict Slack in a loop and thread of its own, with so many web processes connected."""
    ready, done, found = threading.Event(), [], list[SlackServer]()

    async def serve() -> None:
        workspace = seeded_workspace(now=lambda: datetime.now(UTC), rate_limits=False)
        workspace.app.socket_mode = socket_mode
        async with running(workspace) as slack, aiohttp.ClientSession() as session, AsyncExitStack() as open_:
            for _ in range(connected):
                ws, _ = await Dial(web_client(APP, slack.api_url)).connect(session)
                open_.push_async_callback(ws.close)
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            done.append(lambda: loop.call_soon_threadsafe(stop.set))
            found.append(slack)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield found[0]
    finally:
        done[0]()
        thread.join()


@pytest.fixture
def ask(breakwater: Breakwater) -> Iterator[Ask]:
    """Ask the doctor beside a strict Slack."""
    with ExitStack() as stack:

        def asked(
            token: str = APP, *, socket_mode: bool = True, connected: int = 0, down: bool = False
        ) -> Said:
            slack = stack.enter_context(served(socket_mode=socket_mode, connected=connected))
            slack.workspace.faults.down = down
            env = {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": token, "SLACK_API_BASE_URL": slack.api_url}
            return breakwater("doctor", SLACK_MODE="socket", **env)

        yield asked


def test_a_web_process_that_is_connected_is_well(ask: Ask) -> None:
    assert "ok   socket mode: the app token is right, 1 web process is connected" in ask(connected=1).out


def test_a_token_that_nobody_uses_asks_for_a_web_process(ask: Ask) -> None:
    said = ask()
    assert "not ok socket mode: the app token is right, but no web process is connected" in said.out
    assert "start `breakwater web`" in said.out


def test_a_token_that_slack_refuses_is_to_be_set_again(ask: Ask) -> None:
    said = ask("xapp-1-of-another-app")
    assert "not ok socket mode: apps.connections.open: Slack says invalid_auth" in said.out
    assert "set SLACK_APP_TOKEN to an app-level token" in said.out


def test_socket_mode_that_is_switched_off_says_where_to_switch_it_on(ask: Ask) -> None:
    said = ask(socket_mode=False)
    assert "not ok socket mode: Slack ends the connection (link_disabled)" in said.out
    assert "switch Socket Mode on in the app's settings" in said.out


def test_slack_that_is_away_asks_for_its_address(ask: Ask) -> None:
    said = ask(down=True)
    assert "not ok socket mode: Slack cannot be reached" in said.out
    assert "check SLACK_API_BASE_URL" in said.out


def test_over_http_nothing_is_said_of_it(breakwater: Breakwater) -> None:
    assert "socket mode" not in breakwater("doctor").out
