"""The two ways from the strict Slack to the bot, each real."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

from starlette.applications import Starlette
from starlette.routing import Route

from bot.sandbox.slack import SlackServer, listen, serving
from bot.slack.door import Door
from bot.slack.entrance import Entrance
from bot.slack.socket.backoff import Backoff
from bot.slack.socket.dial import Dial
from bot.slack.socket.line import Line
from bot.slack.socket.receiver import Receiver
from bot.slack.wire import web_client

Transport = Literal["http", "socket"]


@asynccontextmanager
async def over_http(entrance: Entrance, slack: SlackServer) -> AsyncIterator[None]:
    door = Door(entrance, slack.workspace.app.signing_secret)
    app = Starlette(routes=[Route("/slack/events", door.handle, methods=["POST"])])
    async with serving(app, listen()) as bot_url:
        slack.workspace.app.bot_url = f"{bot_url}/slack/events"
        yield


@asynccontextmanager
async def over_a_socket(entrance: Entrance, slack: SlackServer) -> AsyncIterator[Line]:
    slack.workspace.app.socket_mode = True
    line = a_line(entrance, slack)
    async with line.running():
        yield line


def a_line(entrance: Entrance, slack: SlackServer, ping: float = 5.0) -> Line:
    """A line in a hurry: it takes every connection for steady."""
    dial = Dial(web_client(slack.workspace.app.app_token, slack.api_url), ping)
    hurry = Backoff(lambda: 0.5, first=0.01, first_slow=0.02, cap=0.04, steady=0)
    return Line(dial, Receiver(entrance), hurry, time.monotonic)


WAYS_IN: dict[Transport, Callable[[Entrance, SlackServer], AbstractAsyncContextManager[Line | None]]] = {
    "http": over_http,
    "socket": over_a_socket,
}
