"""The address Slack delivers to; what happens there is the Slack room's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from bot.web.metrics import SLACK
from bot.web.problems import Problem

SlackHandler = Callable[[Request], Awaitable[Response]]


def slack_router(handler: SlackHandler | None, missing: Sequence[str]) -> APIRouter:
    """`POST /slack/events`; without a handler it says which variables are missing."""
    router = APIRouter()

    @router.post(SLACK)
    async def slack_events(request: Request) -> Response:
        if handler is None:
            named = " and ".join(missing) or "Slack"
            said = f"Slack is not connected: {named} {'are' if len(missing) > 1 else 'is'} not set."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, said)
        return await handler(request)

    return router
