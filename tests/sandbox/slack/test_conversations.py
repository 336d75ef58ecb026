import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.people import Person
from bot.sandbox.slack import SlackServer, Workspace
from tests.sandbox.slack.failures import INCIDENTS, failure


async def new_channel(client: AsyncWebClient, name: str = "inc-amber", *, private: bool = True) -> str:
    created = await client.conversations_create(name=name, is_private=private)
    return str(created["channel"]["id"])


async def test_a_private_channel_is_seen_by_its_members_alone(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    channel = await new_channel(client)
    await client.conversations_invite(channel=channel, users=["U01ALICE", "U02BOB"])
    assert "inc-amber" in await Person("Alice", "U01ALICE", slack.url).channels()
    assert "inc-amber" not in await Person("Carol", "U03CAROL", slack.url).channels()
    members = await client.conversations_members(channel=channel)
    assert members["members"] == ["U00BREAKWATER", "U01ALICE", "U02BOB"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("a" * 80, None),
        ("a" * 81, "invalid_name_maxlength"),
        ("inc-1_a", None),
        ("Inc", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("", "invalid_name_required"),
        ("incidents", "name_taken"),
    ],
)
async def test_names_are_held_to_slacks_pattern(client: AsyncWebClient, name: str, error: str | None) -> None:
    assert await failure(client, "conversations.create", name=name) == error


async def test_an_archived_channel_keeps_its_name_and_takes_nothing(client: AsyncWebClient) -> None:
    channel = await new_channel(client)
    posted = await client.chat_postMessage(channel=channel, text="x")
    await client.conversations_archive(channel=channel)
    assert await failure(client, "conversations.create", name="inc-amber") == "name_taken"
    assert await failure(client, "chat.postMessage", channel=channel, text="x") == "is_archived"
    assert await failure(client, "chat.update", channel=channel, ts=posted["ts"], text="y") == "is_archived"
    assert await failure(client, "conversations.invite", channel=channel, users="U01ALICE") == "is_archived"
    assert await failure(client, "pins.add", channel=channel, timestamp=posted["ts"]) == "is_archived"
    assert await failure(client, "conversations.archive", channel=channel) == "already_archived"


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("U00BREAKWATER", "cant_invite_self"),
        ("U99NOBODY", "user_not_found"),
        ("U08STAN", "user_team_not_in_channel"),
        ("U07GUS", "user_is_restricted"),
        ("", "no_user"),
        (",".join(["U01ALICE"] * 101), "too_many_users"),
    ],
)
async def test_who_cannot_come_is_named(client: AsyncWebClient, users: str, error: str) -> None:
    channel = await new_channel(client)
    assert await failure(client, "conversations.invite", channel=channel, users=users) == error


async def test_one_who_cannot_come_keeps_all_out_unless_forced(client: AsyncWebClient) -> None:
    channel = await new_channel(client)
    with pytest.raises(SlackApiError) as refusal:
        await client.conversations_invite(channel=channel, users="U01ALICE,U08STAN")
    assert refusal.value.response["errors"][0]["user"] == "U08STAN"
    assert (await client.conversations_members(channel=channel))["members"] == ["U00BREAKWATER"]
    forced = await client.conversations_invite(channel=channel, users="U01ALICE,U08STAN", force=True)
    assert forced["errors"][0]["error"] == "user_team_not_in_channel"
    assert (
        await failure(client, "conversations.invite", channel=channel, users="U01ALICE")
        == "already_in_channel"
    )


async def test_a_deactivated_person_cannot_be_invited(client: AsyncWebClient, workspace: Workspace) -> None:
    workspace.users["U01ALICE"].deleted = True
    channel = await new_channel(client)
    assert await failure(client, "conversations.invite", channel=channel, users="U01ALICE") == "cant_invite"


async def test_a_private_channel_the_app_is_not_in_does_not_exist(
    client: AsyncWebClient, workspace: Workspace
) -> None:
    channel = await new_channel(client)
    workspace.channels[channel].members.remove("U00BREAKWATER")
    for method in ("conversations.info", "conversations.history", "conversations.archive"):
        assert await failure(client, method, channel=channel) == "channel_not_found"
    assert await failure(client, "chat.postMessage", channel=channel, text="x") == "channel_not_found"


async def test_a_public_channel_must_be_joined_first(client: AsyncWebClient, workspace: Workspace) -> None:
    workspace.channels[INCIDENTS].members.remove("U00BREAKWATER")
    assert await failure(client, "chat.postMessage", channel=INCIDENTS, text="x") == "not_in_channel"
    await client.conversations_join(channel=INCIDENTS)
    assert await failure(client, "chat.postMessage", channel=INCIDENTS, text="x") is None


async def test_a_topic_ends_at_250_characters(client: AsyncWebClient) -> None:
    channel = await new_channel(client)
    await client.conversations_setTopic(channel=channel, topic="t" * 250)
    assert await failure(client, "conversations.setTopic", channel=channel, topic="t" * 251) == "too_long"
    info = await client.conversations_info(channel=channel)
    assert info["channel"]["topic"]["value"] == "t" * 250


async def test_history_pages_newest_first_and_shows_metadata_when_asked(client: AsyncWebClient) -> None:
    channel = await new_channel(client)
    for number in range(5):
        key = {"event_type": "job", "event_payload": {"key": f"k{number}"}}
        await client.chat_postMessage(channel=channel, text=f"m{number}", metadata=key)
    first = await client.conversations_history(channel=channel, limit=3, include_all_metadata=True)
    assert [m["text"] for m in first["messages"]] == ["m4", "m3", "m2"]
    assert first["messages"][0]["metadata"]["event_payload"] == {"key": "k4"}
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=channel, limit=3, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["m1", "m0"]
    assert "metadata" not in rest["messages"][0]
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def test_history_keeps_to_oldest_and_latest(client: AsyncWebClient) -> None:
    channel = await new_channel(client)
    stamps = [(await client.chat_postMessage(channel=channel, text=f"m{n}"))["ts"] for n in range(4)]
    between = await client.conversations_history(channel=channel, oldest=stamps[0], latest=stamps[3])
    assert [m["text"] for m in between["messages"]] == ["m2", "m1"]
    with_ends = await client.conversations_history(
        channel=channel, oldest=stamps[0], latest=stamps[3], inclusive=True
    )
    assert len(with_ends["messages"]) == 4


async def test_answers_stay_in_their_thread(client: AsyncWebClient) -> None:
    channel = await new_channel(client)
    root = (await client.chat_postMessage(channel=channel, text="root"))["ts"]
    await client.chat_postMessage(channel=channel, text="answer", thread_ts=root)
    history = await client.conversations_history(channel=channel)
    assert [(m["text"], m["reply_count"]) for m in history["messages"]] == [("root", 1)]
    replies = await client.conversations_replies(channel=channel, ts=root)
    assert [m["text"] for m in replies["messages"]] == ["root", "answer"]
    assert (
        await failure(client, "chat.postMessage", channel=channel, text="x", thread_ts="1.0")
        == "thread_not_found"
    )


async def test_listing_needs_the_scope_of_each_type(client: AsyncWebClient, workspace: Workspace) -> None:
    await new_channel(client)
    listed = await client.conversations_list(types="public_channel,private_channel")
    assert [c["name"] for c in listed["channels"]] == ["general", "incidents", "inc-amber"]
    workspace.app.scopes -= {"groups:read"}
    with pytest.raises(SlackApiError) as refusal:
        await client.conversations_list(types="public_channel,private_channel")
    assert refusal.value.response["error"] == "missing_scope"
    assert refusal.value.response["needed"] == "groups:read"
    assert "channels:read" in refusal.value.response["provided"]


@pytest.mark.parametrize(("private", "scope"), [(True, "groups:write"), (False, "channels:manage")])
async def test_creating_needs_the_scope_of_the_kind(
    client: AsyncWebClient, workspace: Workspace, scope: str, private: bool
) -> None:
    workspace.app.scopes -= {scope}
    assert await failure(client, "conversations.create", name="x", is_private=private) == "missing_scope"
    assert await failure(client, "conversations.create", name="x", is_private=not private) is None


async def test_a_direct_conversation_is_opened_once(client: AsyncWebClient, slack: SlackServer) -> None:
    one = await client.conversations_open(users="U01ALICE")
    two = await client.conversations_open(users=["U01ALICE"])
    assert one["channel"]["id"] == two["channel"]["id"]
    await client.chat_postMessage(channel="U01ALICE", text="For you alone")
    alice = Person("Alice", "U01ALICE", slack.url)
    assert await alice.read("@breakwater") == "breakwater: For you alone"
    await alice.sees("For you alone")


async def test_groups_and_people_are_listed(client: AsyncWebClient) -> None:
    groups = await client.usergroups_list(include_users=True)
    assert next((g["handle"], g["users"]) for g in groups["usergroups"]) == ("treasury", ["U02BOB"])
    assert (await client.usergroups_users_list(usergroup="S01TREASURY"))["users"] == ["U02BOB"]
    assert await failure(client, "usergroups.users.list", usergroup="S9") == "no_such_subteam"
    names = [member["name"] for member in (await client.users_list())["members"]]
    assert "alice" in names
    assert "stan" not in names
    assert (await client.users_info(user="U02BOB"))["user"]["real_name"] == "Bob Okafor"
    assert await failure(client, "users.info", user="U99") == "user_not_found"
