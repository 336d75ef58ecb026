"""What a Web API method is: its name, handler, scope and rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.model import Channel, Json
from bot.sandbox.slack.workspace import Workspace

MANAGE = {"channels": "channels:manage", "groups": "groups:write", "im": "im:write"}


@dataclass
class Call:
    """One call in the hands of its handler."""

    workspace: Workspace
    args: Arguments

    def channel(self, name: str = "channel") -> Channel:
        """The conversation named by id; a private one the app is not in does not exist for it."""
        channel = self.workspace.channels.get(self.args.text(name))
        if channel is None or not channel.visible_to(self.workspace.app.bot_user):
            raise SlackError("channel_not_found")
        return channel

    def joined_channel(self) -> Channel:
        """The same, open and with the app in it."""
        channel = self.channel()
        if channel.is_archived:
            raise SlackError("is_archived")
        if self.workspace.app.bot_user not in channel.members:
            raise SlackError("not_in_channel")
        return channel


@dataclass(frozen=True)
class Method:
    """A method of the Web API.

    `scope` is a scope, None, or `conversations:<verb>`, which means the scope of the conversation's own
    family (`channels:read`, `groups:read`, …; `manage` is `channels:manage` or `groups:write`). An
    `app_level` method takes the app-level token, in the header alone, and no other.
    """

    name: str
    handler: Callable[[Call], Json]
    scope: str | None
    per_minute: int
    app_level: bool = False

    def scope_for(self, call: Call) -> str | None:
        """The scope that this very call needs."""
        if self.scope is None or not self.scope.startswith("conversations:"):
            return self.scope
        verb = self.scope.removeprefix("conversations:")
        named = call.args.values.get("channel")
        channel = call.workspace.channels.get(str(named)) if named else None
        private = bool(channel and channel.is_private) or call.args.flag("is_private")
        family = channel.family if channel else ("groups" if private else "channels")
        return family_scope(family, verb)


def family_scope(family: str, verb: str) -> str:
    """`("groups", "manage")` → `groups:write`."""
    return MANAGE[family] if verb == "manage" else f"{family}:{verb}"


def need_scope(call: Call, scope: str | None, *, app_level: bool = False) -> None:
    """Refuse with `missing_scope` unless the bot token, or the app-level one, was granted it."""
    app = call.workspace.app
    granted = app.app_scopes if app_level else app.scopes
    if scope is not None and scope not in granted:
        raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(granted)))
