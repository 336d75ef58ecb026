from typing import Any

import pytest

from bot.sandbox.people import render_blocks, render_mrkdwn, render_view

NAMES = {"U01ALICE": "alice", "C1": "inc-amber", "S1": "ops"}


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("*PROTECTED* 12/12", "PROTECTED 12/12"),
        ("_*both*_ and ~gone~ and `code`", "both and gone and code"),
        ("2 * 3 * 4 stays", "2 * 3 * 4 stays"),
        ("snake_case_name", "snake_case_name"),
        ("<@U01ALICE> and <@U9|niner>", "@alice and @niner"),
        ("<#C1>, <!subteam^S1>, <!here>", "#inc-amber, @ops, @here"),
        ("<https://example.com|the page> <https://example.com>", "the page https://example.com"),
        ("<!date^1^{date}|3 May>", "3 May"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
    ],
)
def test_markup_reads_as_it_looks(markup: str, shown: str) -> None:
    assert render_mrkdwn(markup, NAMES) == shown


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def test_blocks_read_from_top_to_bottom() -> None:
    menu = {"type": "overflow", "action_id": "o", "options": [{"text": plain("Skip"), "value": "s"}]}
    pick = {"type": "static_select", "action_id": "p", "placeholder": plain("Level"), "options": []}
    boxes = {"type": "checkboxes", "action_id": "c", "options": [{"text": plain("Yes"), "value": "y"}]}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain("INC-1")},
        {
            "type": "section",
            "text": plain("Hot wallet"),
            "fields": [plain("a"), plain("b")],
            "accessory": menu,
        },
        {
            "type": "actions",
            "block_id": "x",
            "elements": [{"type": "button", "text": plain("Done")}, pick, boxes],
        },
        {"type": "context", "elements": [plain("age 3 s"), {"type": "image", "alt_text": "chart"}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "k"}, {"type": "raw_text", "text": "v"}]]},
        {"type": "divider"},
    ]
    state = {"x": {"c": {"type": "checkboxes", "selected_options": [{"text": plain("Yes"), "value": "y"}]}}}
    assert render_blocks(blocks, state=state).split("\n") == [
        "INC-1",
        "Hot wallet",
        "a",
        "b",
        "[… Skip]",
        "[Done]  [Level ▾]  (x) Yes",
        "age 3 s  (chart)",
        "k | v",
        "---",
    ]


def test_rich_text_keeps_lists_and_mentions() -> None:
    sentence = [{"type": "text", "text": "ask "}, {"type": "user", "user_id": "U01ALICE"}]
    item = {"type": "rich_text_section", "elements": sentence}
    block = {
        "type": "rich_text",
        "elements": [item, {"type": "rich_text_list", "style": "bullet", "elements": [item]}],
    }
    assert render_blocks([block], NAMES) == "ask @alice\n• ask @alice"


def test_a_modal_ends_with_its_buttons() -> None:
    view = {"title": plain("Protect"), "blocks": [], "submit": plain("Go"), "close": plain("Back")}
    assert render_view(view) == "Protect\n[Go] [Back]"
