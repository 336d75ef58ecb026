"""What a person types, as Slack hands it to an app that asks for escaped channels, users and links."""

from __future__ import annotations

import re
from html import escape

from bot.sandbox.slack.workspace import Workspace

TOKEN = re.compile(r"@([\w.-]+)|#([\w-]+)|(https?://[^\s<>]+)")


def escaped(workspace: Workspace, text: str) -> str:
    """`@bob` → `<@U02BOB|bob>`, `#general` → `<#C…|general>`, links in angle brackets, `&<>` as entities.

    A name that nobody carries stays as typed.
    """

    def token(found: re.Match[str]) -> str:
        person, channel, link = found.groups()
        if link:
            return f"<{link}>"
        return _person(workspace, person) if person else _channel(workspace, channel)

    return TOKEN.sub(token, escape(text, quote=False))


def _person(workspace: Workspace, name: str) -> str:
    handle, tail = name.rstrip("."), name[len(name.rstrip(".")) :]
    for user in workspace.users.values():
        if user.name == handle:
            return f"<@{user.id}|{user.name}>{tail}"
    for group in workspace.groups.values():
        if group.handle == handle:
            return f"<!subteam^{group.id}|@{group.handle}>{tail}"
    return f"@{name}"


def _channel(workspace: Workspace, name: str) -> str:
    for channel in workspace.channels.values():
        if channel.name == name and not channel.is_im:
            return f"<#{channel.id}|{channel.name}>"
    return f"#{name}"
