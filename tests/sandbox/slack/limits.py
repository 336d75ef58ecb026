"""Slack's limits as pairs of payloads: one at the edge, one past it, and where the complaint must point."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Limit:
    name: str
    edge: list[Json]
    past: list[Json]
    pointer: str
    surface: str = "message"

    def __str__(self) -> str:
        return self.name


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def options(count: int, *, text: int = 5, value: int | None = None) -> list[Json]:
    return [
        {
            "text": {"type": "plain_text", "text": f"{n}".rjust(text, "o")},
            "value": f"{n}".rjust(value or 4, "v"),
        }
        for n in range(count)
    ]


def button(number: int = 0, **extra: Any) -> Json:
    return {"type": "button", "action_id": f"a{number}", "text": plain(3), **extra}


def actions(*elements: Json) -> list[Json]:
    return [{"type": "actions", "elements": list(elements)}]


def section(**extra: Any) -> list[Json]:
    return [{"type": "section", **extra}]


def select(**extra: Any) -> list[Json]:
    return actions({"type": "static_select", "action_id": "s", "options": options(2), **extra})


def text_input(**extra: Any) -> list[Json]:
    element = {"type": "plain_text_input", "action_id": "i", **extra}
    return [{"type": "input", "label": plain(4), "element": element}]


def labelled(**extra: Any) -> list[Json]:
    return [{**text_input()[0], **extra}]


def confirm(**extra: Any) -> list[Json]:
    dialog = {"title": plain(5), "text": mrkdwn(5), "confirm": plain(3), "deny": plain(2)}
    return actions(button(confirm={**dialog, **extra}))


def dividers(count: int) -> list[Json]:
    return [{"type": "divider"} for _ in range(count)]


def table(rows: int, columns: int) -> list[Json]:
    return [{"type": "table", "rows": [[{"type": "raw_text", "text": "c"}] * columns] * rows}]


def checkboxes(count: int, kind: str = "checkboxes") -> list[Json]:
    return actions({"type": kind, "action_id": "c", "options": options(count)})


def context(count: int) -> list[Json]:
    return [{"type": "context", "elements": [mrkdwn(2)] * count}]


def limit(name: str, make: Any, most: int, pointer: str, surface: str = "message") -> Limit:
    """`make(n)` builds the payload; `most` is allowed and one more is not."""
    return Limit(name, make(most), make(most + 1), pointer, surface)


COUNTS = [
    limit("50 blocks a message", dividers, 50, "/blocks"),
    limit("100 blocks a modal", dividers, 100, "/view/blocks", "modal"),
    limit("100 blocks a Home tab", dividers, 100, "/view/blocks", "home"),
    limit("25 elements in actions", lambda n: actions(*map(button, range(n))), 25, "/blocks/0/elements"),
    limit("10 elements in context", context, 10, "/blocks/0/elements"),
    limit("10 fields", lambda n: section(fields=[mrkdwn(3)] * n), 10, "/blocks/0/fields"),
    limit("100 options", lambda n: select(options=options(n)), 100, "/blocks/0/elements/0/options"),
    limit(
        "5 in an overflow menu",
        lambda n: actions({"type": "overflow", "action_id": "o", "options": options(n)}),
        5,
        "/blocks/0/elements/0/options",
    ),
    limit("10 checkboxes", checkboxes, 10, "/blocks/0/elements/0/options"),
    limit("10 radio buttons", lambda n: checkboxes(n, "radio_buttons"), 10, "/blocks/0/elements/0/options"),
    limit("100 rows", lambda n: table(n, 2), 100, "/blocks/0/rows"),
    limit("20 columns", lambda n: table(1, n), 20, "/blocks/0/rows/0"),
]
ELEMENT = "/blocks/0/elements/0"
LENGTHS = [
    limit("section text 3000", lambda n: section(text=mrkdwn(n)), 3000, "/blocks/0/text/text"),
    limit("field 2000", lambda n: section(fields=[mrkdwn(n)]), 2000, "/blocks/0/fields/0/text"),
    limit("header 150", lambda n: [{"type": "header", "text": plain(n)}], 150, "/blocks/0/text/text"),
    limit("button 75", lambda n: actions(button(text=plain(n))), 75, f"{ELEMENT}/text/text"),
    limit("button value 2000", lambda n: actions(button(value="v" * n)), 2000, f"{ELEMENT}/value"),
    limit("url 3000", lambda n: actions(button(url="u" * n)), 3000, f"{ELEMENT}/url"),
    limit("action_id 255", lambda n: actions(button(action_id="i" * n)), 255, f"{ELEMENT}/action_id"),
    limit("block_id 255", lambda n: [{"type": "divider", "block_id": "b" * n}], 255, "/blocks/0/block_id"),
    limit("placeholder 150", lambda n: select(placeholder=plain(n)), 150, f"{ELEMENT}/placeholder/text"),
    limit(
        "option text 75",
        lambda n: select(options=options(1, text=n)),
        75,
        f"{ELEMENT}/options/0/text/text",
    ),
    limit("option value 75", lambda n: select(options=options(1, value=n)), 75, f"{ELEMENT}/options/0/value"),
    limit("label 2000", lambda n: labelled(label=plain(n)), 2000, "/blocks/0/label/text"),
    limit("hint 2000", lambda n: labelled(hint=plain(n)), 2000, "/blocks/0/hint/text"),
    limit("confirm title 100", lambda n: confirm(title=plain(n)), 100, f"{ELEMENT}/confirm/title/text"),
    limit("confirm text 300", lambda n: confirm(text=mrkdwn(n)), 300, f"{ELEMENT}/confirm/text/text"),
    limit("confirm button 30", lambda n: confirm(confirm=plain(n)), 30, f"{ELEMENT}/confirm/confirm/text"),
    limit("deny button 30", lambda n: confirm(deny=plain(n)), 30, f"{ELEMENT}/confirm/deny/text"),
    limit("markdown 12000", lambda n: [{"type": "markdown", "text": "m" * n}], 12_000, "/blocks/0/text"),
    limit(
        "initial value 3000",
        lambda n: text_input(initial_value="v" * n),
        3000,
        "/blocks/0/element/initial_value",
    ),
]


def past(name: str, payload: list[Json], pointer: str, surface: str = "message") -> Limit:
    """Something that is wrong by kind; the payload at the edge is a plain divider."""
    return Limit(name, dividers(1), payload, pointer, surface)


KINDS = [
    past("mrkdwn in a header", [{"type": "header", "text": mrkdwn(3)}], "/blocks/0/text/type"),
    past("an unknown property", section(text=mrkdwn(3), colour="red"), "/blocks/0"),
    past("an unknown property of a text", section(text={**mrkdwn(3), "emoji": True}), "/blocks/0/text"),
    past("an unknown block", [{"type": "banner"}], "/blocks/0/type"),
    past("a block without a type", [{"text": plain(3)}], "/blocks/0"),
    past("an empty section", section(), "/blocks/0"),
    past("an empty text", section(text=mrkdwn(0)), "/blocks/0/text/text"),
    past("no elements in actions", actions(), "/blocks/0/elements"),
    past("no options", select(options=[]), f"{ELEMENT}/options"),
    past("a text input among actions", actions(text_input()[0]["element"]), f"{ELEMENT}/type"),
    past("a button in an input", labelled(element=button()), "/blocks/0/element/type"),
    past(
        "a text input beside a section",
        section(text=mrkdwn(2), accessory=text_input()[0]["element"]),
        "/blocks/0/accessory/type",
    ),
    past("an input without a label", [{"type": "input", "element": text_input()[0]["element"]}], "/blocks/0"),
    past("a style that is none", actions(button(style="warning")), f"{ELEMENT}/style"),
    past("mrkdwn on a button", actions(button(text=mrkdwn(3))), f"{ELEMENT}/text/type"),
    past("two blocks of one id", [{"type": "divider", "block_id": "b"}] * 2, "/blocks/1/block_id"),
    past("two elements of one id", actions(button(1), button(1)), "/blocks/0"),
    past("one action_id in two blocks", [*actions(button(1)), *actions(button(1))], "/blocks/1"),
    past("an initial option not on offer", select(initial_option=options(5)[4]), f"{ELEMENT}/initial_option"),
    past(
        "options and groups at once",
        select(option_groups=[{"label": plain(2), "options": options(1)}]),
        ELEMENT,
    ),
    past("min above max", text_input(min_length=9, max_length=3), "/blocks/0/element/min_length"),
    past("a number for a flag", text_input(multiline=1), "/blocks/0/element/multiline"),
    past("two tables", table(1, 1) * 2, "/blocks"),
    past("an alert in a message", [{"type": "alert", "text": mrkdwn(3)}], "/blocks/0/type"),
    past("a table in a modal", table(1, 1), "/view/blocks/0/type", "modal"),
    past(
        "a bad rich text piece",
        [{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}],
        "/blocks/0/elements/0/type",
    ),
]

ALL = [*COUNTS, *LENGTHS, *KINDS]


def payload(case: Limit, blocks: list[Json]) -> Json:
    """The arguments of `blocks.validate` for a case."""
    if case.surface == "message":
        return {"blocks": blocks}
    if case.surface == "home":
        return {"view": {"type": "home", "blocks": blocks}}
    return {"view": {"type": "modal", "title": plain(5), "blocks": blocks}}
