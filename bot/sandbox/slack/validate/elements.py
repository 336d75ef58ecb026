"""Block elements: one row a type, and where each may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.validate.objects import (
    ACTION_ID,
    CONFIRM,
    DISPATCH_CONFIG,
    LIST_OPTION,
    MENU_OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    SLACK_FILE,
    URL,
    among_options,
    plain_text,
)
from bot.sandbox.slack.validate.rich_text import RICH_TEXT
from bot.sandbox.slack.validate.schema import (
    Problem,
    Rule,
    boolean,
    choice,
    exactly_one,
    integer,
    items,
    shape,
    string,
)

ID = string(255)
COMMON: dict[str, Rule] = {"action_id": ACTION_ID, "focus_on_load": boolean}
MENU: dict[str, Rule] = {**COMMON, "confirm": CONFIRM, "placeholder": plain_text(150)}
TYPED: dict[str, Rule] = {
    **COMMON,
    "placeholder": plain_text(150),
    "dispatch_action_config": DISPATCH_CONFIG,
}
AT_MOST: dict[str, Rule] = {"max_selected_items": integer(1, 100)}
CONVERSATION: dict[str, Rule] = {
    "response_url_enabled": boolean,
    "default_to_current_conversation": boolean,
    "filter": shape(
        {},
        {
            "include": items(choice("im", "mpim", "private", "public"), 4),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        },
    ),
}
OPTIONS: dict[str, Rule] = {"options": items(MENU_OPTION, 100), "option_groups": items(OPTION_GROUP, 100)}
LENGTHS: dict[str, Rule] = {"min_length": integer(0, 3000), "max_length": integer(1, 3000)}


def _length_order(value: Any, pointer: str) -> Iterator[Problem]:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Problem(f"{pointer}/min_length", "must be less than max_length")


def _select(initial: dict[str, Rule]) -> Rule:
    return shape({}, {**MENU, **initial})


def _static(initial: dict[str, Rule]) -> Rule:
    return shape(
        {},
        {**MENU, **OPTIONS, **initial},
        checks=[exactly_one("options", "option_groups"), among_options(*initial)],
    )


def _list_of_ten(initial: dict[str, Rule]) -> Rule:
    return shape(
        {"options": items(LIST_OPTION, 10)},
        {**COMMON, "confirm": CONFIRM, **initial},
        checks=[among_options(*initial)],
    )


BUTTON_STYLE = choice("primary", "danger")
IDS = items(ID, 100)
ELEMENTS: dict[str, Rule] = {
    "button": shape(
        {"text": plain_text(75)},
        {
            "action_id": ACTION_ID,
            "url": URL,
            "value": string(2000, least=0),
            "style": BUTTON_STYLE,
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "icon_button": shape(
        {"icon": choice("trash"), "text": plain_text(75)},
        {
            "action_id": ACTION_ID,
            "value": string(2000, least=0),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": IDS,
        },
    ),
    "image": shape(
        {"alt_text": string(2000, least=0)},
        {"image_url": URL, "slack_file": SLACK_FILE},
        checks=[exactly_one("image_url", "slack_file")],
    ),
    "overflow": shape({"options": items(OVERFLOW_OPTION, 5)}, {"action_id": ACTION_ID, "confirm": CONFIRM}),
    "static_select": _static({"initial_option": MENU_OPTION}),
    "multi_static_select": shape(
        {},
        {**MENU, **OPTIONS, **AT_MOST, "initial_options": items(MENU_OPTION, 100)},
        checks=[exactly_one("options", "option_groups"), among_options("initial_options")],
    ),
    "external_select": _select({"initial_option": MENU_OPTION, "min_query_length": integer(0, 100)}),
    "multi_external_select": _select(
        {"initial_options": items(MENU_OPTION, 100), "min_query_length": integer(0, 100), **AT_MOST}
    ),
    "users_select": _select({"initial_user": ID}),
    "multi_users_select": _select({"initial_users": IDS, **AT_MOST}),
    "conversations_select": _select({"initial_conversation": ID, **CONVERSATION}),
    "multi_conversations_select": _select({"initial_conversations": IDS, **CONVERSATION, **AT_MOST}),
    "channels_select": _select({"initial_channel": ID, "response_url_enabled": boolean}),
    "multi_channels_select": _select({"initial_channels": IDS, **AT_MOST}),
    "checkboxes": _list_of_ten({"initial_options": items(LIST_OPTION, 10)}),
    "radio_buttons": _list_of_ten({"initial_option": LIST_OPTION}),
    "datepicker": _select({"initial_date": string(10, 10, r"\d{4}-\d{2}-\d{2}")}),
    "timepicker": _select({"initial_time": string(5, 5, r"\d{2}:\d{2}"), "timezone": string(255)}),
    "datetimepicker": shape(
        {}, {**COMMON, "confirm": CONFIRM, "initial_date_time": integer(10**9, 10**10 - 1)}
    ),
    "plain_text_input": shape(
        {},
        {**TYPED, **LENGTHS, "initial_value": string(3000, least=0), "multiline": boolean},
        checks=[_length_order],
    ),
    "email_text_input": shape({}, {**TYPED, "initial_value": string(3000, least=0)}),
    "url_text_input": shape({}, {**TYPED, "initial_value": string(3000, least=0)}),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**TYPED, "initial_value": string(100), "min_value": string(100), "max_value": string(100)},
    ),
    "rich_text_input": shape({}, {**TYPED, "initial_value": RICH_TEXT}),
    "file_input": shape(
        {}, {"action_id": ACTION_ID, "filetypes": items(string(20), 100), "max_files": integer(1, 10)}
    ),
    "feedback_buttons": shape(
        {
            "positive_button": shape(
                {"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)}
            ),
            "negative_button": shape(
                {"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)}
            ),
        },
        {"action_id": ACTION_ID},
    ),
}

SELECTS = frozenset(
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
)
CHOICES = SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
TEXT_INPUTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
IN_SECTION = CHOICES | {"button", "overflow", "image"}
IN_ACTIONS = CHOICES | {"button", "overflow", "datetimepicker", "rich_text_input"}
IN_INPUT = CHOICES | TEXT_INPUTS | {"datetimepicker", "rich_text_input", "file_input"}
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
