"""One of every block and element that a message or a modal may hold."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
MARKUP = """*bold* _italic_ ~struck~ `code` :warning: <@U01ALICE> <#C01GENERAL> <!here> <!subteam^S01TREASURY>
• one
• two *strong*
> quoted
<https://status.example/a|a link> <!date^1700000000^{date_short} at {time}|then>
```
block of
code
```"""


def plain(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def mark(words: str) -> Json:
    return {"type": "mrkdwn", "text": words}


def options(*words: str) -> list[Json]:
    return [{"text": plain(one), "value": one.lower()} for one in words]


CONFIRM = {
    "title": plain("Sure?"),
    "text": mark("This *stops* it."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
CHOICES: list[Json] = [
    {
        "type": "static_select",
        "action_id": "one",
        "placeholder": plain("Pick one"),
        "options": options("Red", "Blue"),
    },
    {"type": "users_select", "action_id": "who", "placeholder": plain("Pick a person")},
    {"type": "channels_select", "action_id": "where", "placeholder": plain("Pick a channel")},
    {"type": "conversations_select", "action_id": "talk", "placeholder": plain("Pick a talk")},
    {
        "type": "datepicker",
        "action_id": "day",
        "placeholder": plain("Pick a day"),
        "initial_date": "2026-11-20",
    },
    {"type": "timepicker", "action_id": "hour", "placeholder": plain("Pick a time"), "initial_time": "14:05"},
    {"type": "datetimepicker", "action_id": "moment", "initial_date_time": 1795183500},
    {"type": "overflow", "action_id": "more", "options": options("Skip", "Blocked")},
    {"type": "checkboxes", "action_id": "boxes", "options": options("First", "Second")},
    {"type": "radio_buttons", "action_id": "radio", "options": options("Left", "Right")},
    {
        "type": "multi_static_select",
        "action_id": "several",
        "placeholder": plain("Pick some"),
        "option_groups": [{"label": plain("Colours"), "options": options("Green", "Black")}],
    },
]
TYPED: list[Json] = [
    {"type": "plain_text_input", "action_id": "t", "placeholder": plain("One line")},
    {"type": "plain_text_input", "action_id": "t", "multiline": True, "initial_value": "Two\nlines"},
    {"type": "number_input", "action_id": "t", "is_decimal_allowed": True},
    {"type": "email_text_input", "action_id": "t"},
    {"type": "url_text_input", "action_id": "t"},
    {"type": "rich_text_input", "action_id": "t"},
    {"type": "file_input", "action_id": "t"},
]
RICH: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "rich ", "style": {"bold": True}},
                {"type": "user", "user_id": "U02BOB"},
                {"type": "link", "url": "https://a.example/", "text": "there"},
                {"type": "emoji", "name": "wave"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "first of all"}]}
            ],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "somebody said"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "as  typed"}]},
    ],
}
TABLE: Json = {
    "type": "table",
    "column_settings": [{"align": "left"}, {"align": "right"}],
    "rows": [
        [{"type": "raw_text", "text": "Control"}, {"type": "raw_text", "text": "Limit"}],
        [{"type": "raw_text", "text": "withdrawals"}, {"type": "raw_text", "text": "500"}],
    ],
}
STOP = {"type": "button", "action_id": "stop", "text": plain("Stop"), "style": "danger", "confirm": CONFIRM}
MESSAGE: list[Json] = [
    {"type": "header", "text": plain("Every block")},
    {"type": "section", "text": mark(MARKUP), "accessory": STOP},
    {"type": "section", "fields": [mark("*Left*\nfield"), plain("right field")]},
    {"type": "divider"},
    {"type": "actions", "elements": CHOICES[:6]},
    {"type": "actions", "elements": CHOICES[6:]},
    {"type": "context", "elements": [mark("_small_ print"), plain("more of it")]},
    {"type": "image", "title": plain("Hot wallet"), "alt_text": "A falling line", "slack_file": {"id": "F1"}},
    RICH,
    TABLE,
    {"type": "markdown", "text": "# as it is"},
]
MODAL: Json = {
    "type": "modal",
    "title": plain("Every input"),
    "submit": plain("Send"),
    "blocks": [
        {"type": "alert", "text": mark("*Mind* this"), "level": "warning"},
        {"type": "section", "text": plain("Some words"), "accessory": CHOICES[0]},
        *(
            {
                "type": "input",
                "block_id": f"b{number}",
                "optional": True,
                "label": plain(f"Field {number}"),
                "hint": plain("A hint"),
                "element": {**element, "action_id": f"a{number}"},
            }
            for number, element in enumerate([*TYPED, *(one for one in CHOICES if one["type"] != "overflow")])
        ),
    ],
}
