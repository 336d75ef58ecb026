"""Layout blocks: one row a type, and the surfaces that take it."""

from __future__ import annotations

from typing import Literal

from bot.sandbox.slack.validate.elements import (
    ELEMENTS,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
)
from bot.sandbox.slack.validate.objects import BLOCK_ID, SLACK_FILE, URL, any_text, plain_text
from bot.sandbox.slack.validate.rich_text import RICH_TEXT_BODY
from bot.sandbox.slack.validate.schema import (
    Rule,
    at_least_one,
    boolean,
    choice,
    exactly_one,
    integer,
    items,
    number,
    shape,
    string,
    tagged,
)

Surface = Literal["message", "modal", "home"]

OWN: dict[str, Rule] = {"block_id": BLOCK_ID}
CONTEXT_PIECE = tagged(
    {
        "image": ELEMENTS["image"],
        "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
    }
)
CELL = tagged(
    {
        "raw_text": shape({"text": string(3000, least=0)}),
        "raw_number": shape({"value": number}, {"text": string(255)}),
        "rich_text": RICH_TEXT_BODY,
    }
)
COLUMN = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})

BLOCKS: dict[str, Rule] = {
    "section": shape(
        {},
        {
            **OWN,
            "text": any_text(3000),
            "fields": items(any_text(2000), 10),
            "accessory": tagged(ELEMENTS, IN_SECTION),
            "expand": boolean,
        },
        checks=[at_least_one("text", "fields")],
    ),
    "divider": shape({}, OWN),
    "header": shape({"text": plain_text(150)}, {**OWN, "level": integer(1, 4)}),
    "image": shape(
        {"alt_text": string(2000, least=0)},
        {**OWN, "image_url": URL, "slack_file": SLACK_FILE, "title": plain_text(2000)},
        checks=[exactly_one("image_url", "slack_file")],
    ),
    "actions": shape({"elements": items(tagged(ELEMENTS, IN_ACTIONS), 25)}, OWN),
    "context": shape({"elements": items(CONTEXT_PIECE, 10)}, OWN),
    "context_actions": shape({"elements": items(tagged(ELEMENTS, IN_CONTEXT_ACTIONS), 5)}, OWN),
    "input": shape(
        {"label": plain_text(2000), "element": tagged(ELEMENTS, IN_INPUT)},
        {**OWN, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": RICH_TEXT_BODY,
    "table": shape(
        {"rows": items(items(CELL, 20), 100)},
        {**OWN, "column_settings": items(lambda v, p: COLUMN(v or {}, p), 20)},
    ),
    "markdown": shape({"text": string(12_000)}, OWN),
    "video": shape(
        {
            "alt_text": string(2000),
            "title": plain_text(199),
            "thumbnail_url": URL,
            "video_url": URL,
        },
        {
            **OWN,
            "author_name": string(49),
            "description": plain_text(200),
            "provider_icon_url": URL,
            "provider_name": string(255),
            "title_url": URL,
        },
    ),
    "alert": shape(
        {"text": any_text(3000)},
        {**OWN, "level": choice("default", "info", "warning", "error", "success")},
    ),
}

EVERYWHERE = frozenset(
    {"section", "divider", "header", "image", "actions", "context", "input", "rich_text", "video"}
)
SURFACES: dict[Surface, frozenset[str]] = {
    "message": EVERYWHERE | {"context_actions", "table", "markdown"},
    "modal": EVERYWHERE | {"alert"},
    "home": EVERYWHERE,
}
MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
