"""Blocks → the plain text that a reader sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

Json = dict[str, Any]
Names = Mapping[str, str]

ANGLE = re.compile(r"<([^<>]+)>")
MARKS = re.compile(r"(?<![\w*_~`])([*_~`]{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])")


def render_mrkdwn(text: str, names: Names | None = None) -> str:
    """Slack's markup as a reader sees it: mentions by name, links by label, marks of emphasis gone."""
    shown = ANGLE.sub(lambda found: _angle(found.group(1), names or {}), text)
    for _ in range(3):
        shown = MARKS.sub(r"\2", shown)
    return unescape(shown)


def render_text(text: Json | None, names: Names | None = None) -> str:
    """A text object."""
    if not text:
        return ""
    return render_mrkdwn(text["text"], names) if text.get("type") == "mrkdwn" else str(text["text"])


def render_blocks(blocks: list[Json], names: Names | None = None, state: Json | None = None) -> str:
    """All blocks, one below the other; controls in brackets."""
    lines = (render_block(block, names, state) for block in blocks)
    return "\n".join(line for line in lines if line)


def render_block(block: Json, names: Names | None = None, state: Json | None = None) -> str:
    """One block."""
    known, values = names or {}, (state or {}).get(str(block.get("block_id")), {})
    draw = _BLOCKS.get(block["type"])
    return draw(block, known, values) if draw else f"({block['type']})"


def render_view(view: Json, names: Names | None = None) -> str:
    """A modal or Home tab: title, blocks, then its own buttons."""
    body = render_blocks(view["blocks"], names, view.get("state", {}).get("values"))
    buttons = [f"[{view[key]['text']}]" for key in ("submit", "close") if view.get(key)]
    lines = [render_text(view.get("title")), body, " ".join(buttons)]
    return "\n".join(line for line in lines if line)


def render_message(message: Json, names: Names | None = None) -> str:
    """A message's body: its blocks if it has any (its text is then only for notifications), else its text."""
    parts = [render_blocks(message.get("blocks") or [], names, message.get("chosen"))]
    if not parts[0]:
        parts = [render_mrkdwn(message.get("text", ""), names)]
    for attachment in message.get("attachments") or []:
        parts.append(render_blocks(attachment.get("blocks") or [], names) or str(attachment.get("text", "")))
    parts += [f"(file {file['title']})" for file in message.get("files") or []]
    return "\n".join(part for part in parts if part)


def label_of(element: Json, names: Names | None = None) -> str:
    """The words on a control: a button's text, a menu's placeholder."""
    return render_text(element.get("text") or element.get("placeholder"), names)


def chosen_text(entry: Json | None, names: Names | None = None) -> str:
    """What is typed or chosen in a control."""
    for key, value in (entry or {}).items():
        if key == "type" or value in (None, "", []):
            continue
        parts = value if isinstance(value, list) else [value]
        return ", ".join(_chosen(part, names or {}) for part in parts)
    return ""


def _chosen(part: Any, names: Names) -> str:
    if not isinstance(part, dict):
        return names.get(str(part), str(part))
    return (
        render_rich_text(part, names)
        if part.get("type") == "rich_text"
        else render_text(part.get("text"), names)
    )


def render_element(element: Json, names: Names, entry: Json | None = None) -> str:
    """A control or a picture, in one line."""
    kind = element["type"]
    if kind == "image":
        return f"({element['alt_text']})"
    if kind in {"plain_text", "mrkdwn"}:
        return render_text(element, names)
    if kind in {"button", "icon_button"}:
        return f"[{label_of(element, names)}]"
    if kind == "overflow":
        return f"[… {' | '.join(render_text(option['text'], names) for option in element['options'])}]"
    chosen = chosen_text(entry, names)
    if kind in {"checkboxes", "radio_buttons"}:
        return " ".join(_boxes(element, chosen.split(", "), names))
    return f"[{chosen or label_of(element, names) or '…'} ▾]" if "select" in kind else f"[{chosen}]"


def _boxes(element: Json, chosen: list[str], names: Names) -> list[str]:
    texts = [render_text(option["text"], names) for option in element["options"]]
    return [f"({'x' if text in chosen else ' '}) {text}" for text in texts]


def _section(block: Json, names: Names, values: Json) -> str:
    texts = [
        render_text(block.get("text"), names),
        *(render_text(f, names) for f in block.get("fields") or []),
    ]
    accessory = block.get("accessory")
    if accessory:
        texts.append(render_element(accessory, names, values.get(accessory.get("action_id"))))
    return "\n".join(text for text in texts if text)


def _row(block: Json, names: Names, values: Json) -> str:
    elements = block["elements"]
    return "  ".join(render_element(e, names, values.get(e.get("action_id"))) for e in elements)


def _input(block: Json, names: Names, values: Json) -> str:
    element = block["element"]
    drawn = render_element(element, names, values.get(element.get("action_id")))
    hint = render_text(block.get("hint"), names)
    optional = " (optional)" if block.get("optional") else ""
    return f"{render_text(block['label'])}{optional}: {drawn}{f' — {hint}' if hint else ''}"


def render_rich_text(block: Json, names: Names) -> str:
    """Rich text, one line a part; lists with bullets."""
    lines: list[str] = []
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            lines += [f"• {_pieces(item['elements'], names)}" for item in part["elements"]]
        else:
            lines.append(_pieces(part["elements"], names))
    return "\n".join(lines)


def _pieces(pieces: list[Json], names: Names) -> str:
    return "".join(_piece(piece, names) for piece in pieces)


def _piece(piece: Json, names: Names) -> str:
    kind = piece["type"]
    if kind == "user":
        return f"@{names.get(piece['user_id'], piece['user_id'])}"
    if kind == "usergroup":
        return f"@{names.get(piece['usergroup_id'], piece['usergroup_id'])}"
    if kind == "channel":
        return f"#{names.get(piece['channel_id'], piece['channel_id'])}"
    if kind == "emoji":
        return f":{piece['name']}:"
    if kind == "broadcast":
        return f"@{piece['range']}"
    return str(piece.get("text") or piece.get("url") or piece.get("fallback") or "")


def _table(block: Json, names: Names, _values: Json) -> str:
    return "\n".join(" | ".join(_cell(cell, names) for cell in row) for row in block["rows"])


def _cell(cell: Json, names: Names) -> str:
    if cell["type"] == "rich_text":
        return render_rich_text(cell, names)
    return str(cell.get("text") or cell.get("value") or "")


_BLOCKS: dict[str, Callable[[Json, Names, Json], str]] = {
    "section": _section,
    "header": lambda block, names, _values: render_text(block["text"], names),
    "divider": lambda _block, _names, _values: "---",
    "actions": _row,
    "context": _row,
    "context_actions": _row,
    "input": _input,
    "image": lambda block, _names, _values: f"({block['alt_text']})",
    "rich_text": lambda block, names, _values: render_rich_text(block, names),
    "table": _table,
    "markdown": lambda block, _names, _values: str(block["text"]),
    "alert": lambda block, names, _values: f"! {render_text(block['text'], names)}",
    "video": lambda block, _names, _values: f"({block['alt_text']})",
}


def _angle(inner: str, names: Names) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return f"@{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("#"):
        return f"#{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("!subteam^"):
        return label or f"@{names.get(target.removeprefix('!subteam^'), 'group')}"
    if target.startswith("!date^"):
        return label
    if target.startswith("!"):
        return f"@{target[1:].split('^')[0]}"
    return label or target.removeprefix("mailto:")
