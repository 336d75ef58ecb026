"""Messages: what may be posted and changed, and how they look to the app and to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.errors import SlackError, refused
from bot.sandbox.slack.model import Channel, Json, Message
from bot.sandbox.slack.validate import (
    MESSAGE_CHARACTERS,
    MESSAGE_TEXT,
    UPDATE_TEXT,
    Problem,
    check_blocks,
    elements_of,
    total_characters,
)
from bot.sandbox.slack.workspace import Workspace

EPHEMERALS_KEPT = 1000
ATTACHMENTS = 100
EVENT_TYPE_LENGTH = 255


@dataclass
class Content:
    """What a call says a message should hold; None means that the call did not speak of it."""

    text: str = ""
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None


def check_content(content: Content, *, text_limit: int = MESSAGE_TEXT) -> None:
    """Refuse a message that Slack would refuse; `blocks` and `attachments` are checked in full."""
    problems = check_blocks(content.blocks, "message") if content.blocks is not None else []
    if problems:
        raise refused("invalid_blocks", problems)
    if problems := _attachment_problems(content.attachments):
        raise refused("invalid_attachments", problems)
    if not (content.text or content.blocks or content.attachments):
        raise SlackError("no_text")
    if len(content.text) > text_limit:
        raise SlackError("msg_too_long")
    if total_characters([content.blocks, content.attachments]) > MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    _check_metadata(content.metadata)


def check_update(content: Content) -> None:
    """The same for `chat.update`, whose text may be far shorter."""
    check_content(content, text_limit=UPDATE_TEXT)


def with_ids(workspace: Workspace, blocks: list[Json]) -> list[Json]:
    """The blocks with an id given to every block and element that has none, as Slack gives them."""
    named = [_copy(block) for block in blocks]
    for block in named:
        block.setdefault("block_id", workspace.new_id("b").lower())
    for _, element in elements_of(named):
        element.setdefault("action_id", workspace.new_id("a").lower())
    return named


def post(workspace: Workspace, channel: Channel, message: Message) -> Message:
    """Store a message (in its thread, if it names one) and tell the app of it."""
    if message.thread_ts is not None and message.thread_ts not in channel.messages:
        raise SlackError("thread_not_found")
    message.blocks = with_ids(workspace, message.blocks)
    for ts in filter(None, (message.thread_ts, message.ts)):
        workspace.changes.note("message", channel.id, ts)
    if message.ephemeral_to is not None:
        channel.ephemerals.append(message)
        del channel.ephemerals[:-EPHEMERALS_KEPT]
        return message
    channel.messages[message.ts] = message
    event = {"type": "message", "channel": channel.id, "channel_type": _channel_type(channel)}
    workspace.emit({**message_json(workspace, message, metadata=True), **event}, channel)
    return message


def change(workspace: Workspace, channel: Channel, message: Message, content: Content) -> None:
    """Replace a message's text and blocks; without blocks the old ones are gone."""
    had_rich_text = any(block["type"] == "rich_text" for block in message.blocks)
    blocks = content.blocks or []
    if had_rich_text and not any(block["type"] == "rich_text" for block in blocks):
        raise SlackError("block_mismatch")
    message.text = content.text
    message.blocks = with_ids(workspace, blocks)
    if content.attachments is not None:
        message.attachments = content.attachments
    if content.metadata is not None:
        message.metadata = content.metadata or None
    message.edited = workspace.new_ts()
    message.states.clear()
    workspace.changes.note("message", channel.id, message.ts)


def find_message(channel: Channel, ts: str, viewer: str | None = None) -> Message:
    """The message with this stamp; a viewer finds their own ephemeral messages too."""
    if ts in channel.messages:
        return channel.messages[ts]
    for message in reversed(channel.ephemerals):
        if viewer is not None and message.ts == ts and message.ephemeral_to == viewer:
            return message
    raise SlackError("message_not_found")


def remove(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Take a message away, its pin with it."""
    workspace.changes.note("message", channel.id, message.ts)
    if message.ephemeral_to is not None:
        channel.ephemerals.remove(message)
        return
    del channel.messages[message.ts]
    channel.pins.pop(message.ts, None)
    event = {"type": "message", "subtype": "message_deleted", "channel": channel.id}
    workspace.emit({**event, "deleted_ts": message.ts}, channel)


def message_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    """The message object of history, payloads and answers."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    if message.by_app:
        app = workspace.app
        shown |= {"bot_id": app.bot_id, "app_id": app.app_id, "team": workspace.team_id}
    optional: Json = {
        "subtype": message.subtype,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "thread_ts": message.thread_ts,
        "files": message.files,
        "metadata": message.metadata if metadata else None,
        "edited": {"user": message.user, "ts": message.edited} if message.edited else None,
        "reactions": [
            {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
        ],
    }
    return shown | {key: value for key, value in optional.items() if value}


def replies_of(channel: Channel, ts: str) -> list[Message]:
    """The answers in a thread, oldest first, its first message not among them."""
    return [m for m in channel.messages.values() if m.thread_ts == ts and m.ts != ts]


def _attachment_problems(attachments: Any) -> list[Problem]:
    if attachments is None:
        return []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        return [Problem("/attachments", "must provide an array of objects")]
    if len(attachments) > ATTACHMENTS:
        return [Problem("/attachments", f"no more than {ATTACHMENTS} items allowed")]
    found: list[Problem] = []
    for index, attachment in enumerate(attachments):
        if "blocks" in attachment:
            found += check_blocks(attachment["blocks"], "message", f"/attachments/{index}/blocks")
    return found


def _check_metadata(metadata: Json | None) -> None:
    if not metadata:
        return
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not 0 < len(kind) <= EVENT_TYPE_LENGTH or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if set(metadata) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_format")


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _channel_type(channel: Channel) -> str:
    return {"channels": "channel", "groups": "group", "im": "im"}[channel.family]
