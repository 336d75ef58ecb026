"""What lies before a person's eyes: messages, the open modal, the Home tab, and the controls on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.people.render import (
    Json,
    Names,
    label_of,
    render_block,
    render_message,
    render_text,
    render_view,
)

PRESSED = frozenset({"button", "icon_button"})


@dataclass(frozen=True)
class Control:
    """Something to press or fill in: `label` are its words, `block_text` those of the block around it."""

    label: str
    kind: str
    element: Json
    block: Json
    index: int
    block_text: str
    option: Any = None


@dataclass(frozen=True)
class Surface:
    """A message or a view; `where` is what to tell the driver, `name` what to call it in an error."""

    name: str
    where: Json
    blocks: list[Json]
    text: str
    names: Names
    state: Json

    def controls(self) -> Iterator[Control]:
        """Every control, in reading order; each option of an overflow menu is one."""
        for index, block in enumerate(self.blocks):
            text = render_block(block, self.names, self.state)
            for element in _elements(block):
                for label, option in _labels(block, element, self.names):
                    yield Control(label, element["type"], element, block, index, text, option)

    def block_texts(self) -> list[str]:
        """The blocks as text, one entry each."""
        return [render_block(block, self.names, self.state) for block in self.blocks]


def message_surface(message: Json, channel: str, names: Names) -> Surface:
    """A message as a surface."""
    blocks = list(message.get("blocks") or [])
    for attachment in message.get("attachments") or []:
        blocks += attachment.get("blocks") or []
    where = {"channel": message["channel"], "ts": message["ts"]}
    text = render_message(message, names)
    return Surface(f"#{channel}", where, blocks, text, names, message.get("chosen") or {})


def view_surface(view: Json, names: Names) -> Surface:
    """A modal or Home tab as a surface."""
    home = view["type"] == "home"
    where: Json = {"home": True} if home else {"view_id": view["id"]}
    name = "the Home tab" if home else f"the modal {render_text(view.get('title'))!r}"
    return Surface(name, where, view["blocks"], render_view(view, names), names, view["state"]["values"])


def _elements(block: Json) -> list[Json]:
    inside = [block.get("accessory"), block.get("element")]
    if block["type"] in {"actions", "context_actions"}:
        inside += block["elements"]
    return [element for element in inside if element and element["type"] != "image"]


def _labels(block: Json, element: Json, names: Names) -> list[tuple[str, Any]]:
    if element["type"] == "overflow":
        return [(render_text(option["text"], names), option["value"]) for option in element["options"]]
    if element["type"] in PRESSED:
        return [(label_of(element, names), None)]
    if block["type"] == "input":
        return [(render_text(block["label"], names), None)]
    return [(label_of(element, names) or render_text(block.get("text"), names), None)]
