"""One line for each row of an incident's ledger, page by page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.errors import Stale
from bot.domain.incident import Incident
from bot.slack.cards.blocks import Block, actions, button, context, lines, section
from bot.slack.ids import OLD, Act, number, parts, value
from bot.slack.text import escape, utc
from bot.usecases.narrate import Told
from bot.usecases.timeline import SORTS, Only

LONGEST = 300
ROWS, MOST = 20, 9000
LINK = re.compile(r"https://[^\s<>|]{1,1000}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an incident's record: `told` holds one row more than are shown where there are older ones.

    `before` None is the newest page; `names` are people's by their ids.
    """

    incident: Incident
    told: Sequence[Told]
    only: Only
    before: int | None
    names: Mapping[str, str]


def told_line(told: Told) -> str:
    """`03:12:04 Alice Ng (incident commander) declared: …`; markup."""
    role = f" ({told.role})" if told.role else ""
    why = f" – {told.why}" if told.why and told.why not in told.what else ""
    said = escape(" ".join(f"{told.what}{why}".split()), LONGEST)
    link = f" <{told.link}|message>" if LINK.fullmatch(told.link) else ""
    return f"{told.at.astimezone(UTC):%H:%M:%S} *{escape(told.who, 80)}*{role} {said}{link}"


def page(found: Page) -> list[Block]:
    """As many rows as a message holds, with the way to older ones and, from there, back to the newest."""
    incident, only = found.incident, found.only
    texts, kept, room = [], 0, MOST
    for one in found.told[:ROWS]:
        texts.append(told_line(one))
        room -= len(texts[-1])
        if room < 0 and kept:
            texts.pop()
            break
        kept += 1
    blocks = [context(f"{words(only, found.names)}. Times are UTC.")]
    blocks += lines(texts) if texts else [section("Nothing of that sort is in the record.")]
    row = []
    if kept < len(found.told):
        before = found.told[kept - 1].seq
        row.append(button(Act.TIMELINE, "Older", packed(incident.id, before, only), "older"))
    if found.before is not None:
        row.append(button(Act.TIMELINE, "Newest", packed(incident.id, 0, only), "newest"))
    return [*blocks, actions(*row)] if row else blocks


def words(only: Only, names: Mapping[str, str]) -> str:
    """What a page is narrowed down to, in words; markup."""
    sorts = ", ".join(only.sorts) or "everything"
    who = f" by {escape(names.get(only.actor, only.actor), 80)}" if only.actor else ""
    since = f" since {utc(only.since)}" if only.since else ""
    return f"{sorts.capitalize()}{who}{since}, newest first"


def packed(incident_id: str, before: int, only: Only) -> str:
    """What a button of a page carries; `before` 0 means the newest."""
    since = only.since.isoformat() if only.since else ""
    return value(incident_id, before, ",".join(only.sorts), since, only.actor)


def unpacked(raw: str) -> tuple[str, int | None, Only]:
    """The same, read again. Raises Stale."""
    incident_id, before, sorts, since, actor = parts(raw, 5)
    known = tuple(s for s in sorts.split(",") if s in SORTS)
    try:
        moment = datetime.fromisoformat(since) if since else None
    except ValueError:
        raise Stale(OLD) from None
    return incident_id, number(before) or None, Only(known, actor, moment)
