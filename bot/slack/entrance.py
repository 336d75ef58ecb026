"""The way in that HTTP and Socket Mode share: this team's people alone, no event twice, then Bolt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.answers import store_away
from bot.slack.guard import BAD_REQUEST, WITHOUT_TEAM, Request, Turned
from bot.slack.remembered import Remembered
from bot.slack.settings import Identity
from bot.usecases.ports import Context, StoreError

FORBIDDEN, OK, NOT_FOUND, UNAVAILABLE = 403, 200, 404, 503
log = structlog.get_logger(__name__)


@dataclass
class Entrance:
    """`admit` answers what Slack is known to have sent. The first team to come in is the only one served."""

    ctx: Context
    app: AsyncApp
    identity: Identity
    _team: str = ""
    _events: Remembered[BoltResponse] = field(default_factory=Remembered)

    async def admit(self, asked: Request, bolt: AsyncBoltRequest) -> BoltResponse:
        """The answer: 200, 503 while the database is away, 500 for a defect of ours.

        Slack sends an event again until it hears of it, in another envelope too; one that was answered, or
        is being answered, is not carried out again. Raises Turned for who may not come in.
        """
        if asked.kind not in WITHOUT_TEAM:
            try:
                await self._own_team(asked.team_id)
            except StoreError as error:
                return _away(asked, error)
            self._own_person(asked.fields)
        event_id = str(asked.fields.get("event_id") or "")
        if asked.kind == "event_callback" and event_id:
            return await self._events.answer(event_id, lambda: self._dispatch(asked, bolt), _taken)
        return await self._dispatch(asked, bolt)

    async def _dispatch(self, asked: Request, bolt: AsyncBoltRequest) -> BoltResponse:
        """What no listener knows is taken all the same, or Slack would send it again."""
        try:
            answer = await self.app.async_dispatch(bolt)
        except (LookupError, TypeError, AttributeError, ValueError):
            # Bolt stumbles over payloads that lack what Slack always sends; listeners report apart.
            log.exception("slack.odd_payload", kind=asked.kind)
            raise Turned(BAD_REQUEST, "The payload lacks what a request of its kind holds.") from None
        if answer.status == NOT_FOUND:
            log.info("slack.unhandled")
            return BoltResponse(status=OK)
        return answer

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


def _away(asked: Request, error: StoreError) -> BoltResponse:
    if asked.kind == "command":
        return BoltResponse(status=OK, body=dict(store_away(error)))
    return BoltResponse(status=UNAVAILABLE)


def _taken(answer: BoltResponse) -> bool:
    return bool(answer.status == OK)
