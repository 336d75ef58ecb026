"""What hangs on channels and messages: `pins.*`, `bookmarks.*`, `reactions.*`."""

from __future__ import annotations

import re

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import find_message, message_json
from bot.sandbox.slack.methods.registry import Call, Method
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.rates import TIER_2, TIER_3


def pins_add(call: Call) -> Json:
    """Pin a message."""
    channel = call.joined_channel()
    if not call.args.has("timestamp"):
        raise SlackError("no_item_specified")
    message = find_message(channel, call.args.text("timestamp"))
    if message.ts in channel.pins:
        raise SlackError("already_pinned")
    channel.pins[message.ts] = call.workspace.app.bot_user
    call.workspace.changes.note("channel", channel.id)
    return {"ok": True}


def pins_remove(call: Call) -> Json:
    """Unpin it."""
    channel = call.joined_channel()
    if channel.pins.pop(call.args.text("timestamp"), None) is None:
        raise SlackError("no_pin")
    call.workspace.changes.note("channel", channel.id)
    return {"ok": True}


def pins_list(call: Call) -> Json:
    """What is pinned in a channel."""
    channel = call.channel()
    if call.workspace.app.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    items = [
        {
            "type": "message",
            "channel": channel.id,
            "created_by": by,
            "message": message_json(call.workspace, channel.messages[ts]),
        }
        for ts, by in channel.pins.items()
    ]
    return {"ok": True, "items": items}


def bookmarks_add(call: Call) -> Json:
    """A link at the head of a channel; this method calls its channel `channel_id`."""
    channel = call.channel("channel_id")
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.workspace.app.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    if call.args.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    link = call.args.optional("link")
    if not re.match(r"https?://\S+$", link):
        raise SlackError("invalid_link")
    bookmark = {
        "id": call.workspace.new_id("Bk"),
        "channel_id": channel.id,
        "title": call.args.text("title"),
        "link": link,
        "emoji": call.args.optional("emoji"),
        "type": "link",
    }
    channel.bookmarks.append(bookmark)
    call.workspace.changes.note("channel", channel.id)
    return {"ok": True, "bookmark": bookmark}


def bookmarks_list(call: Call) -> Json:
    """The links at the head of a channel."""
    return {"ok": True, "bookmarks": call.channel("channel_id").bookmarks}


def reactions_add(call: Call) -> Json:
    """An emoji under a message."""
    channel, name = call.joined_channel(), call.args.optional("name").strip(":")
    if not re.fullmatch(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?", name):
        raise SlackError("invalid_name")
    message = find_message(channel, call.args.text("timestamp"))
    users = message.reactions.setdefault(name, [])
    if call.workspace.app.bot_user in users:
        raise SlackError("already_reacted")
    users.append(call.workspace.app.bot_user)
    call.workspace.changes.note("message", channel.id, message.ts)
    return {"ok": True}


METHODS = (
    Method("pins.add", pins_add, "pins:write", TIER_2),
    Method("pins.remove", pins_remove, "pins:write", TIER_2),
    Method("pins.list", pins_list, "pins:read", TIER_2),
    Method("bookmarks.add", bookmarks_add, "bookmarks:write", TIER_2),
    Method("bookmarks.list", bookmarks_list, "bookmarks:read", TIER_2),
    Method("reactions.add", reactions_add, "reactions:write", TIER_3),
)
