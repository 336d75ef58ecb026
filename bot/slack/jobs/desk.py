"""What every Slack job is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.domain.incident import Incident, SlackPlace
from bot.slack.caller import Caller
from bot.slack.publisher import Publisher
from bot.slack.troubles import LOST, advice
from bot.slack.wire import SlackRefused
from bot.usecases import rooms
from bot.usecases.chart import Chart, Undrawn
from bot.usecases.ports import Context

Draw = Callable[[Chart], Awaitable[bytes]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobDesk:
    """`monotonic` paces the redraws; `draw` makes a chart a PNG and raises Undrawn."""

    ctx: Context
    call: Caller
    publisher: Publisher
    monotonic: Callable[[], float]
    draw: Draw

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


async def no_drawing(_chart: Chart) -> bytes:
    """Where nothing draws. Raises Undrawn."""
    raise Undrawn("this process draws no charts")


def complain(refused: SlackRefused, **where: object) -> None:
    """Name in the log what Slack will not do, and how to mend it."""
    log.error("slack.refused", reason=advice(refused), **where)
