from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.validate import check_blocks, check_view
from tests.sandbox.slack.failures import INCIDENTS, failure
from tests.sandbox.slack.limits import ALL, Json, Limit, dividers, payload, plain, section, text_input


def problems(case: Limit, blocks: list[Json]) -> list[str]:
    args = payload(case, blocks)
    found = check_view(args["view"]) if "view" in args else check_blocks(blocks, "message")
    return [problem.pointer for problem in found]


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_payload_at_the_edge_passes(case: Limit) -> None:
    assert problems(case, case.edge) == []


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_payload_past_the_edge_is_refused_where_it_breaks(case: Limit) -> None:
    assert problems(case, case.past) == [case.pointer]


def modal(**extra: Any) -> Json:
    return {"type": "modal", "title": plain(5), "blocks": dividers(1), **extra}


VIEWS: list[tuple[str, Json, Json, str]] = [
    ("title 24", modal(title=plain(24)), modal(title=plain(25)), "/view/title/text"),
    ("submit 24", modal(submit=plain(24)), modal(submit=plain(25)), "/view/submit/text"),
    ("close 24", modal(close=plain(24)), modal(close=plain(25)), "/view/close/text"),
    (
        "private_metadata 3000",
        modal(private_metadata="m" * 3000),
        modal(private_metadata="m" * 3001),
        "/view/private_metadata",
    ),
    ("callback_id 255", modal(callback_id="c" * 255), modal(callback_id="c" * 256), "/view/callback_id"),
    (
        "inputs need submit",
        modal(blocks=text_input(), submit=plain(2)),
        modal(blocks=text_input()),
        "/view/submit",
    ),
    ("a title", modal(), {"type": "modal", "blocks": []}, "/view"),
    (
        "no submit on a Home tab",
        {"type": "home", "blocks": []},
        {"type": "home", "blocks": [], "submit": plain(2)},
        "/view",
    ),
    (
        "an alert in a modal",
        modal(blocks=[{"type": "alert", "text": plain(3)}]),
        {"type": "home", "blocks": [{"type": "alert", "text": plain(3)}]},
        "/view/blocks/0/type",
    ),
    ("mrkdwn title", modal(), modal(title={"type": "mrkdwn", "text": "x"}), "/view/title/type"),
]


@pytest.mark.parametrize(("name", "edge", "past", "pointer"), VIEWS, ids=[view[0] for view in VIEWS])
def test_a_view_is_held_to_its_limits(name: str, edge: Json, past: Json, pointer: str) -> None:
    assert check_view(edge) == []
    assert [problem.pointer for problem in check_view(past)] == [pointer]


async def test_blocks_validate_gives_the_same_verdicts_over_http(client: AsyncWebClient) -> None:
    for case in ALL:
        accepted = await client.api_call("blocks.validate", json=payload(case, case.edge))
        assert accepted["ok"], case.name
        with pytest.raises(SlackApiError) as refusal:
            await client.api_call("blocks.validate", json=payload(case, case.past))
        answer = refusal.value.response
        assert answer["error"] in {"invalid_blocks", "invalid_view"}
        assert [error["pointer"] for error in answer["errors"]] == [case.pointer]


async def test_posting_names_pointer_and_rule_of_what_is_wrong(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await client.chat_postMessage(channel="C02INCIDENTS", text="x", blocks=section(fields=[plain(2001)]))
    answer = refusal.value.response
    assert answer["error"] == "invalid_blocks"
    line = "[ERROR] must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"
    assert answer["response_metadata"]["messages"] == [line]


@pytest.mark.parametrize(("length", "error"), [(40_000, None), (40_001, "msg_too_long")])
async def test_a_message_text_ends_at_40000(client: AsyncWebClient, length: int, error: str | None) -> None:
    assert await failure(client, "chat.postMessage", channel=INCIDENTS, text="x" * length) == error


@pytest.mark.parametrize(("length", "error"), [(4_000, None), (4_001, "msg_too_long")])
async def test_an_updated_text_ends_at_4000(client: AsyncWebClient, length: int, error: str | None) -> None:
    posted = await client.chat_postMessage(channel="C02INCIDENTS", text="first")
    assert (
        await failure(client, "chat.update", channel=INCIDENTS, ts=posted["ts"], text="x" * length) == error
    )


@pytest.mark.parametrize(("last", "error"), [(1200, None), (1201, "msg_blocks_too_long")])
async def test_a_whole_message_ends_at_13200_characters(
    client: AsyncWebClient, last: int, error: str | None
) -> None:
    blocks = [section(text=plain(length))[0] for length in (3000, 3000, 3000, 3000, last)]
    assert (
        await failure(client, "chat.postMessage", channel=INCIDENTS, text="fallback", blocks=blocks) == error
    )
