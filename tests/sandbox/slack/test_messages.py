from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.people import NotSeen, Person
from bot.sandbox.slack import SlackServer, Workspace
from tests.sandbox.slack.conftest import Clock
from tests.sandbox.slack.failures import INCIDENTS, failure

SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "drawn"}}]
RICH = [
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "rich"}]}],
    }
]


async def post(client: AsyncWebClient, **args: Any) -> str:
    return str((await client.chat_postMessage(channel=INCIDENTS, **{"text": "x", **args}))["ts"])


async def test_stamps_are_unique_and_grow_even_when_time_stands_still(
    client: AsyncWebClient, clock: Clock
) -> None:
    stamps = [await post(client) for _ in range(20)]
    assert stamps == sorted(set(stamps))
    clock.forward(seconds=10)
    later = await post(client)
    assert float(later) - float(stamps[-1]) == pytest.approx(10, abs=0.01)


async def test_a_text_only_update_drops_the_blocks(client: AsyncWebClient, slack: SlackServer) -> None:
    ts = await post(client, blocks=SECTION)
    updated = await client.chat_update(channel=INCIDENTS, ts=ts, text="bare")
    assert "blocks" not in updated["message"]
    assert updated["message"]["edited"]
    await Person("Alice", "U01ALICE", slack.url).sees("bare", channel="incidents")


async def test_an_update_keeps_metadata_it_does_not_speak_of(client: AsyncWebClient) -> None:
    ts = await post(client, metadata={"event_type": "job", "event_payload": {"key": "k"}})
    await client.chat_update(channel=INCIDENTS, ts=ts, text="two")
    history = await client.conversations_history(channel=INCIDENTS, include_all_metadata=True)
    assert history["messages"][0]["metadata"]["event_payload"] == {"key": "k"}


async def test_rich_text_is_not_replaced_by_another_kind(client: AsyncWebClient) -> None:
    ts = await post(client, blocks=RICH)
    assert (
        await failure(client, "chat.update", channel=INCIDENTS, ts=ts, text="x", blocks=SECTION)
        == "block_mismatch"
    )
    assert await failure(client, "chat.update", channel=INCIDENTS, ts=ts, text="x", blocks=RICH) is None


async def test_only_the_apps_own_messages_can_be_changed(client: AsyncWebClient, slack: SlackServer) -> None:
    said = await Person("Alice", "U01ALICE", slack.url).say("hello", channel="incidents")
    ts = said.raw["ts"]
    assert await failure(client, "chat.update", channel=INCIDENTS, ts=ts, text="y") == "cant_update_message"
    assert await failure(client, "chat.delete", channel=INCIDENTS, ts=ts) == "cant_delete_message"
    assert await failure(client, "chat.update", channel=INCIDENTS, ts="1.0", text="y") == "message_not_found"


async def test_a_deleted_message_is_gone_with_its_pin(client: AsyncWebClient) -> None:
    ts = await post(client)
    await client.pins_add(channel=INCIDENTS, timestamp=ts)
    await client.chat_delete(channel=INCIDENTS, ts=ts)
    assert (await client.pins_list(channel=INCIDENTS))["items"] == []
    assert (await client.conversations_history(channel=INCIDENTS))["messages"] == []


async def test_an_ephemeral_message_has_one_reader_and_no_history(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    await client.chat_postEphemeral(channel=INCIDENTS, user="U01ALICE", text="psst")
    alice, bob = Person("Alice", "U01ALICE", slack.url), Person("Bob", "U02BOB", slack.url)
    assert await alice.hears("psst") == "psst"
    await alice.sees("psst", channel="incidents")
    await bob.sees_nothing_of("psst")
    with pytest.raises(NotSeen, match="Bob is not told 'psst' in private, but:\nnothing"):
        await bob.hears("psst", ever=True)
    assert (await client.conversations_history(channel=INCIDENTS))["messages"] == []


async def test_an_ephemeral_message_needs_its_reader_in_the_channel(client: AsyncWebClient) -> None:
    args = {"channel": INCIDENTS, "text": "psst"}
    assert await failure(client, "chat.postEphemeral", user="U07GUS", **args) == "user_not_in_channel"


async def test_nothing_to_say_is_refused(client: AsyncWebClient) -> None:
    assert await failure(client, "chat.postMessage", channel=INCIDENTS) == "no_text"
    assert (
        await failure(client, "chat.postMessage", channel=INCIDENTS, blocks="{", text="x")
        == "invalid_blocks_format"
    )


@pytest.mark.parametrize(
    "metadata",
    [{"event_type": "x"}, {"event_payload": {}}, {"event_type": "x" * 256, "event_payload": {}}, "text"],
)
async def test_metadata_must_be_whole(client: AsyncWebClient, metadata: object) -> None:
    error = await failure(client, "chat.postMessage", channel=INCIDENTS, text="x", metadata=metadata)
    assert error == "invalid_metadata_format"


async def test_pins_bookmarks_and_reactions_happen_once(client: AsyncWebClient, slack: SlackServer) -> None:
    ts = await post(client, text="the card")
    await client.pins_add(channel=INCIDENTS, timestamp=ts)
    assert await failure(client, "pins.add", channel=INCIDENTS, timestamp=ts) == "already_pinned"
    assert await Person("Alice", "U01ALICE", slack.url).pins("incidents") == ["the card"]
    await client.reactions_add(channel=INCIDENTS, timestamp=ts, name="eyes")
    assert (
        await failure(client, "reactions.add", channel=INCIDENTS, timestamp=ts, name="eyes")
        == "already_reacted"
    )
    link = {"channel_id": INCIDENTS, "title": "Status", "type": "link"}
    added = await client.api_call("bookmarks.add", json={**link, "link": "https://example.com/status"})
    assert added["bookmark"]["title"] == "Status"
    assert await failure(client, "bookmarks.add", **link, link="nowhere") == "invalid_link"


async def test_a_permalink_leads_to_the_message(client: AsyncWebClient) -> None:
    ts = await post(client)
    link = await client.chat_getPermalink(channel=INCIDENTS, message_ts=ts)
    assert link["permalink"] == f"https://sandbox.slack.com/archives/{INCIDENTS}/p{ts.replace('.', '')}"


async def test_a_file_is_uploaded_in_three_parts(client: AsyncWebClient, slack: SlackServer) -> None:
    await client.files_upload_v2(
        channel=INCIDENTS, content=b"head", filename="head.json", title="Signed head"
    )
    await Person("Alice", "U01ALICE", slack.url).sees("(file Signed head)", channel="incidents")


async def test_a_file_never_sent_cannot_be_completed(client: AsyncWebClient) -> None:
    announced = await client.files_getUploadURLExternal(filename="a", length=3)
    files = [{"id": announced["file_id"]}]
    assert await failure(client, "files.completeUploadExternal", files=files) == "file_not_found"


async def test_tokens_and_methods_are_checked(slack: SlackServer, workspace: Workspace) -> None:
    stranger = AsyncWebClient(token="xoxb-other", base_url=slack.api_url)
    nobody = AsyncWebClient(base_url=slack.api_url)
    assert await failure(stranger, "auth.test") == "invalid_auth"
    assert await failure(nobody, "auth.test") == "not_authed"
    assert await failure(stranger, "chat.shout") == "unknown_method"
    assert await failure(nobody, "api.test") is None


async def test_form_and_json_bodies_mean_the_same(client: AsyncWebClient) -> None:
    blocks = '[{"type": "divider"}]'
    form = await client.api_call(
        "chat.postMessage", data={"channel": INCIDENTS, "text": "f", "blocks": blocks}
    )
    assert form["message"]["blocks"][0]["type"] == "divider"
    assert await failure(client, "conversations.history", channel=INCIDENTS, limit=0) == "invalid_limit"
