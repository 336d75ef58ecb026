"""What people typed, made harmless for Slack's markup; and how spans and moments are said."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.domain.text import clean

# mrkdwn has no escape for its own marks, so marks that could format are shown by their doubles.
_DOUBLES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_EDGE_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)|(?<=_)_|_(?=_)")
_QUOTE = re.compile(r"^(\s*)&gt;", re.MULTILINE)
_EMOJI = re.compile(r":(?=[\w+'-]*[a-z_][\w+'-]*:)", re.IGNORECASE)
_PARTIAL_ENTITY = re.compile(r"&[a-z]{0,3}$")
_ANGLE = re.compile(r"<([@#!])?([^<>|]*)(?:\|([^<>]*))?>")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
LONGEST = 4000


def escape(text: str, limit: int = LONGEST) -> str:
    """Text as data for a mrkdwn field: no mention, link, format or emoji of its own, at most `limit` long.

    The limit counts characters before `&`, `<` and `>` become entities.
    """
    plain = clean(text, limit=limit).translate(_DOUBLES)
    plain = _EDGE_UNDERSCORE.sub("ˍ", plain)
    plain = _EMOJI.sub("∶", plain)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _QUOTE.sub(r"\1›", plain)


def typed(text: str) -> str:
    """What a person typed into a command, from what Slack made of it (`should_escape`).

    `<@U1|bob>` becomes `@bob`, `<#C1|general>` `#general`, `<https://…>` the address, entities characters.
    """
    bare = _ANGLE.sub(_bare, text)
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentioned(text: str) -> list[str]:
    """The ids of the users mentioned in a command's text, in order."""
    return _MENTION.findall(text)


def cut(markup: str, limit: int) -> str:
    """Markup of ours, cut at `limit` without breaking an entity."""
    if len(markup) <= limit:
        return markup
    kept = _PARTIAL_ENTITY.sub("", markup[: limit - 1])
    if kept.rfind("<") > kept.rfind(">"):
        kept = kept[: kept.rfind("<")]
    return f"{kept}…"


def clip(text: str, limit: int) -> str:
    """Plain text, cut at `limit`."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def span(length: timedelta) -> str:
    """A length of time as people say it: `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    seconds = max(int(length.total_seconds()), 0)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{days} d {hours % 24} h"


def utc(moment: datetime) -> str:
    """`03:12 UTC`."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def _bare(found: re.Match[str]) -> str:
    sign, target, label = found.groups()
    if sign == "!":
        return label or f"@{target.split('^')[0]}"
    if sign:
        return f"{sign}{label or target}"
    return label or target
