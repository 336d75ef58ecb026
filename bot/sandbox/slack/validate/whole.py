"""Rules that see a whole payload: counts, unique ids, sizes, what a modal needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.validate.blocks import BLOCKS, MOST_BLOCKS, SURFACES, Surface
from bot.sandbox.slack.validate.objects import plain_text
from bot.sandbox.slack.validate.schema import (
    Json,
    Problem,
    Rule,
    anything,
    boolean,
    items,
    shape,
    string,
    tagged,
)

MESSAGE_CHARACTERS = 13_200
MARKDOWN_CHARACTERS = 12_000
VIEW_BYTES = 250_000
MESSAGE_TEXT = 40_000
UPDATE_TEXT = 4_000

VIEW_COMMON: dict[str, Rule] = {
    "blocks": anything,  # `check_blocks` looks into them
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
VIEW = tagged(
    {
        "modal": shape(
            {"title": plain_text(24), "blocks": VIEW_COMMON["blocks"]},
            {
                **VIEW_COMMON,
                "submit": plain_text(24),
                "close": plain_text(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
        "home": shape({"blocks": VIEW_COMMON["blocks"]}, VIEW_COMMON),
    }
)


def check_blocks(blocks: Any, surface: Surface, pointer: str = "/blocks") -> list[Problem]:
    """Everything wrong with a list of blocks on this surface, in reading order."""
    found = list(items(tagged(BLOCKS, SURFACES[surface]), MOST_BLOCKS[surface], least=0)(blocks, pointer))
    if isinstance(blocks, list):
        proper = [block for block in blocks if isinstance(block, dict)]
        found += _unique_ids(proper, pointer)
        found += _one_table(proper, pointer)
        found += _markdown_total(proper, pointer)
    return found


def check_view(view: Any) -> list[Problem]:
    """Everything wrong with a modal or a Home tab; pointers begin at `/view`."""
    found = list(VIEW(view, "/view"))
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        return found
    found += check_blocks(view.get("blocks") or [], view["type"], "/view/blocks")
    blocks = [block for block in view.get("blocks") or [] if isinstance(block, dict)]
    if view["type"] == "modal" and not view.get("submit") and any(b.get("type") == "input" for b in blocks):
        found.append(Problem("/view/submit", "a modal with input blocks must have a submit button"))
    if sum(bool(element.get("focus_on_load")) for _, element in elements_of(blocks)) > 1:
        found.append(Problem("/view/blocks", "only one element may set focus_on_load"))
    return found


def view_too_large(view: Json) -> bool:
    """Whether the view is heavier than Slack will carry."""
    return len(json.dumps(view).encode()) > VIEW_BYTES


def elements_of(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every (block, element with an id of its own) of a payload."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element")]
        if block.get("type") in {"actions", "context_actions"}:
            inside += block.get("elements") or []
        for element in inside:
            if isinstance(element, dict) and element.get("type") != "image":
                yield block, element


def total_characters(blocks: Any) -> int:
    """Every visible character of the blocks together."""
    if isinstance(blocks, dict):
        own = sum(
            len(value)
            for key, value in blocks.items()
            if key in {"text", "alt_text"} and isinstance(value, str)
        )
        return own + sum(
            total_characters(value) for value in blocks.values() if isinstance(value, dict | list)
        )
    if isinstance(blocks, list):
        return sum(total_characters(item) for item in blocks)
    return 0


def _unique_ids(blocks: list[Json], pointer: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if isinstance(name, str) and name in seen:
            yield Problem(f"{pointer}/{index}/block_id", f'"block_id" must be unique: {name}', "duplicate_id")
        elif isinstance(name, str):
            seen.add(name)
    taken: set[str] = set()
    for index, block in enumerate(blocks):
        for _, element in elements_of([block]):
            name = element.get("action_id")
            if isinstance(name, str) and name in taken:
                place = f"{pointer}/{index}"
                yield Problem(place, f'"action_id" must be unique: {name}', "duplicate_id")
            elif isinstance(name, str):
                taken.add(name)


def _one_table(blocks: list[Json], pointer: str) -> Iterator[Problem]:
    if sum(block.get("type") == "table" for block in blocks) > 1:
        yield Problem(pointer, "only one table allowed")


def _markdown_total(blocks: list[Json], pointer: str) -> Iterator[Problem]:
    texts = [str(block.get("text", "")) for block in blocks if block.get("type") == "markdown"]
    if len(texts) > 1 and sum(map(len, texts)) > MARKDOWN_CHARACTERS:
        yield Problem(
            pointer, f"markdown blocks together must be less than {MARKDOWN_CHARACTERS + 1} characters"
        )
