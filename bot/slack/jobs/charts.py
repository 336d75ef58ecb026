"""Charts of an incident, into its own channel and no other: reserve figures are for its people alone."""

from __future__ import annotations

import structlog

from bot.domain.incident import SlackPlace
from bot.slack.cards.blocks import Message, section
from bot.slack.jobs.desk import JobDesk, complain
from bot.slack.jobs.words import NO_ROOM_YET
from bot.slack.publisher import Picture
from bot.slack.text import clip, escape
from bot.slack.troubles import LOST, advice
from bot.slack.wire import SlackRefused
from bot.usecases.chart import Chart, Undrawn, incident_chart
from bot.usecases.ports import Again, Job

ALT = 1000
SAID = 2500
log = structlog.get_logger(__name__)


async def chart(desk: JobDesk, job: Job) -> Again | None:
    """Draw a chart and share it once; what cannot be drawn is said in numbers."""
    async with desk.ctx.store.read() as tx:
        incident = await tx.incidents.get(str(job.payload["incident"]))
        shown = await incident_chart(desk.ctx, tx, incident, [str(s) for s in job.payload["signals"]])
    place = incident.slack
    if place is None:
        return None if incident.ended else NO_ROOM_YET
    if not place.own or not shown.panels:
        return None
    try:
        await _share(desk, job, place, shown)
    except SlackRefused as refused:
        if refused.code in LOST:
            await desk.lost(incident, refused)
        else:
            complain(refused, incident=incident.id)
            await _in_words(desk, job, place, shown, advice(refused))
    return None


async def _share(desk: JobDesk, job: Job, place: SlackPlace, shown: Chart) -> None:
    text = escape(shown.words, SAID)
    if await desk.publisher.finish_picture(job.key, place.channel, shown.title, text):
        return
    try:
        drawn = await desk.draw(shown)
    except Undrawn as undrawn:
        log.warning("slack.undrawn", job=job.key, reason=str(undrawn))
        await _in_words(desk, job, place, shown, str(undrawn))
        return
    name = f"{shown.title.split()[0]}-{shown.end:%Y%m%d-%H%M}.png".lower()
    picture = Picture(name, drawn, shown.title, clip(shown.words, ALT), text)
    await desk.publisher.share(job.key, place.channel, picture)


async def _in_words(desk: JobDesk, job: Job, place: SlackPlace, shown: Chart, why: str) -> None:
    text = f"{escape(shown.words, SAID)}\n_There is no picture: {escape(why, 300)}._"
    await desk.publisher.once(job.key, place.channel, Message(text, [section(text)]))
