"""Answers envelopes through the entrance; one that comes again is answered again, not carried out again."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.ask import ENVELOPE
from bot.slack.entrance import Entrance
from bot.slack.guard import BODY_BYTES, TOO_LARGE, Turned, asked
from bot.slack.remembered import Remembered
from bot.slack.socket.acks import OK, ack
from bot.slack.socket.frames import KINDS, Envelope

COMMAND = "slash_commands"
log = structlog.get_logger(__name__)


@dataclass
class Receiver:
    """One for all connections of a process: Slack may send an envelope over another than the first time."""

    entrance: Entrance
    _acks: Remembered[str | None] = field(default_factory=Remembered)

    async def answer(self, envelope: Envelope) -> str | None:
        """The ack to send; None where there is to be none, which leaves it to Slack to send it again."""
        return await self._acks.answer(envelope.id, lambda: self._carry_out(envelope), _sendable)

    async def _carry_out(self, envelope: Envelope) -> str | None:
        return ack(envelope, await self._admitted(envelope))

    async def _admitted(self, envelope: Envelope) -> BoltResponse:
        """The entrance's answer. Who is turned away is told why, where there is a way to tell."""
        headers = {ENVELOPE: envelope.id}
        if envelope.retry:
            headers |= {"x-slack-retry-num": str(envelope.retry), "x-slack-retry-reason": envelope.reason}
        try:
            if envelope.kind not in KINDS:
                log.info("slack.unhandled", kind=envelope.kind[:80])
                return BoltResponse(status=OK)
            _bound(envelope)
            bolt = AsyncBoltRequest(mode="socket_mode", body=envelope.payload, headers=dict(headers))
            return await self.entrance.admit(asked(envelope.payload), bolt)
        except Turned as turned:
            log.warning("slack.turned_away", status=turned.status, reason=str(turned))
            said = {"response_type": "ephemeral", "text": str(turned)}
            return BoltResponse(status=OK, body=said if envelope.kind == COMMAND else "")


def _bound(envelope: Envelope) -> None:
    if envelope.size > BODY_BYTES:
        raise Turned(TOO_LARGE, f"The envelope is larger than {BODY_BYTES:,} bytes.")


def _sendable(frame: str | None) -> bool:
    return frame is not None
