"""What is said once: a line in an incident's channel, a page to a person, a private answer."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.slack.cards.blocks import Message, context, section
from bot.slack.cards.suggestion import page as page_card
from bot.slack.jobs.desk import JobDesk, complain
from bot.slack.text import escape
from bot.slack.troubles import MENDABLE, advice
from bot.slack.wire import SlackRefused
from bot.usecases import work
from bot.usecases.ports import Again, Job, Retry

NO_ROOM_YET = Again(timedelta(seconds=1))
UNHEARD = timedelta(minutes=1)
log = structlog.get_logger(__name__)


async def say(desk: JobDesk, job: Job) -> Again | None:
    """One line into an incident's channel."""
    async with desk.ctx.store.read() as tx:
        incident = await tx.incidents.get(job.payload["incident"])
    if incident.slack is None:
        return NO_ROOM_YET
    text = str(job.payload["text"])
    try:
        await desk.publisher.once(job.key, incident.slack.channel, Message(text, [section(text)]))
    except SlackRefused as refused:
        await desk.lost(incident, refused)
    return None


async def head(desk: JobDesk, job: Job) -> Again | None:
    """The newest signed head of the ledger, as small print: one message for a phase, redrawn in place."""
    async with desk.ctx.store.read() as tx:
        incident = await tx.incidents.get(job.payload["incident"])
    if incident.slack is None or not (incident.slack.card_ts or incident.ended):
        return NO_ROOM_YET
    text = str(job.payload["text"])
    try:
        await desk.publisher.put(
            job.key, incident.slack.channel, Message(text, [context(text)]), urgent=False
        )
    except SlackRefused as refused:
        await desk.lost(incident, refused)
    return None


async def page(desk: JobDesk, job: Job) -> Again | None:
    """Danger, straight to one person."""
    user = _slack_user(desk, str(job.payload["person"]))
    if not user:
        log.error("slack.unreachable", person=job.payload["person"], reason="no Slack id in people.yaml")
        return None
    channel = None
    if incident_id := job.payload.get("incident"):
        async with desk.ctx.store.read() as tx:
            place = (await tx.incidents.get(incident_id)).slack
        channel = place.channel if place else None
    review = str(job.payload.get("review") or "")
    message = page_card(str(job.payload["text"]), channel, job.payload.get("suggestion"), review)
    try:
        await desk.publisher.once(job.key, await desk.publisher.direct(user), message)
    except SlackRefused as refused:
        await _unreached(desk, job, refused)
    return None


async def _unreached(desk: JobDesk, job: Job, refused: SlackRefused) -> None:
    """Whom Slack does not let us page is named where others see it, with what they should have heard."""
    complain(refused, person=job.payload["person"])
    if refused.code in MENDABLE:
        raise Retry(advice(refused), UNHEARD)
    known = desk.ctx.content.now.directory.people.get(str(job.payload["person"]))
    name = escape(known.name if known else str(job.payload["person"]), 80)
    heard = escape(str(job.payload["text"]), 600)
    text = f":warning: {name} could not be paged: {advice(refused)}. Unheard: “{heard}”"
    async with desk.ctx.store.write() as tx:
        if incident_id := job.payload.get("incident"):
            await work.say(tx, f"unheard:{job.key}", str(incident_id), text)
        else:
            await work.warn(tx, f"unheard:{job.key}", text)


async def warn(desk: JobDesk, job: Job) -> Again | None:
    """One line into the incidents channel."""
    text = str(job.payload["text"])
    message = Message(text, [section(text)])
    await desk.at_home(lambda channel: desk.publisher.once(job.key, channel, message))
    return None


async def tell(desk: JobDesk, job: Job) -> Again | None:
    """A private answer to whoever clicked."""
    message = Message(str(job.payload["text"]))
    try:
        await desk.publisher.whisper(job.key, str(job.payload["user"]), str(job.payload["channel"]), message)
    except SlackRefused as refused:
        complain(refused, user=job.payload["user"])
    return None


def _slack_user(desk: JobDesk, person_id: str) -> str:
    known = desk.ctx.content.now.directory.people.get(person_id)
    if known is not None:
        return known.slack
    return person_id.removeprefix("slack:") if person_id.startswith("slack:") else ""
