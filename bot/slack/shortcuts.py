"""Declaring from Slack's menus: the global one, and the one of a message, which becomes evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.domain.authority import Directory
from bot.domain.text import SUMMARY_MAX, clean
from bot.slack.ask import Open
from bot.slack.cards.forms import declare_form
from bot.slack.ids import Shortcut
from bot.slack.text import clip, typed
from bot.usecases.evidence import EVIDENCE_MAX, Evidence

INSTEAD = "`/incident declare Withdrawals run after Northbank paused`"
WORDLESS = "(a message without words)"
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)>")
Json = Mapping[str, Any]


def opening(directory: Directory, body: Json) -> Open | None:
    """The modal of a shortcut; None for one that is not ours."""
    callback = str(body.get("callback_id") or "")
    if callback == Shortcut.DECLARE:
        return Open(declare_form(""), INSTEAD)
    if callback == Shortcut.DECLARE_FROM_MESSAGE:
        found = evidence(directory, body)
        said = "" if found.text == WORDLESS else " ".join(found.text.split())
        return Open(declare_form(found.channel, clip(said, SUMMARY_MAX), found), INSTEAD)
    return None


def evidence(directory: Directory, body: Json) -> Evidence:
    """The message a shortcut was chosen on; whatever Slack leaves out is left out."""
    message = body.get("message") or {}
    user = str(message.get("user") or "")
    known = directory.by_slack(user) if user else None
    name = str(message.get("username") or (message.get("bot_profile") or {}).get("name") or user or "an app")
    return Evidence(
        text=clean(_words(directory, message), limit=EVIDENCE_MAX) or WORDLESS,
        author=known.id if known else f"slack:{user or message.get('bot_id') or ''}",
        name=known.name if known else name,
        channel=str((body.get("channel") or {}).get("id") or ""),
        ts=str(body.get("message_ts") or message.get("ts") or ""),
    )


def remembered(memory: Mapping[str, str]) -> Evidence | None:
    """The message that a modal of declaring remembers."""
    if "said" not in memory:
        return None
    fields = {name: memory.get(name, "") for name in ("author", "name", "ts")}
    return Evidence(text=memory["said"], channel=memory.get("channel", ""), **fields)


def _words(directory: Directory, message: Json) -> str:
    """What a reader sees of a message: its text, else that of its attachments or blocks."""
    text = str(message.get("text") or "") or "\n".join(_pieces(message))
    return typed(_PERSON.sub(lambda found: _called(directory, found[1]), text))


def _called(directory: Directory, user: str) -> str:
    known = directory.by_slack(user)
    return f"@{known.name}" if known else f"@{user}"


def _pieces(message: Json) -> list[str]:
    out = [str(a.get("text") or a.get("fallback") or "") for a in message.get("attachments") or []]
    out += [str((b.get("text") or {}).get("text") or "") for b in message.get("blocks") or [] if _plain(b)]
    out += [str(f.get("title") or f.get("name") or "") for f in message.get("files") or []]
    return [piece for piece in out if piece]


def _plain(block: Json) -> bool:
    return isinstance(block.get("text"), dict)
