"""Composition objects: texts, options, confirmations, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.validate.schema import (
    Problem,
    Rule,
    boolean,
    choice,
    exactly_one,
    items,
    shape,
    string,
    tagged,
)

URL = string(3000)
ACTION_ID = string(255)
BLOCK_ID = string(255)


def plain_text(most: int) -> Rule:
    """A plain_text object of at most `most` characters."""
    return tagged({"plain_text": shape({"text": string(most)}, {"emoji": boolean})})


def any_text(most: int) -> Rule:
    """A plain_text or mrkdwn object of at most `most` characters."""
    return tagged(
        {
            "plain_text": shape({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(most)}, {"verbatim": boolean}),
        }
    )


def option(text: Rule, *, url: bool = False) -> Rule:
    """One option of a menu; only those of an overflow menu may carry a link."""
    extra = {"url": URL} if url else {}
    return shape({"text": text, "value": string(75)}, {"description": plain_text(75), **extra})


MENU_OPTION = option(plain_text(75))
LIST_OPTION = shape({"text": any_text(75), "value": string(75)}, {"description": any_text(75)})
OVERFLOW_OPTION = option(plain_text(75), url=True)
OPTION_GROUP = shape({"label": plain_text(75), "options": items(MENU_OPTION, 100)})

CONFIRM = shape(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": choice("primary", "danger")},
)
DISPATCH_CONFIG = shape(
    {}, {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 2)}
)
SLACK_FILE = shape({}, {"id": string(255), "url": URL}, checks=[exactly_one("id", "url")])


def among_options(*initials: str) -> Rule:
    """A check on a menu: what is chosen from the start is one of its options."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        offered = list(value.get("options") or [])
        for group in value.get("option_groups") or []:
            offered += group.get("options", []) if isinstance(group, dict) else []
        for name in initials:
            chosen = value.get(name)
            for one in chosen if isinstance(chosen, list) else [chosen]:
                if one is not None and one not in offered:
                    yield Problem(f"{pointer}/{name}", "must match exactly one of the options provided")

    return check
