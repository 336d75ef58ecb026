"""What a person can look at: channels, messages, the open modal, the Home tab, pins, people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bot.sandbox.slack.channels import channel_json
from bot.sandbox.slack.driver.seen import Desk
from bot.sandbox.slack.errors import SlackError, bad_argument
from bot.sandbox.slack.messages import message_json, replies_of
from bot.sandbox.slack.modals import current_modal, view_json
from bot.sandbox.slack.model import Channel, Json, Message, User
from bot.sandbox.slack.workspace import Workspace

Query = Mapping[str, str]
LATEST = 200
CALLS = 30
MENTION = re.compile(r"<@([UW][A-Z0-9]+)")


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
    shown = [
        {**shown_message(desk.workspace, channel, message), "chosen": message.states.get(user.id, {})}
        for message in newest
    ]
    number = desk.workspace.changes.number
    place = channel_json(desk.workspace, channel)
    return {"ok": True, "number": number, "channel": place, "messages": shown}


def shown_message(workspace: Workspace, channel: Channel, message: Message) -> Json:
    """A message with what clients draw around it; `calls` are the persons it mentions or is meant for."""
    entry = {**message_json(workspace, message, metadata=True), "channel": channel.id}
    return {
        **entry,
        "ephemeral": message.ephemeral_to is not None,
        "ephemeral_to": message.ephemeral_to,
        "reply_count": len(replies_of(channel, message.ts)),
        "pinned": message.ts in channel.pins,
        "states": message.states,
        "calls": _called(channel, message),
    }


def shown_channel(workspace: Workspace, channel: Channel) -> Json:
    """A conversation for every person's list: members, pins, the newest message, the newest calls."""
    public = list(channel.messages.values())[-CALLS:]
    private = channel.ephemerals[-CALLS:]
    calls = [[message.ts, _called(channel, message)] for message in [*public, *private]]
    return {
        **channel_json(workspace, channel),
        "members": channel.members,
        "bookmarks": channel.bookmarks,
        "pins": list(channel.pins),
        "latest": [public[-1].ts, public[-1].user] if public else None,
        "calls": [call for call in calls if call[1]],
    }


def _called(channel: Channel, message: Message) -> list[str]:
    if message.ephemeral_to:
        return [message.ephemeral_to]
    if channel.is_im:
        return [member for member in channel.members if member != message.user]
    words = json.dumps([message.text, message.blocks], ensure_ascii=False)
    return sorted(set(MENTION.findall(words)) - {message.user})


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
        "usage": {name: vars(spec) for name, spec in installed.usage.items()},
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
