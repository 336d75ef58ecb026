"""What a person types and chooses, as Slack's clients record it in `state.values`."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.sandbox.slack.model import Json
from bot.sandbox.slack.validate import elements_of

State = dict[str, dict[str, Json]]

VALUE_KEY = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "checkboxes": "selected_options",
    "radio_buttons": "selected_option",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
INITIAL_KEY = {
    "value": "initial_value",
    "rich_text_value": "initial_value",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_options": "initial_options",
    "selected_option": "initial_option",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
}
REQUIRED = "Please complete this required field."


class NotOnOffer(ValueError):
    """The person asks for something that the element does not offer; the message lists what it does."""


def initial_state(blocks: list[Json]) -> State:
    """The values of a freshly drawn payload, defaults filled in."""
    state: State = {}
    for block, element in elements_of(blocks):
        key = VALUE_KEY.get(element["type"])
        if key is not None:
            start = element.get(INITIAL_KEY.get(key, ""))
            empty: Any = [] if key.endswith("s") else None
            entry = {"type": element["type"], key: start if start is not None else empty}
            state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return state


def options_of(element: Json) -> list[Json]:
    """Every option of a menu, those in groups too."""
    offered: list[Json] = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        offered += group["options"]
    return offered


def chosen(element: Json, value: Any) -> Json:
    """The state entry after the person gives `value`: text, an option's value, an id, or a list of them."""
    kind = element["type"]
    if kind == "overflow":
        return {"type": kind, "selected_option": _option(element, value)}
    key = VALUE_KEY[kind]
    if key == "selected_option":
        found = None if value is None else _option(element, value)
        return {"type": kind, key: found}
    if key == "selected_options":
        wanted = value if isinstance(value, list) else [value]
        return {"type": kind, key: [_option(element, one) for one in wanted]}
    if key.endswith("s"):
        return {"type": kind, key: value if isinstance(value, list) else [value]}
    if key == "rich_text_value" and isinstance(value, str):
        return {"type": kind, key: _rich_text(value)}
    return {"type": kind, key: value}


def complaints(blocks: list[Json], state: State) -> dict[str, str]:
    """What Slack's own client refuses before the app hears of a submission: block_id → sentence."""
    found: dict[str, str] = {}
    for block, element in elements_of(blocks):
        if block["type"] == "input":
            entry = state.get(block["block_id"], {}).get(element["action_id"], {})
            value = entry.get(VALUE_KEY[element["type"]])
            sentence = _complaint(element, value, optional=bool(block.get("optional")))
            if sentence:
                found[block["block_id"]] = sentence
    return found


def _option(element: Json, value: Any) -> Json:
    if isinstance(value, dict):
        return value
    for option in options_of(element):
        if value in (option["value"], option["text"]["text"]):
            return option
    offered = ", ".join(repr(option["text"]["text"]) for option in options_of(element))
    raise NotOnOffer(f"there is no option {value!r}; on offer: {offered or 'nothing'}")


def _complaint(element: Json, value: Any, *, optional: bool) -> str | None:
    if value is None or value in ("", []):
        return None if optional else REQUIRED
    if not isinstance(value, str):
        return None
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter at most {element.get('max_length', 3000)} characters."
    check = _FORMATS.get(element["type"])
    return check(element, value) if check else None


def _number_complaint(element: Json, value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return None


def _email_complaint(_element: Json, value: str) -> str | None:
    return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Please enter a valid email address."


def _url_complaint(_element: Json, value: str) -> str | None:
    return None if re.match(r"https?://\S+$", value) else "Please enter a valid URL."


_FORMATS: dict[str, Callable[[Json, str], str | None]] = {
    "number_input": _number_complaint,
    "email_text_input": _email_complaint,
    "url_text_input": _url_complaint,
}


def _rich_text(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}
