"""What every Slack job is given, and what becomes of what Slack refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.domain.base import Role
from bot.domain.incident import Incident, SlackPlace
from bot.slack.caller import Caller
from bot.slack.publisher import Publisher
from bot.slack.troubles import LOST, MENDABLE, advice
from bot.slack.wire import SlackRefused
from bot.usecases import rooms, troubles, work
from bot.usecases.chart import Chart, Undrawn
from bot.usecases.ports import Context, Retry

Draw = Callable[[Chart], Awaitable[bytes]]
HOME = "incidents-channel"
LATER = timedelta(minutes=2)
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
        """What was for an incident's channel is refused: it goes on elsewhere, waits, or is named.

        Raises Retry where an administrator can mend it.
        """
        place = incident.slack
        if place is None or refused.code not in LOST:
            await self.name(incident, "speaking", "Breakwater cannot speak here as it should", refused)
            if refused.code in MENDABLE:
                raise Retry(advice(refused), LATER)
            return
        complain(refused, incident=incident.id, channel=place.channel)
        if place.own:
            home = await self.publisher.incidents_channel()
            why = f"its own channel cannot be used ({refused.code}): {advice(refused)}"
        else:
            home = await self.publisher.home_again(refused)
            why = f"the channel it was in cannot be used ({refused.code})"
        if home != place.channel:
            await rooms.move(self.ctx, incident.id, place.channel, SlackPlace(channel=home, own=False), why)

    async def name(self, incident: Incident, key: str, effect: str, refused: SlackRefused) -> None:
        """Tell an incident's people once what Slack will not do, what that means, and how to mend it."""
        complain(refused, incident=incident.id)
        if refused.code in LOST:
            return  # whoever posts next moves the incident
        said = f"{effect}: {advice(refused)}."
        await troubles.note(self.ctx, {key: said}, incident.id)

    async def at_home(self, post: Callable[[str], Awaitable[object]]) -> bool:
        """Do something in the incidents channel, walking in or looking for it anew; whether that went well.

        Where it does not, the people who can mend it are told directly, once.
        """
        try:
            try:
                await post(await self.publisher.incidents_channel())
                await self._at_home_again()
            except SlackRefused as refused:
                if refused.code not in LOST:
                    raise
                await post(await self.publisher.home_again(refused))
                await troubles.mended(self.ctx, [HOME])
        except SlackRefused as refused:
            await self._homeless(refused)
            if refused.code in MENDABLE:
                raise Retry(advice(refused), LATER) from None
            return False
        return True

    async def _at_home_again(self) -> None:
        """A message that stood already proves nothing, so that Slack is asked before a trouble is over."""
        async with self.ctx.store.read() as tx:
            if HOME not in await troubles.standing(tx):
                return
        home = await self.publisher.incidents_channel()
        found = (await self.call("conversations.info", "home", channel=home))["channel"]
        if found.get("is_member") and not found.get("is_archived"):
            await troubles.mended(self.ctx, [HOME])

    async def _homeless(self, refused: SlackRefused) -> None:
        complain(refused, channel="INCIDENTS_CHANNEL")
        wanted = f"#{self.publisher.incidents.removeprefix('#')}"
        said = (
            f"Nothing can be announced in {wanted}: {advice(refused)}. Incidents go on in their own "
            "channels; make the channel, or set INCIDENTS_CHANNEL, and invite Breakwater"
        )
        if not await troubles.keep(self.ctx, HOME, said):
            return
        directory = self.ctx.content.now.directory
        people = [p.id for p in directory.holders([Role.TECHNICAL_LEAD, Role.INCIDENT_COMMANDER])]
        async with self.ctx.store.write() as tx:
            key = f"home:{refused.code}:{self.ctx.clock.now():%Y%m%d%H%M}"
            await work.page(self.ctx, tx, key, people, said)


async def no_drawing(_chart: Chart) -> bytes:
    """Where nothing draws. Raises Undrawn."""
    raise Undrawn("this process draws no charts")


def complain(refused: SlackRefused, **where: object) -> None:
    """Name in the log what Slack will not do, and how to mend it."""
    log.error("slack.refused", reason=advice(refused), **where)
