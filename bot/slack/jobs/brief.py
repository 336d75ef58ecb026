"""The brief of an incident, posted for everybody in its channel."""

from __future__ import annotations

from bot.slack.cards.brief import brief_card
from bot.slack.jobs.desk import JobDesk
from bot.slack.jobs.words import NO_ROOM_YET
from bot.slack.wire import SlackRefused
from bot.usecases import briefs
from bot.usecases.ports import Again, Job
from bot.usecases.views import shared_view


async def brief(desk: JobDesk, job: Job) -> Again | None:
    """Post it once, as things stand now."""
    view = await shared_view(desk.ctx, str(job.payload["incident"]))
    if view.incident.slack is None:
        return NO_ROOM_YET
    card = brief_card(await briefs.brief(desk.ctx, view), posted_by=str(job.payload["by"]))
    try:
        await desk.publisher.once(job.key, view.incident.slack.channel, card)
    except SlackRefused as refused:
        await desk.lost(view.incident, refused)
    return None
