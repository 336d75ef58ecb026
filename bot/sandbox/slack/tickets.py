"""Short-lived permissions: trigger ids (3 seconds, once) and response URLs (30 minutes, 5 uses)."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.model import ResponseUrl, Trigger
from bot.sandbox.slack.workspace import Workspace

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5
KEPT = 20_000


def new_trigger(workspace: Workspace, user: str) -> str:
    """A trigger id with which the app may open one modal for this person."""
    name = f"{workspace.new_id('')}.{workspace.team_id}.{workspace.new_id('').lower()}"
    workspace.triggers[name] = Trigger(user, workspace.now())
    _forget_oldest(workspace.triggers)
    return name


def use_trigger(workspace: Workspace, name: str) -> Trigger:
    """Spend a trigger id; refused when unknown, spent or older than three seconds."""
    trigger = workspace.triggers.get(name)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if workspace.now() - trigger.at > TRIGGER_LIFE:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def new_response_url(
    workspace: Workspace, user: str, channel: str, *, message_ts: str | None = None, ephemeral: bool = False
) -> str:
    """A URL under which the app may answer this interaction."""
    name = f"{workspace.team_id}/{workspace.new_id('')}/{workspace.new_id('x')}"
    workspace.response_urls[name] = ResponseUrl(user, channel, workspace.now(), message_ts, ephemeral)
    _forget_oldest(workspace.response_urls)
    return f"{workspace.base_url}/response/{name}"


def use_response_url(workspace: Workspace, name: str) -> ResponseUrl:
    """Count one use; refused when unknown, too old or used up."""
    ticket = workspace.response_urls.get(name)
    if ticket is None or workspace.now() - ticket.at > RESPONSE_LIFE:
        raise SlackError("expired_url")
    if ticket.uses >= RESPONSE_USES:
        raise SlackError("used_url")
    ticket.uses += 1
    return ticket


def _forget_oldest(tickets: dict[str, Trigger] | dict[str, ResponseUrl]) -> None:
    if len(tickets) > KEPT:
        del tickets[next(iter(tickets))]
