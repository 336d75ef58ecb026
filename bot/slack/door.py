"""The way in: one HTTP handler that lets only this workspace's signed requests through to Bolt."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.slack.answers import store_away
from bot.slack.guard import BAD_REQUEST, BODY_BYTES, TOO_LARGE, WITHOUT_TEAM, Turned, inspect
from bot.slack.settings import Identity
from bot.usecases.ports import Context, StoreError

FORBIDDEN, OK, NOT_FOUND = 403, 200, 404
REASONS = {400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 413: "Too large"}
log = structlog.get_logger(__name__)


@dataclass
class Door:
    """`handle` answers `POST /slack/events`. The first team that comes in signed is the only one served."""

    ctx: Context
    app: AsyncApp
    signing_secret: str = field(repr=False)
    identity: Identity
    _team: str = ""

    async def handle(self, request: Request) -> Response:
        """Answer one request from Slack; anything else gets a problem document and changes nothing."""
        try:
            body = await _bounded(request)
            headers = {name.lower(): value for name, value in request.headers.items()}
            asked = inspect(headers, body, self.signing_secret, self.ctx.clock.wall())
            if asked.kind not in WITHOUT_TEAM:
                await self._own_team(asked.team_id)
                self._own_person(asked.fields)
        except Turned as turned:
            log.warning("slack.turned_away", status=turned.status, reason=str(turned))
            return _problem(turned)
        except StoreError as error:
            return _json(store_away(error)) if asked.kind == "command" else Response(status_code=503)
        except ClientDisconnect:
            return Response(status_code=400)
        bolt = AsyncBoltRequest(body=body.decode(), headers={k: [v] for k, v in headers.items()})
        try:
            return _response(await self.app.async_dispatch(bolt))
        except (LookupError, TypeError, AttributeError, ValueError):
            # Bolt stumbles over signed payloads that lack what Slack always sends; listeners report apart.
            log.exception("slack.odd_payload", kind=asked.kind)
            return _problem(Turned(BAD_REQUEST, "The payload lacks what a request of its kind holds."))

    async def _own_team(self, team_id: str) -> None:
        """Raises Turned for a team that is not ours."""
        if not self._team:
            self._team = await self._stored_team(self.identity.team_id or team_id)
        if team_id != self._team:
            raise Turned(FORBIDDEN, "This deployment serves another workspace.")

    def _own_person(self, fields: dict[str, Any]) -> None:
        """Raises Turned for a guest from another workspace in a channel that is shared with it."""
        user = fields.get("user")
        theirs = user.get("team_id") if isinstance(user, dict) else None
        if theirs and theirs != self._team:
            raise Turned(FORBIDDEN, "People of another workspace cannot act here.")

    async def _stored_team(self, candidate: str) -> str:
        async with self.ctx.store.read() as tx:
            stored = await tx.keepsakes.fact("team_id")
        if stored is not None:
            return stored
        async with self.ctx.store.write() as tx:
            if await tx.keepsakes.first_time("fact", "team_id", self.ctx.clock.now()):
                await tx.keepsakes.set_fact("team_id", candidate)
            return await tx.keepsakes.fact("team_id") or candidate


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


def _json(body: dict[str, object]) -> Response:
    return Response(json.dumps(body), media_type="application/json")


def _response(answer: BoltResponse) -> Response:
    """Bolt's answer; what it knows no listener for is taken all the same, or Slack would send it again."""
    if answer.status == NOT_FOUND:
        log.info("slack.unhandled")
        return Response(status_code=OK)
    headers = {name: values[0] for name, values in answer.headers.items()}
    return Response(answer.body, answer.status, headers)
