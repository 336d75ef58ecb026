"""Rich text: sections, lists, quotes and preformatted pieces."""

from __future__ import annotations

from bot.sandbox.slack.validate.schema import Rule, boolean, choice, integer, items, shape, string, tagged

ID = string(255)
MARKS = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
STYLE: dict[str, Rule] = {"style": shape({}, dict.fromkeys(MARKS, boolean))}

PIECES: dict[str, Rule] = {
    "text": shape({"text": string(12_000)}, STYLE),
    "link": shape({"url": string(3000)}, {"text": string(3000, least=0), "unsafe": boolean, **STYLE}),
    "user": shape({"user_id": ID}, STYLE),
    "usergroup": shape({"usergroup_id": ID}, STYLE),
    "channel": shape({"channel_id": ID}, STYLE),
    "emoji": shape({"name": ID}, {"unicode": string(255), **STYLE}),
    "broadcast": shape({"range": choice("here", "channel", "everyone")}, STYLE),
    "color": shape({"value": string(7, 7, r"#[0-9A-Fa-f]{6}")}, STYLE),
    "date": shape(
        {"timestamp": integer(0, 10**10), "format": string(255)},
        {"url": string(3000), "fallback": string(3000), **STYLE},
    ),
}
PIECE = tagged(PIECES)
MANY = 1000

SECTION = shape({"elements": items(PIECE, MANY, least=0)})
PARTS: dict[str, Rule] = {
    "rich_text_section": SECTION,
    "rich_text_list": shape(
        {
            "style": choice("bullet", "ordered"),
            "elements": items(tagged({"rich_text_section": SECTION}), MANY),
        },
        {"indent": integer(0, 8), "offset": integer(0, 10**6), "border": integer(0, 1)},
    ),
    "rich_text_preformatted": shape(
        {"elements": items(tagged(PIECES, {"text", "link"}), MANY)},
        {"border": integer(0, 1), "language": string(255)},
    ),
    "rich_text_quote": shape({"elements": items(PIECE, MANY)}, {"border": integer(0, 1)}),
}
RICH_TEXT_BODY = shape({"elements": items(tagged(PARTS), MANY)}, {"block_id": ID})
RICH_TEXT = tagged({"rich_text": RICH_TEXT_BODY})
