"""What a Slack workspace is made of: people, groups, channels, messages, views."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass
class User:
    """Somebody with an account; `team_id` differs from the workspace's for a stranger."""

    id: str
    name: str
    real_name: str
    team_id: str
    is_bot: bool = False
    is_restricted: bool = False
    deleted: bool = False

    def as_json(self) -> Json:
        """The user object of `users.info`."""
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "tz": "Etc/UTC",
            "tz_offset": 0,
            "profile": {
                "real_name": self.real_name,
                "display_name": self.name,
                "email": f"{self.name}@example.com",
                "team": self.team_id,
            },
            "is_admin": False,
            "is_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1,
        }


@dataclass
class UserGroup:
    """A handle that stands for several people."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False


@dataclass
class Message:
    """One message; `ephemeral_to` names its only reader, `states` what each person chose in it."""

    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    by_app: bool = False
    subtype: str | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    ephemeral_to: str | None = None
    states: dict[str, dict[str, dict[str, Json]]] = field(default_factory=dict)


@dataclass
class Channel:
    """A public or private channel, or a direct conversation (`is_im`)."""

    id: str
    name: str
    creator: str
    created: datetime
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    pins: dict[str, str] = field(default_factory=dict)
    bookmarks: list[Json] = field(default_factory=list)

    @property
    def family(self) -> str:
        """`channels`, `groups` or `im`: the word in this conversation's scopes."""
        if self.is_im:
            return "im"
        return "groups" if self.is_private else "channels"

    def visible_to(self, user: str) -> bool:
        """Whether this person finds the conversation at all."""
        return user in self.members or not (self.is_private or self.is_im)


@dataclass
class View:
    """A modal or Home tab as its one person has it, with what was typed into it."""

    id: str
    user: str
    spec: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    state: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def is_home(self) -> bool:
        """Home tabs are views without a submit button."""
        return bool(self.spec.get("type") == "home")


@dataclass
class Trigger:
    """A short-lived permission to open one modal for one person."""

    user: str
    at: datetime
    used: bool = False


@dataclass
class ResponseUrl:
    """A place to answer one interaction: 30 minutes, 5 uses."""

    user: str
    channel: str
    at: datetime
    message_ts: str | None = None
    ephemeral: bool = False
    uses: int = 0


@dataclass(frozen=True)
class ShortcutSpec:
    """An entry of a menu, as the app's manifest declares it; `type` is `global` or `message`."""

    callback_id: str
    type: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class CommandUsage:
    """What a slash command is for and how it is used, as the app's manifest declares it."""

    description: str
    usage_hint: str = ""


@dataclass
class App:
    """The installed app: its secrets, scopes, commands and where it listens.

    With `socket_mode` it is reached over its connections, `max_sockets` at most; each is warned after
    `connection_seconds` and ends `warning_seconds` later.
    """

    app_id: str = "A01BREAKWATER"
    bot_id: str = "B01BREAKWATER"
    bot_user: str = "U00BREAKWATER"
    bot_token: str = "xoxb-sandbox-bot-token"  # noqa: S105 - opens nothing but this sandbox
    app_token: str = "xapp-1-sandbox-app-token"  # noqa: S105 - the same
    signing_secret: str = "sandbox-signing-secret"  # noqa: S105 - the same
    verification_token: str = "sandbox-verification"  # noqa: S105 - the same
    bot_url: str | None = None
    scopes: frozenset[str] = frozenset()
    token_error: str | None = None
    commands: dict[str, bool] = field(default_factory=dict)
    usage: dict[str, CommandUsage] = field(default_factory=dict)
    shortcuts: tuple[ShortcutSpec, ...] = ()
    home_tab: bool = True
    events: frozenset[str] = frozenset()
    deadline: float = 3.0
    event_retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    app_scopes: frozenset[str] = frozenset({"connections:write"})
    socket_mode: bool = False
    max_sockets: int = 10
    connection_seconds: float = 3600.0
    warning_seconds: float = 10.0
