"""`chat.*`."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.slack.channels import open_direct
from bot.sandbox.slack.errors import RateLimited, SlackError
from bot.sandbox.slack.messages import (
    Content,
    change,
    check_content,
    check_update,
    find_message,
    message_json,
    post,
    remove,
)
from bot.sandbox.slack.methods.registry import Call, Method
from bot.sandbox.slack.model import Channel, Json, Message
from bot.sandbox.slack.rates import SPECIAL, TIER_3, TIER_4


def content_of(call: Call) -> Content:
    """Text, blocks, attachments and metadata of a call, not yet checked."""
    blocks = call.args.json("blocks", error="invalid_blocks_format")
    metadata = call.args.json("metadata", error="invalid_metadata_format")
    if metadata is not None and not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    text = call.args.optional("text") or call.args.optional("markdown_text")
    return Content(text, blocks, call.args.json("attachments"), metadata)


def post_message(call: Call) -> Json:
    """A message in a channel, a thread or a direct conversation; about one a second in each."""
    channel = _target(call)
    _may_post(call, channel)
    content = content_of(call)
    check_content(content)
    wait = call.workspace.rates.wait_for_post(channel.id)
    if wait:
        raise RateLimited(wait)
    message = _message(call, content)
    message.thread_ts = call.args.optional("thread_ts") or None
    post(call.workspace, channel, message)
    shown = message_json(call.workspace, message, metadata=True)
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(call: Call) -> Json:
    """A message that one person sees; it never appears in history."""
    channel = _target(call)
    _may_post(call, channel)
    user = call.workspace.user(call.args.text("user"))
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = content_of(call)
    check_content(content)
    message = replace(_message(call, content), ephemeral_to=user.id)
    post(call.workspace, channel, message)
    return {"ok": True, "message_ts": message.ts}


def update(call: Call) -> Json:
    """Replace one of the app's own messages; given only text, its blocks are gone."""
    channel = call.joined_channel()
    message = find_message(channel, call.args.text("ts"))
    if not message.by_app:
        raise SlackError("cant_update_message")
    content = content_of(call)
    check_update(content)
    change(call.workspace, channel, message, content)
    shown = message_json(call.workspace, message, metadata=True)
    return {"ok": True, "channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> Json:
    """Take back one of the app's own messages."""
    channel = call.joined_channel()
    message = find_message(channel, call.args.text("ts"))
    if not message.by_app:
        raise SlackError("cant_delete_message")
    remove(call.workspace, channel, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """The link to a message."""
    channel = call.channel()
    message = find_message(channel, call.args.text("message_ts"))
    place = f"{channel.id}/p{message.ts.replace('.', '')}"
    link = f"https://{call.workspace.domain}.slack.com/archives/{place}"
    return {"ok": True, "channel": channel.id, "permalink": link}


def _target(call: Call) -> Channel:
    named = call.args.text("channel")
    if named in call.workspace.users:
        return open_direct(call.workspace, call.workspace.app.bot_user, named)
    channel = call.workspace.channel_called(named)
    if not channel.visible_to(call.workspace.app.bot_user):
        raise SlackError("channel_not_found")
    return channel


def _may_post(call: Call, channel: Channel) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.workspace.app.bot_user not in channel.members:
        raise SlackError("not_in_channel")


def _message(call: Call, content: Content) -> Message:
    workspace = call.workspace
    message = Message(workspace.new_ts(), workspace.app.bot_user, content.text, by_app=True)
    message.blocks = content.blocks or []
    message.attachments = content.attachments or []
    message.metadata = content.metadata or None
    return message


METHODS = (
    Method("chat.postMessage", post_message, "chat:write", SPECIAL * 10),
    Method("chat.postEphemeral", post_ephemeral, "chat:write", TIER_4),
    Method("chat.update", update, "chat:write", TIER_3),
    Method("chat.delete", delete, "chat:write", TIER_3),
    Method("chat.getPermalink", get_permalink, None, SPECIAL),
)
