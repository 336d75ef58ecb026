"""What may be done to conversations, by the app or by a person, and how they look in answers."""

from __future__ import annotations

import re

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.model import Channel, Json, User
from bot.sandbox.slack.workspace import Workspace

NAME_LENGTH = 80
TOPIC_LENGTH = 250
INVITES_A_CALL = 100


def check_name(name: str) -> None:
    """Refuse what Slack refuses in a channel's name, with its own error codes."""
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_LENGTH:
        raise SlackError("invalid_name_maxlength")
    if re.search(r"[^\w-]", name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if not re.search(r"\w", name.replace("_", "")):
        raise SlackError("invalid_name_punctuation")


def create_channel(
    workspace: Workspace, name: str, creator: str, *, is_private: bool, channel_id: str | None = None
) -> Channel:
    """A new channel with its creator in it; a name stays taken even when its channel is archived."""
    check_name(name)
    if any(channel.name == name and not channel.is_im for channel in workspace.channels.values()):
        raise SlackError("name_taken")
    number = channel_id or workspace.new_id("C")
    channel = Channel(number, name, creator, workspace.now(), is_private=is_private, members=[creator])
    workspace.channels[channel.id] = channel
    workspace.changes.note("channel", channel.id)
    return channel


def open_direct(workspace: Workspace, one: str, other: str) -> Channel:
    """The direct conversation of two, made if there is none."""
    for channel in workspace.channels.values():
        if channel.is_im and set(channel.members) == {one, other}:
            return channel
    number = workspace.new_id("D")
    channel = Channel(number, "directmessage", one, workspace.now(), is_im=True, members=[one, other])
    workspace.channels[number] = channel
    workspace.changes.note("channel", channel.id)
    return channel


def add_member(workspace: Workspace, channel: Channel, user: User, inviter: str | None = None) -> None:
    """Put someone in and tell the app; who is in already stays so."""
    if user.id in channel.members:
        return
    channel.members.append(user.id)
    workspace.changes.note("channel", channel.id)
    event: Json = {"type": "member_joined_channel", "user": user.id, **_place(workspace, channel)}
    workspace.emit({**event, **({"inviter": inviter} if inviter else {})}, channel)


def remove_member(workspace: Workspace, channel: Channel, user: str) -> None:
    """Take someone out and tell the app, which hears of its own leaving too."""
    if user not in channel.members:
        raise SlackError("not_in_channel")
    workspace.emit({"type": "member_left_channel", "user": user, **_place(workspace, channel)}, channel)
    channel.members.remove(user)
    workspace.changes.note("channel", channel.id)


def archive(workspace: Workspace, channel: Channel, by: str) -> None:
    """Close a channel for good or until somebody opens it again."""
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.id == "C01GENERAL":
        raise SlackError("cant_archive_general")
    channel.is_archived = True
    workspace.changes.note("channel", channel.id)
    workspace.emit({"type": f"{_noun(channel)}_archive", "channel": channel.id, "user": by}, channel)


def unarchive(workspace: Workspace, channel: Channel, by: str) -> None:
    """Open an archived channel again."""
    if not channel.is_archived:
        raise SlackError("not_archived")
    channel.is_archived = False
    workspace.changes.note("channel", channel.id)
    workspace.emit({"type": f"{_noun(channel)}_unarchive", "channel": channel.id, "user": by}, channel)


def invite_problem(workspace: Workspace, channel: Channel, user_id: str) -> str | None:
    """The error code that keeps this person out, or None."""
    user = workspace.users.get(user_id)
    if user is None:
        return "user_not_found"
    if user_id == workspace.app.bot_user:
        return "cant_invite_self"
    if user.team_id != workspace.team_id:
        return "user_team_not_in_channel"
    if user.deleted:
        return "cant_invite"
    if user.is_restricted:
        return "user_is_restricted"
    return "already_in_channel" if user_id in channel.members else None


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    """The conversation object as the app sees it."""
    base: Json = {
        "id": channel.id,
        "created": int(channel.created.timestamp()),
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
    }
    if channel.is_im:
        other = next((user for user in channel.members if user != workspace.app.bot_user), channel.creator)
        return {**base, "user": other, "is_user_deleted": False}
    return {**base, **_named_json(workspace, channel)}


def _named_json(workspace: Workspace, channel: Channel) -> Json:
    made = int(channel.created.timestamp())
    return {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_general": channel.id == "C01GENERAL",
        "is_member": workspace.app.bot_user in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "creator": channel.creator,
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": made},
        "purpose": {"value": channel.purpose, "creator": channel.creator, "last_set": made},
        "num_members": len(channel.members),
    }


def _place(workspace: Workspace, channel: Channel) -> Json:
    return {"channel": channel.id, "channel_type": channel.id[0], "team": workspace.team_id}


def _noun(channel: Channel) -> str:
    return "group" if channel.is_private else "channel"
