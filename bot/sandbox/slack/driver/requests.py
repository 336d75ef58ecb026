"""What a person does in a Slack client, as JSON bodies."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.sandbox.slack.parcels import Tamper


class Deed(BaseModel):
    """Common to all: who does it, and how the request to the app is spoiled, if at all.

    `times` delivers that many copies at once; `team_id` claims another team.
    """

    model_config = ConfigDict(extra="forbid")

    user: str
    tamper: Tamper | None = None
    times: int = Field(1, ge=1, le=50)
    team_id: str | None = None


class Command(Deed):
    """`text` is the whole line, `/incident status`; `escape: false` sends it as typed."""

    channel: str
    text: str
    escape: bool | None = None


class Click(Deed):
    """A button, menu or picker in a message (`channel`, `ts`) or in the open view.

    `value` is what is chosen: an option's value or text, an id, a date, or a list. `confirm: false` backs
    out of a confirmation dialog.
    """

    channel: str | None = None
    ts: str | None = None
    view_id: str | None = None
    home: bool = False
    block_id: str | None = None
    action_id: str
    value: Any = None
    confirm: bool = True


class Fill(Deed):
    """Type or choose in the open modal; nothing reaches the app unless the block dispatches."""

    view_id: str | None = None
    block_id: str
    action_id: str | None = None
    value: Any = None


class Submit(Deed):
    """Press the modal's submit button; `values` are {block_id: value} or {block_id: {action_id: value}}."""

    view_id: str | None = None
    values: dict[str, Any] = Field(default_factory=dict)


class Close(Deed):
    """Put the uppermost view away, or the whole modal (`all`)."""

    all: bool = False


class Write(Deed):
    """An ordinary message."""

    channel: str
    text: str
    thread_ts: str | None = None


class OpenHome(Deed):
    """Look at one of the app's tabs; Slack tells the app of both."""

    tab: Literal["home", "messages"] = "home"


class Shortcut(Deed):
    """A global shortcut, or one on a message (`channel`, `ts`); the app must have declared it so."""

    callback_id: str
    channel: str | None = None
    ts: str | None = None


class Membership(Deed):
    """Archive, unarchive, join, leave, delete; `who` invites or removes somebody else, `name` renames."""

    channel: str
    who: str | None = None
    name: str | None = None


class FaultOrder(BaseModel):
    """A fault to put in force; see `Fault`."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    match: str = "*"
    count: int | None = Field(1, ge=1)
    skip: int = Field(0, ge=0)
    probability: float = Field(1.0, ge=0, le=1)
    ms: int = Field(0, ge=0)
    status: int = Field(503, ge=500, le=599)
    retry_after: int = Field(1, ge=0)
    error: str = "internal_error"


class Settings(BaseModel):
    """What may be switched while running; absent fields stay as they are."""

    model_config = ConfigDict(extra="forbid")

    down: bool | None = None
    latency_ms: int | None = Field(None, ge=0)
    seed: int | None = None
    rate_limits: bool | None = None
    bot_url: str | None = None
    scopes: list[str] | None = None
    events: list[str] | None = None
    event_retries: list[float] | None = None
    deadline: float | None = Field(None, gt=0)
    token_error: str | None = None
    socket_mode: bool | None = None
    max_sockets: int | None = Field(None, ge=0, le=10)
    connection_seconds: float | None = Field(None, gt=0)
    warning_seconds: float | None = Field(None, ge=0)


class SocketOrder(BaseModel):
    """Trouble for the app's connections: all, or the one with this number.

    `kill` resets them, `close` says goodbye, `silence` leaves them half-open, `disconnect` ends them for a
    reason (`warning` first, then after `warning_seconds` for good).
    """

    model_config = ConfigDict(extra="forbid")

    do: Literal["kill", "close", "silence", "disconnect"]
    reason: Literal["warning", "refresh_requested", "too_many_websockets", "link_disabled"] = "warning"
    number: int | None = None


class Account(BaseModel):
    """A change to somebody's account; absent fields stay as they are."""

    model_config = ConfigDict(extra="forbid")

    user: str
    deleted: bool | None = None
    is_restricted: bool | None = None


class Group(BaseModel):
    """A change to a user group; absent fields stay as they are."""

    model_config = ConfigDict(extra="forbid")

    group: str
    handle: str | None = None
    users: list[str] | None = None
    disabled: bool | None = None
