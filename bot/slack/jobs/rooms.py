"""Making an incident's channel and letting its people in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.authority import Directory
from bot.domain.base import Role
from bot.domain.incident import Incident, SlackPlace
from bot.slack.caller import all_of
from bot.slack.cards.words import title
from bot.slack.jobs.desk import JobDesk, complain
from bot.slack.text import clip, escape
from bot.slack.troubles import advice
from bot.slack.wire import SlackRefused
from bot.usecases import rooms, troubles
from bot.usecases.ports import Again, Job, Retry, Sent

NAME_LENGTH, TOPIC_LENGTH, INVITES = 80, 250, 100
NAMES = 5
LATER = timedelta(seconds=30)
WELCOME = frozenset({"already_in_channel", "cant_invite_self"})


async def room(desk: JobDesk, job: Job) -> Again | None:
    """Make the private channel; where none can be made, the incident lives in the incidents channel."""
    incident = await _incident(desk, job)
    if incident.ended and incident.slack is None:
        return None
    if incident.slack is None:
        incident = await _settle(desk, incident)
    if incident.slack is not None and incident.slack.own:
        await all_of(_topic(desk, incident), _invite(desk, incident))
    return None


async def invite(desk: JobDesk, job: Job) -> Again | None:
    """Let in whoever may act and is not there yet."""
    incident = await _incident(desk, job)
    if not incident.ended and incident.slack is not None and incident.slack.own:
        await _invite(desk, incident)
    return None


def channel_name(incident: Incident, attempt: int = 0) -> str:
    """`inc-42-amber-anchor`, with a number behind it when that name is taken."""
    tail = f"-{attempt + 1}" if attempt else ""
    base = f"{incident.id}-{incident.code_name}".lower().replace(" ", "-")
    return base[: NAME_LENGTH - len(tail)] + tail


def invited(directory: Directory, incident: Incident) -> list[str]:
    """Slack ids of everyone who may hold a role here, and of whoever declared it."""
    people = {p.id: p.slack for p in directory.holders(Role)}
    for person_id in (*incident.assigned.values(), incident.declared_by):
        known = directory.people.get(person_id)
        people[person_id] = known.slack if known else person_id.removeprefix("slack:")
    return [slack for slack in dict.fromkeys(people.values()) if slack.startswith(("U", "W"))]


async def _incident(desk: JobDesk, job: Job) -> Incident:
    async with desk.ctx.store.read() as tx:
        return await tx.incidents.get(job.key.split(":", 1)[1])


async def _settle(desk: JobDesk, incident: Incident) -> Incident:
    try:
        place, reason = SlackPlace(channel=await _make(desk, incident)), ""
    except SlackRefused as refused:
        complain(refused, incident=incident.id)
        reason = f"no channel of its own can be made ({refused.code}): {advice(refused)}"
        place = SlackPlace(channel=await _fallback(desk), own=False)
    return await rooms.settle(desk.ctx, incident.id, place, reason)


async def _fallback(desk: JobDesk) -> str:
    """The incidents channel. Raises Retry: an incident is not given up because Slack has no place for it."""
    found: list[str] = []

    async def take(channel: str) -> None:
        found.append(channel)

    if not await desk.at_home(take):
        raise Retry("there is no incidents channel", LATER)
    return found[-1]


async def _make(desk: JobDesk, incident: Incident) -> str:
    """A private channel; one that an earlier attempt made and could not write down is found again."""
    key = f"room:{incident.id}"
    async with desk.ctx.store.read() as tx:
        earlier = await tx.keepsakes.sent(key)
    async with desk.ctx.store.write() as tx:
        await tx.keepsakes.remember_sent(Sent(key, channel_name(incident), "", ""))
    refused = SlackRefused("name_taken")
    for attempt in range(NAMES):
        name = channel_name(incident, attempt)
        try:
            made = await desk.call("conversations.create", key, name=name, is_private=True)
            return str(made["channel"]["id"])
        except SlackRefused as no:
            if no.code != "name_taken":
                raise
            refused = no
        if earlier is not None and (found := await _found_again(desk, name)):
            return found
    raise refused


async def _found_again(desk: JobDesk, name: str) -> str:
    """Our own channel of that name, if no other incident lives there."""
    try:
        channel = await desk.publisher.find_channel(name, "private_channel")
    except SlackRefused as refused:
        if refused.code != "channel_not_found":
            raise
        return ""
    async with desk.ctx.store.read() as tx:
        return "" if await tx.incidents.in_channel(channel) else channel


async def _topic(desk: JobDesk, incident: Incident) -> None:
    if incident.slack is None:
        return
    topic = clip(f"{title(incident)}. Commands: /incident help", TOPIC_LENGTH)
    try:
        await desk.call("conversations.setTopic", incident.id, channel=incident.slack.channel, topic=topic)
    except SlackRefused as refused:
        await desk.name(incident, "topic", "The channel has no topic", refused)


async def _invite(desk: JobDesk, incident: Incident) -> None:
    """Everybody in one call. Whom Slack will not let in is named, and the others come in all the same."""
    if incident.slack is None:
        return
    wanted = invited(desk.ctx.content.now.directory, incident)
    errors: list[dict[str, Any]] = []
    for i in range(0, len(wanted), INVITES):
        users, who = wanted[i : i + INVITES], f"{incident.id}:{i}"
        try:
            answer = await desk.call(
                "conversations.invite", who, channel=incident.slack.channel, users=users, force=True
            )
            errors += answer.get("errors") or ()
        except SlackRefused as refused:
            errors += refused.errors
            if not refused.errors and refused.code not in WELCOME:
                await desk.name(incident, "inviting", "Nobody could be let in", refused)
    await _kept_out(desk, incident, wanted, errors)


async def _kept_out(
    desk: JobDesk, incident: Incident, wanted: list[str], errors: list[dict[str, Any]]
) -> None:
    directory, out = desk.ctx.content.now.directory, {}
    for error in errors:
        user, refused = str(error.get("user")), SlackRefused(str(error.get("error")))
        if refused.code not in WELCOME:
            known = directory.by_slack(user)
            name = known.name if known else user
            out[f"invite:{user}"] = f"{escape(name, 80)} cannot be let in here: {advice(refused)}."
    await troubles.note(desk.ctx, out, incident.id)
    came = [f"invite:{user}" for user in wanted if f"invite:{user}" not in out]
    await troubles.mended(desk.ctx, came, incident.id)
