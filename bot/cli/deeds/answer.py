"""What a verb answers: something to show a person, and the same as data for a script."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from bot.domain.authority import Directory
from bot.slack.cards.blocks import Block, Message

_MARK = re.compile(r"<([@#!]?)([^|<>]*)(?:\|([^<>]*))?>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_COMMAND = re.compile(r"(?<![\w/])/(incident|protected-mode|control)\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """`shown` is read by a person, `data` by a script; both say the same."""

    shown: Text
    data: Mapping[str, Any] = field(default_factory=dict)


def told(sentence: str, **data: Any) -> Answer:
    """One sentence."""
    return Answer(Text(sentence), {"said": sentence, **data})


def drawn(message: Message, directory: Directory, **data: Any) -> Answer:
    """A card as a terminal shows it: the same words as in Slack, without its buttons."""
    texts = [text for block in message.blocks for text in _texts(block)] or [message.text]
    return Answer(Text("\n").join(_plain(text, directory) for text in texts), data)


def here(words: str) -> str:
    """A sentence or an example that names a slash command, with the one to type here."""
    return _COMMAND.sub(r"breakwater \1", words)


def _texts(block: Block) -> Iterable[str]:
    if block["type"] == "header":
        yield f"*{block['text']['text']}*"
    elif block["type"] == "section":
        if "text" in block:
            yield block["text"]["text"]
        yield from (f["text"] for f in block.get("fields", ()))
    elif block["type"] == "context":
        yield from (e["text"] for e in block["elements"] if "text" in e)


def _plain(markup: str, directory: Directory) -> Text:
    """Slack's markup as styled text; people and links by their names."""

    def named(found: re.Match[str]) -> str:
        person = directory.by_slack(found[2]) if found[1] == "@" else None
        return person.name if person else found[3] or found[2]

    text, out, at = _MARK.sub(named, here(markup.replace("`", ""))), Text(), 0
    for bold in _BOLD.finditer(text):
        out.append(html.unescape(text[at : bold.start()]))
        out.append(html.unescape(bold[1]), style="bold")
        at = bold.end()
    return out.append(html.unescape(text[at:]))
