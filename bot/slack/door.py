"""The way in over HTTP: one handler that lets only this workspace's signed requests through."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.slack.entrance import Entrance
from bot.slack.guard import BODY_BYTES, TOO_LARGE, Turned, inspect

REASONS = {400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 413: "Too large"}
log = structlog.get_logger(__name__)


@dataclass
class Door:
    """`handle` answers `POST /slack/events`."""

    entrance: Entrance
    signing_secret: str = field(repr=False)

    async def handle(self, request: Request) -> Response:
        """Answer one request from Slack; anything else gets a problem document and changes nothing."""
        try:
            body = await _bounded(request)
            headers = {name.lower(): value for name, value in request.headers.items()}
            asked = inspect(headers, body, self.signing_secret, self.entrance.ctx.clock.wall())
            bolt = AsyncBoltRequest(body=body.decode(), headers={k: [v] for k, v in headers.items()})
            return _response(await self.entrance.admit(asked, bolt))
        except Turned as turned:
            log.warning("slack.turned_away", status=turned.status, reason=str(turned))
            return _problem(turned)
        except ClientDisconnect:
            return Response(status_code=400)


async def _bounded(request: Request) -> bytes:
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > BODY_BYTES:
            raise Turned(TOO_LARGE, f"The body is larger than {BODY_BYTES:,} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _problem(turned: Turned) -> Response:
    body = {
        "type": "about:blank",
        "title": REASONS[turned.status],
        "status": turned.status,
        "detail": str(turned),
    }
    return Response(json.dumps(body), turned.status, media_type="application/problem+json")


def _response(answer: BoltResponse) -> Response:
    headers = {name: values[0] for name, values in answer.headers.items()}
    return Response(answer.body, answer.status, headers)
