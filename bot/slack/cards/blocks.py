"""Slack's blocks with its limits built in, and `Message`: blocks with the text that screen readers get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.slack.ids import Act, Form, action_id
from bot.slack.text import clip, cut

Block = dict[str, Any]
MOST_BLOCKS, MOST_VIEW_BLOCKS = 50, 100
MOST_CHARACTERS = 12_000  # Slack's own limit for a whole message is near 13,200 and written nowhere
HOME_CHARACTERS = 60_000  # far below the 250 kB that a view may weigh, in any script
SECTION, HEADER, LABEL, BUTTON, TITLE, OPTION, FALLBACK = 3000, 150, 2000, 75, 24, 75, 3000
INPUT = 3000


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is sent: `text` is markup for notifications and screen readers."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def body(self) -> dict[str, Any]:
        """What Slack is given."""
        fallback = cut(self.text, FALLBACK)
        return {"text": fallback, "blocks": fitted(self.blocks)} if self.blocks else {"text": fallback}


def plain(text: str, limit: int) -> Block:
    """Text in which nothing is markup."""
    return {"type": "plain_text", "text": clip(text, limit) or "—", "emoji": False}


def markup(text: str, limit: int = SECTION) -> Block:
    """Markup of ours; `verbatim` keeps Slack from making links of what people typed."""
    return {"type": "mrkdwn", "text": cut(text, limit) or "—", "verbatim": True}


def section(text: str, accessory: Block | None = None) -> Block:
    """A paragraph."""
    block: Block = {"type": "section", "text": markup(text)}
    return {**block, "accessory": accessory} if accessory else block


def prose(text: str) -> list[Block]:
    """A long text of people's or templates' words, in which nothing is markup."""
    pieces = [text[i : i + SECTION] for i in range(0, len(text), SECTION)] or [""]
    return [{"type": "section", "text": plain(piece, SECTION)} for piece in pieces]


def lines(texts: Iterable[str]) -> list[Block]:
    """Lines of markup, as few paragraphs as Slack's limit allows."""
    blocks: list[Block] = []
    held = ""
    for text in texts:
        one = cut(text, SECTION)
        if held and len(held) + len(one) + 1 > SECTION:
            blocks.append(section(held))
            held = ""
        held = f"{held}\n{one}" if held else one
    return [*blocks, section(held)] if held else blocks


def header(text: str) -> Block:
    """A headline."""
    return {"type": "header", "text": plain(text, HEADER)}


def context(text: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [markup(text)]}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def button(
    act: Act, label: str, value: str, suffix: str = "", style: Literal["primary", "danger"] | None = None
) -> Block:
    """A button; `suffix` tells it from others of its act in the same message."""
    found: Block = {
        "type": "button",
        "action_id": action_id(act, suffix),
        "text": plain(label, BUTTON),
        "value": value,
    }
    return {**found, "style": style} if style else found


def without_colour(drawn: Block) -> Block:
    """The same button, no longer standing out."""
    return {name: value for name, value in drawn.items() if name != "style"}


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def option(text: str, value: str) -> Block:
    """One entry of a menu."""
    return {"text": plain(text, OPTION), "value": value}


def field_(block_id: str, label: str, element: Block, hint: str = "", *, optional: bool = False) -> Block:
    """Something to fill in; its block id is the field's name."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, LABEL),
        "element": {"action_id": block_id, **element},
        "optional": optional,
    }
    return {**block, "hint": plain(hint, LABEL)} if hint else block


def typing(
    block_id: str,
    label: str,
    *,
    hint: str = "",
    initial: str = "",
    most: int = INPUT,
    multiline: bool = True,
    optional: bool = False,
) -> Block:
    """A field to type into."""
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": min(most, INPUT)}
    if initial:
        element["initial_value"] = clip(initial, min(most, INPUT))
    return field_(block_id, label, element, hint, optional=optional)


def modal(
    form: Form,
    title: str,
    blocks: Sequence[Block],
    *,
    memory: str = "{}",
    submit: str = "",
    close: str = "Close",
) -> Block:
    """A modal; without `submit` there is nothing to send."""
    view: Block = {
        "type": "modal",
        "callback_id": str(form),
        "title": plain(title, TITLE),
        "close": plain(close, TITLE),
        "private_metadata": memory,
        "blocks": list(blocks)[:MOST_VIEW_BLOCKS],
    }
    return {**view, "submit": plain(submit, TITLE)} if submit else view


def home_tab(blocks: Sequence[Block]) -> Block:
    """What Slack is given for a Home; a view has no limit of its own for all its characters."""
    return {"type": "home", "blocks": fitted(blocks, MOST_VIEW_BLOCKS, HOME_CHARACTERS)}


def fitted(
    blocks: Sequence[Block], most: int = MOST_BLOCKS, characters: int = MOST_CHARACTERS
) -> list[Block]:
    """As many blocks from the top as Slack takes in one message, and a word on what is missing."""
    kept: list[Block] = []
    room = characters
    for i, block in enumerate(blocks):
        room -= _characters(block)
        more = len(blocks) - i
        if room < 0 or (len(kept) == most - 1 and more > 1):
            return [*kept, context(f"… and {more} more")]
        kept.append(block)
    return kept


def _characters(value: Any) -> int:
    if isinstance(value, dict):
        own = sum(len(v) for k, v in value.items() if k in ("text", "alt_text") and isinstance(v, str))
        return own + sum(_characters(v) for v in value.values() if isinstance(v, dict | list))
    return sum(_characters(v) for v in value) if isinstance(value, list) else 0
