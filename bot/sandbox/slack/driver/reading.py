"""What a person can look at: channels, messages, the open modal, the Home tab, pins, people."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.channels import channel_json
from bot.sandbox.slack.driver.seen import Desk
from bot.sandbox.slack.errors import SlackError, bad_argument
from bot.sandbox.slack.messages import message_json, replies_of
from bot.sandbox.slack.modals import current_modal, view_json
from bot.sandbox.slack.model import Channel, Json, User

Query = Mapping[str, str]
LATEST = 200


def channels(desk: Desk, query: Query) -> Json:
    """`?user=`: the conversations this person has joined; public ones not joined have `joined: false`."""
    user = _user(desk, query)
    shown = [
        {
            **channel_json(desk.workspace, channel),
            "joined": user.id in channel.members,
            "members": channel.members,
            "bookmarks": channel.bookmarks,
            "latest": next(reversed(channel.messages), None),
        }
        for channel in desk.workspace.channels.values()
        if channel.visible_to(user.id)
    ]
    return {"ok": True, "channels": shown}


def messages(desk: Desk, query: Query) -> Json:
    """`?user=&channel=&limit=&thread_ts=`: messages oldest first, the person's ephemeral ones among them."""
    user, channel = _place(desk, query)
    thread = query.get("thread_ts")
    if thread:
        root = channel.messages.get(thread)
        found = ([root] if root else []) + replies_of(channel, thread)
    else:
        found = [m for m in channel.messages.values() if m.thread_ts in (None, m.ts)]
    private = [m for m in channel.ephemerals if m.ephemeral_to == user.id and m.thread_ts == thread]
    newest = sorted([*found, *private], key=lambda m: m.ts)[-int(query.get("limit", LATEST)) :]
    shown = []
    for message in newest:
        entry = {**message_json(desk.workspace, message, metadata=True), "channel": channel.id}
        entry["ephemeral"] = message.ephemeral_to is not None
        entry["reply_count"] = len(replies_of(channel, message.ts))
        entry["pinned"] = message.ts in channel.pins
        entry["chosen"] = message.states.get(user.id, {})
        shown.append(entry)
    return {"ok": True, "channel": channel_json(desk.workspace, channel), "messages": shown}


def modal(desk: Desk, query: Query) -> Json:
    """`?user=`: the open view or null, and how many lie in the stack."""
    user = _user(desk, query)
    view = current_modal(desk.workspace, user.id)
    depth = len(desk.workspace.stacks.get(user.id, []))
    return {"ok": True, "view": view_json(desk.workspace, view) if view else None, "depth": depth}


def home(desk: Desk, query: Query) -> Json:
    """`?user=`: the Home tab last published for this person, or null."""
    view = desk.workspace.homes.get(_user(desk, query).id)
    return {"ok": True, "view": view_json(desk.workspace, view) if view else None}


def pins(desk: Desk, query: Query) -> Json:
    """`?user=&channel=`: pinned messages, oldest pin first."""
    _, channel = _place(desk, query)
    shown = [
        {**message_json(desk.workspace, channel.messages[ts]), "channel": channel.id} for ts in channel.pins
    ]
    return {"ok": True, "messages": shown}


def private(desk: Desk, query: Query) -> Json:
    """`?user=&since=`: ephemeral messages to this person anywhere, oldest first."""
    return {"ok": True, "messages": desk.private(_user(desk, query), query.get("since", ""))}


def people(desk: Desk, _query: Query) -> Json:
    """Everybody with an account, and the groups."""
    users = [user.as_json() for user in desk.workspace.users.values()]
    groups = [vars(group) for group in desk.workspace.groups.values()]
    return {"ok": True, "users": users, "groups": groups}


def app(desk: Desk, _query: Query) -> Json:
    """What the app offers: its user, slash commands, shortcuts by menu, and whether it has a Home tab."""
    installed = desk.workspace.app
    return {
        "ok": True,
        "app_id": installed.app_id,
        "bot_user": installed.bot_user,
        "name": desk.workspace.bot.real_name,
        "commands": sorted(installed.commands),
        "shortcuts": [vars(shortcut) for shortcut in installed.shortcuts],
        "home_tab": installed.home_tab,
    }


def _user(desk: Desk, query: Query) -> User:
    if not query.get("user"):
        raise bad_argument("missing required field: user", "/user")
    return desk.workspace.person(query["user"])


def _place(desk: Desk, query: Query) -> tuple[User, Channel]:
    user = _user(desk, query)
    channel = desk.workspace.channel_called(query.get("channel", ""))
    if not channel.visible_to(user.id):
        raise SlackError("channel_not_found")
    return user, channel
