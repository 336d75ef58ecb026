"""What every Slack job is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.incident import Incident, SlackPlace
from bot.slack.caller import Caller
from bot.slack.publisher import Publisher
from bot.slack.wire import SlackRefused
from bot.usecases import rooms
from bot.usecases.ports import Context

LOST = frozenset({"is_archived", "channel_not_found", "not_in_channel", "channel_is_archived", "is_inactive"})
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobDesk:
    """`monotonic` paces the redraws."""

    ctx: Context
    call: Caller
    publisher: Publisher
    monotonic: Callable[[], float]

    async def lost(self, incident: Incident, refused: SlackRefused) -> None:
        """Slack will not let us into an incident's channel: the incident goes on in the incidents channel."""
        place = incident.slack
        if place is None or not place.own or refused.code not in LOST:
            complain(refused, incident=incident.id)
            return
        complain(refused, incident=incident.id, channel=place.channel)
        home = SlackPlace(channel=await self.publisher.incidents_channel(), own=False)
        await rooms.move(
            self.ctx, incident.id, place.channel, home, f"its own channel cannot be used ({refused.code})"
        )


ADVICE = {
    "missing_scope": "a scope is missing: install the app again with the manifest of `breakwater manifest`",
    "is_archived": "the channel is archived: unarchive it, or go on in the incidents channel",
    "channel_not_found": "there is no such channel, or the app is not in it: invite the app",
    "not_in_channel": "the app is not in that channel: invite it",
    "invalid_auth": "the bot token is not valid: set SLACK_BOT_TOKEN anew",
    "account_inactive": "the app was uninstalled: install it again and set SLACK_BOT_TOKEN",
    "token_revoked": "the bot token was revoked: install the app again and set SLACK_BOT_TOKEN",
    "restricted_action": "the workspace does not let the app do this: ask a workspace admin",
    "user_not_found": "there is no such user: mend the Slack id in people.yaml",
}


def complain(refused: SlackRefused, **where: object) -> None:
    """Name in the log what Slack will not do, and how to mend it."""
    log.error("slack.refused", reason=advice(refused), **where)


def advice(refused: SlackRefused) -> str:
    """What Slack refused and how to mend it, in one sentence."""
    return f"{refused}: {ADVICE.get(refused.code, 'see the Web API documentation for this error')}"
