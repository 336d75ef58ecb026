"""The address Slack delivers to; what happens there is the Slack room's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.metrics import SLACK
from bot.web.problems import Problem

SlackHandler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Route:
    path: str


_HERE: Final = _Route(SLACK)


class SlackFirst:
    """Hands what Slack delivers straight to `slack`, and everything else to `rest`.

    Somebody waits for that answer, and the layers of a framework would be half of its cost.
    """

    def __init__(self, slack: ASGIApp, rest: ASGIApp) -> None:
        self._slack = slack
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        ours = scope["type"] == "http" and scope["path"] == SLACK and scope["method"] == "POST"
        await (self._slack if ours else self._rest)(scope, receive, send)


def slack_app(handler: SlackHandler) -> ASGIApp:
    """`POST /slack/events` as an application of its own."""

    async def slack_events(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = _HERE
        response = await handler(Request(scope, receive))
        await response(scope, receive, send)

    return slack_events


def slack_router(missing: Sequence[str]) -> APIRouter:
    """The same address while Slack is not connected: it says which variables are missing."""
    router = APIRouter()

    @router.post(SLACK)
    async def slack_events() -> Response:
        named = " and ".join(missing) or "Slack"
        said = f"Slack is not connected: {named} {'are' if len(missing) > 1 else 'is'} not set."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, said)

    return router
