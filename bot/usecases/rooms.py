"""Where an incident lives in Slack: settled once, moved when its channel is lost."""

from __future__ import annotations

from bot.domain.incident import Incident, SlackPlace
from bot.usecases import work
from bot.usecases.ports import Context
from bot.usecases.record import record


async def settle(ctx: Context, incident_id: str, place: SlackPlace, reason: str = "") -> Incident:
    """Give an incident its place unless it has one; `reason` says why it is not a channel of its own."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        if incident.slack is None:
            incident = await tx.incidents.save(incident.model_copy(update={"slack": place}))
            record(
                ctx,
                tx,
                "room.settled",
                None,
                incident=incident,
                channel=place.channel,
                own=place.own,
                reason=reason,
            )
            if reason:
                text = f"{incident.id} {incident.code_name} lives here: {reason}."
                await work.say(tx, f"home:{incident.id}", incident.id, text)
        await work.draw(tx, incident.id)
        return incident


async def move(ctx: Context, incident_id: str, lost: str, place: SlackPlace, reason: str) -> Incident:
    """Let an incident go on elsewhere after its channel `lost`; nothing happens when it has moved already."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        if incident.slack is None or incident.slack.channel != lost:
            return incident
        incident = await tx.incidents.save(incident.model_copy(update={"slack": place}))
        record(
            ctx,
            tx,
            "room.moved",
            None,
            incident=incident,
            before=lost,
            channel=place.channel,
            reason=reason,
        )
        await work.say(
            tx, f"moved:{incident.id}:{lost}", incident.id, f"{incident.id} goes on here: {reason}."
        )
        await work.draw(tx, incident.id)
        return incident


async def pinned_card(ctx: Context, incident_id: str, ts: str) -> None:
    """Remember which message is the incident's card."""
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id, lock=True)
        if incident.slack is not None and incident.slack.card_ts != ts:
            place = incident.slack.model_copy(update={"card_ts": ts})
            await tx.incidents.save(incident.model_copy(update={"slack": place}))
