"""`conversations.*`."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.slack.channels import (
    INVITES_A_CALL,
    TOPIC_LENGTH,
    add_member,
    archive,
    channel_json,
    create_channel,
    invite_problem,
    open_direct,
    remove_member,
    unarchive,
)
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import message_json, replies_of
from bot.sandbox.slack.methods.paging import page
from bot.sandbox.slack.methods.registry import Call, Method, family_scope, need_scope
from bot.sandbox.slack.model import Channel, Json, Message
from bot.sandbox.slack.rates import TIER_2, TIER_3, TIER_4

FAMILIES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def _shown(call: Call, channel: Channel) -> Json:
    return {"ok": True, "channel": channel_json(call.workspace, channel)}


def create(call: Call) -> Json:
    """A channel with the app as its creator and only member."""
    private = call.args.flag("is_private")
    name = call.args.optional("name")
    return _shown(call, create_channel(call.workspace, name, call.workspace.app.bot_user, is_private=private))


def invite(call: Call) -> Json:
    """Invite up to 100; unless `force`, one person who cannot come keeps all of them out."""
    channel, wanted = call.joined_channel(), call.args.ids("users")
    if not wanted:
        raise SlackError("no_user")
    if len(wanted) > INVITES_A_CALL:
        raise SlackError("too_many_users")
    found = {user: invite_problem(call.workspace, channel, user) for user in wanted}
    errors = [{"user": user, "ok": False, "error": error} for user, error in found.items() if error]
    welcome = [user for user, error in found.items() if error is None]
    if errors and not (call.args.flag("force") and welcome):
        raise SlackError(str(errors[0]["error"]), errors=errors)
    for user in welcome:
        add_member(call.workspace, channel, call.workspace.users[user], call.workspace.app.bot_user)
    return {**_shown(call, channel), **({"errors": errors} if errors else {})}


def info(call: Call) -> Json:
    """One conversation."""
    return _shown(call, call.channel())


def list_(call: Call) -> Json:
    """The conversations of the asked types that the app can see."""
    families = [FAMILIES.get(kind, "") for kind in call.args.ids("types") or ["public_channel"]]
    if "" in families:
        raise SlackError("invalid_types")
    for family in families:
        need_scope(call, family_scope(family, "read"))
    bot, without_archived = call.workspace.app.bot_user, call.args.flag("exclude_archived")
    seen = [
        channel
        for channel in call.workspace.channels.values()
        if channel.family in families
        and channel.visible_to(bot)
        and not (without_archived and channel.is_archived)
    ]
    shown, metadata = page(call.args, seen, default=100, most=1000)
    channels = [channel_json(call.workspace, channel) for channel in shown]
    return {"ok": True, "channels": channels, "response_metadata": metadata}


def members(call: Call) -> Json:
    """Who is in a conversation."""
    shown, metadata = page(call.args, call.channel().members, default=100, most=1000)
    return {"ok": True, "members": shown, "response_metadata": metadata}


def archive_(call: Call) -> Json:
    """Close a channel."""
    channel = call.channel()
    if not channel.is_archived and call.workspace.app.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    archive(call.workspace, channel, call.workspace.app.bot_user)
    return {"ok": True}


def unarchive_(call: Call) -> Json:
    """Open it again."""
    unarchive(call.workspace, call.channel(), call.workspace.app.bot_user)
    return {"ok": True}


def set_topic(call: Call) -> Json:
    """The line at the head of a channel, 250 characters."""
    channel, topic = call.joined_channel(), call.args.optional("topic")
    if len(topic) > TOPIC_LENGTH:
        raise SlackError("too_long")
    channel.topic = topic
    call.workspace.changes.note("channel", channel.id)
    return {**_shown(call, channel), "topic": topic}


def set_purpose(call: Call) -> Json:
    """What a channel is for, 250 characters."""
    channel, purpose = call.joined_channel(), call.args.optional("purpose")
    if len(purpose) > TOPIC_LENGTH:
        raise SlackError("too_long")
    channel.purpose = purpose
    call.workspace.changes.note("channel", channel.id)
    return {**_shown(call, channel), "purpose": purpose}


def join(call: Call) -> Json:
    """Walk into a public channel."""
    channel = call.channel()
    if channel.is_private or channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    already = call.workspace.app.bot_user in channel.members
    add_member(call.workspace, channel, call.workspace.bot)
    return {**_shown(call, channel), **({"warning": "already_in_channel"} if already else {})}


def leave(call: Call) -> Json:
    """Walk out of one."""
    channel = call.channel()
    if call.workspace.app.bot_user not in channel.members:
        return {"ok": True, "not_in_channel": True}
    remove_member(call.workspace, channel, call.workspace.app.bot_user)
    return {"ok": True}


def history(call: Call) -> Json:
    """Messages of a channel, newest first, answers in threads left out."""
    channel = _readable(call)
    wanted = [m for m in _within(call, channel.messages.values()) if m.thread_ts in (None, m.ts)]
    shown, metadata = page(call.args, wanted[::-1], default=100, most=999)
    answer: Json = {"ok": True, "messages": _as_json(call, channel, shown)}
    more = bool(metadata["next_cursor"])
    return {**answer, "has_more": more, "pin_count": len(channel.pins), "response_metadata": metadata}


def replies(call: Call) -> Json:
    """A thread: its first message, then the answers, oldest first."""
    channel = _readable(call)
    root = channel.messages.get(call.args.text("ts"))
    if root is None:
        raise SlackError("thread_not_found")
    thread = [root, *_within(call, replies_of(channel, root.ts))]
    shown, metadata = page(call.args, thread, default=1000, most=1000)
    answer: Json = {"ok": True, "messages": _as_json(call, channel, shown)}
    return {**answer, "has_more": bool(metadata["next_cursor"]), "response_metadata": metadata}


def open_(call: Call) -> Json:
    """The direct conversation with one person."""
    wanted = call.args.ids("users")
    if len(wanted) != 1:
        raise SlackError("users_list_not_supplied" if not wanted else "method_not_supported_for_channel_type")
    user = call.workspace.user(wanted[0])
    if user.deleted:
        raise SlackError("user_disabled")
    channel = open_direct(call.workspace, call.workspace.app.bot_user, user.id)
    return {"ok": True, "channel": {"id": channel.id}}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    if call.workspace.app.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _within(call: Call, messages: Iterable[Message]) -> list[Message]:
    latest, oldest = call.args.optional("latest"), call.args.optional("oldest", "0")
    inclusive = call.args.flag("inclusive")
    kept: list[Message] = []
    for message in messages:
        inside = (not latest or float(message.ts) < float(latest)) and float(message.ts) > float(oldest)
        if inside or (inclusive and message.ts in (latest, oldest)):
            kept.append(message)
    return kept


def _as_json(call: Call, channel: Channel, messages: list[Message]) -> list[Json]:
    threads: dict[str, list[str]] = {}
    for message in channel.messages.values():
        if message.thread_ts not in (None, message.ts):
            threads.setdefault(str(message.thread_ts), []).append(message.ts)
    metadata = call.args.flag("include_all_metadata")
    shown = []
    for message in messages:
        entry = message_json(call.workspace, message, metadata=metadata)
        answers = threads.get(message.ts)
        if answers:
            entry |= {"thread_ts": message.ts, "reply_count": len(answers), "latest_reply": answers[-1]}
        shown.append(entry)
    return shown


METHODS = (
    Method("conversations.create", create, "conversations:manage", TIER_2),
    Method("conversations.invite", invite, "conversations:manage", TIER_3),
    Method("conversations.info", info, "conversations:read", TIER_3),
    Method("conversations.list", list_, None, TIER_2),
    Method("conversations.members", members, "conversations:read", TIER_4),
    Method("conversations.archive", archive_, "conversations:manage", TIER_2),
    Method("conversations.unarchive", unarchive_, "conversations:manage", TIER_2),
    Method("conversations.setTopic", set_topic, "conversations:manage", TIER_2),
    Method("conversations.setPurpose", set_purpose, "conversations:manage", TIER_2),
    Method("conversations.join", join, "channels:join", TIER_3),
    Method("conversations.leave", leave, "conversations:manage", TIER_3),
    Method("conversations.history", history, "conversations:history", TIER_3),
    Method("conversations.replies", replies, "conversations:history", TIER_3),
    Method("conversations.open", open_, "im:write", TIER_3),
)
