"""Showing what an incident's channel may read: its brief and its record, page by page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from bot.domain.base import Role
from bot.domain.errors import BadInput, NotEntitled
from bot.slack.ask import Ask, Open, Reply, Say, say
from bot.slack.cards.blocks import Message, header, modal
from bot.slack.cards.brief import brief_card
from bot.slack.cards.timeline import ROWS, Page, page, unpacked
from bot.slack.commands.words import meant
from bot.slack.durations import leading_duration
from bot.slack.ids import Form, metadata, parts, value
from bot.slack.text import mentioned, typed
from bot.usecases import briefs
from bot.usecases.timeline import SORTS, Only
from bot.usecases.views import IncidentView, shared_view, timeline

EXAMPLE = "/incident timeline decisions since 30m @alice"
BRIEF, AGAIN = "`/incident brief`", "`/incident timeline decisions since 30m`"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?:\s*(?:utc|z))?(?=\s|$)", re.IGNORECASE)
_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^<>]*)?>")


async def view_of(ask: Ask, rest: str) -> tuple[IncidentView, str]:
    """The incident a command means, and its words without the key."""
    async with ask.ctx.store.read() as tx:
        incident, words = await meant(ask, tx, rest)
    return await shared_view(ask.ctx, incident.id), words


def inside(ask: Ask, view: IncidentView) -> bool:
    """Whether the person asks in the incident's channel, or may hold a role wherever they ask."""
    place = view.incident.slack
    if place is not None and ask.channel == place.channel:
        return True
    return bool(ask.ctx.content.now.directory.eligible(ask.actor.person.id))


async def brief(ask: Ask, rest: str) -> Reply:
    """Half a page, privately, with a button that posts it."""
    view, _ = await view_of(ask, rest)
    let_in(ask, view, "brief")
    return Say(brief_card(await briefs.brief(ask.ctx, view), value(view.incident.id, ask.token)))


async def brief_modal(ask: Ask) -> Reply:
    """The same in a modal, from a button."""
    view = await shared_view(ask.ctx, ask.packed)
    let_in(ask, view, "brief")
    card = brief_card(await briefs.brief(ask.ctx, view), value(view.incident.id, ask.token))
    memory = metadata(channel=ask.channel)
    return Open(modal(Form.NOTICE, f"Brief · {view.incident.id}", card.blocks, memory=memory), BRIEF)


async def post_brief(ask: Ask) -> Reply:
    """Post the brief into the incident's channel; once for each time it was shown."""
    incident_id, token = parts(ask.packed, 2)
    view = await shared_view(ask.ctx, incident_id)
    let_in(ask, view, "brief")
    if await briefs.post(ask.ctx, ask.actor, incident_id, token):
        return say(f"The brief of {incident_id} is posted in its channel.")
    return say(f"That brief of {incident_id} was posted already. `/incident brief` shows a new one.")


async def record(ask: Ask, rest: str) -> Reply:
    """`/incident timeline`: the newest page."""
    view, words = await view_of(ask, rest)
    let_in(ask, view, "timeline")
    only = asked_for(ask, words)
    found = await _page(ask, view, only, None)
    head = header(f"Timeline · {view.incident.id}")
    return Say(Message(f"Timeline · {view.incident.id}", [head, *page(found)]))


async def timeline_page(ask: Ask) -> Reply:
    """Another page, in a modal."""
    incident_id, before, only = unpacked(ask.packed)
    view = await shared_view(ask.ctx, incident_id)
    let_in(ask, view, "timeline")
    blocks = page(await _page(ask, view, only, before))
    title = f"Timeline · {incident_id}"
    return Open(modal(Form.NOTICE, title, blocks, memory=metadata(channel=ask.channel)), AGAIN)


def asked_for(ask: Ask, words: str) -> Only:
    """`decisions since 30m @alice` and the like, in any order. Raises BadInput with what there is."""
    sorts: list[str] = []
    actor, since, rest = _person(ask, words), None, _MENTION.sub(" ", words).strip()
    rest = typed(rest)
    while rest:
        word, _, after = rest.partition(" ")
        low = word.casefold().strip(",")
        if low in SORTS:
            sorts.append(low)
            rest = after.strip()
        elif low == "since":
            since, rest = _since(ask, after)
        elif low in ("and", "by", ""):
            rest = after.strip()
        else:
            raise _unknown(word)
    return Only(tuple(dict.fromkeys(sorts)), actor, since)


def _person(ask: Ask, words: str) -> str:
    found = mentioned(words)
    if len(found) > 1:
        raise BadInput("Name one person at a time.", example=EXAMPLE)
    if not found:
        return ""
    known = ask.ctx.content.now.directory.by_slack(found[0])
    return known.id if known else f"slack:{found[0]}"


def _since(ask: Ask, text: str) -> tuple[datetime, str]:
    """`30m` ago, or `03:10` UTC, the last time it was that late."""
    now = ask.ctx.clock.now()
    if clock := _CLOCK.match(text.strip()):
        at = now.astimezone(UTC).replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return (at if at <= now else at - timedelta(days=1)), text.strip()[clock.end() :].strip()
    length, rest = leading_duration(text)
    if length is None:
        raise BadInput(
            "After “since” comes for how long back, or a time in UTC, such as 03:10.", example=EXAMPLE
        )
    return now - length, rest


def _unknown(word: str) -> BadInput:
    near = get_close_matches(word.casefold(), [*SORTS, "since"], 1)
    meant_ = f" Did you mean {near[0]}?" if near else ""
    if word.startswith("@"):
        return BadInput(
            f"Nobody here is called {word[:40]}; choose the person from Slack's list.", example=EXAMPLE
        )
    known = ", ".join(SORTS)
    return BadInput(
        f"The timeline knows no “{word[:40]}”.{meant_} It knows {known}; since 30m or 03:10; and @people.",
        example=EXAMPLE,
    )


async def _page(ask: Ask, view: IncidentView, only: Only, before: int | None) -> Page:
    async with ask.ctx.store.read() as tx:
        told = await timeline(ask.ctx, tx, view.incident, ROWS + 1, only, before)
    names = {person.id: person.name for person in view.people.values()}
    return Page(view.incident, told, only, before, names)


def let_in(ask: Ask, view: IncidentView, what: str) -> None:
    """Raises NotEntitled for what is not shown outside, saying who lets people in."""
    if inside(ask, view):
        return
    directory = ask.ctx.content.now.directory
    commander = view.incident.assigned.get(Role.INCIDENT_COMMANDER)
    listed = directory.holders([Role.INCIDENT_COMMANDER])
    who = [p.name for p in listed if commander in (None, p.id)]
    sentence = f"The {what} of {view.incident.id} is for its channel. To be let in, ask {', '.join(who)}."
    raise NotEntitled(sentence, who=who)
