"""A message that is evidence: linked in the record, and shown in its incident's channel."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from bot.slack.cards.evidence import evidence_card
from bot.slack.jobs.desk import JobDesk, complain
from bot.slack.jobs.words import NO_ROOM_YET
from bot.slack.troubles import advice
from bot.slack.wire import SlackRefused
from bot.usecases import evidence as kept
from bot.usecases.ports import Again, Job

LINK = re.compile(r"https://[^\s<>|]{1,1000}")


async def evidence(desk: JobDesk, job: Job) -> Again | None:
    """Find the link, write it down, show the message; a message without a link is shown all the same."""
    incident_id, entry_id = str(job.payload["incident"]), job.key.split(":", 1)[1]
    async with desk.ctx.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
        row = (await tx.ledger.by_id([entry_id])).get(entry_id)
    if incident.slack is None:
        return NO_ROOM_YET
    if row is None:
        return None
    link, reason = await _link(desk, row.data)
    if link:
        await kept.linked(desk.ctx, incident_id, entry_id, link)
    card = evidence_card(row.data, _said_at(row.data), link, reason)
    try:
        await desk.publisher.once(job.key, incident.slack.channel, card)
    except SlackRefused as refused:
        await desk.lost(incident, refused)
    return None


async def _link(desk: JobDesk, data: dict[str, Any]) -> tuple[str, str]:
    """The link, or why there is none."""
    channel, ts = str(data.get("channel") or ""), str(data.get("ts") or "")
    if not channel or not ts:
        return "", "Slack did not say where it stands"
    try:
        answer = await desk.call("chat.getPermalink", channel, channel=channel, message_ts=ts)
    except SlackRefused as refused:
        complain(refused, channel=channel)
        return "", advice(refused)
    link = str(answer.get("permalink") or "")
    return (link, "") if LINK.fullmatch(link) else ("", "Slack gave none")


def _said_at(data: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(data.get("ts"))), UTC)
    except (ValueError, OverflowError, OSError):
        return None
