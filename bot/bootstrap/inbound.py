"""How Slack's requests come in: over HTTP, over Socket Mode, or not at all while variables are missing."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import Request, Response

from bot.bootstrap.build import Parts
from bot.bootstrap.slack import identity
from bot.slack.app import slack_entrance
from bot.slack.door import Door
from bot.slack.socket.backoff import Backoff
from bot.slack.socket.dial import Dial
from bot.slack.socket.line import Line
from bot.slack.socket.receiver import Receiver
from bot.slack.wire import MODAL_SECONDS, web_client
from bot.usecases.ports import Context
from bot.web.problems import Problem
from bot.web.slack import SlackHandler

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Inbound:
    """`handle` answers `POST /slack/events`, `line` is Socket Mode's; `missing` names variables not set."""

    handle: SlackHandler | None = None
    line: Line | None = None
    missing: tuple[str, ...] = ()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the connection of Socket Mode, if that is the way, for as long as the block runs."""
        if self.line is None:
            yield
            return
        async with self.line.running():
            yield


async def inbound(parts: Parts, ctx: Context) -> Inbound:
    """The way in that the settings ask for; `ctx` is what requests are carried out with."""
    settings, token = parts.settings, parts.settings.slack_bot_token
    socket = settings.slack_mode == "socket"
    needed = {"SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": settings.slack_signing_secret or socket}
    missing = tuple(name for name, value in needed.items() if not value)
    if missing or not token:
        log.warning("slack is not connected", not_set=", ".join(missing))
        return Inbound(missing=missing)
    base_url = settings.slack_api_base_url
    entrance = slack_entrance(ctx, await identity(parts), web_client(token, base_url, MODAL_SECONDS))
    if not socket:
        return Inbound(handle=Door(entrance, settings.slack_signing_secret or "").handle)
    dial = Dial(web_client(settings.slack_app_token or "", base_url))
    backoff = Backoff(random.random)
    return Inbound(_elsewhere, Line(dial, Receiver(entrance), backoff, time.monotonic))


async def _elsewhere(_request: Request) -> Response:
    said = "Slack's requests come over Socket Mode here; set SLACK_MODE=http to take them over HTTP."
    raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, said)
