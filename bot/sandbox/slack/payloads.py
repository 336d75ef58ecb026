"""The bodies that Slack sends to an app: commands, clicks, submissions, shortcuts."""

from __future__ import annotations

from bot.sandbox.slack.channels import channel_json
from bot.sandbox.slack.inputs import initial_state
from bot.sandbox.slack.messages import message_json
from bot.sandbox.slack.modals import view_json
from bot.sandbox.slack.model import Channel, Json, Message, User, View
from bot.sandbox.slack.tickets import new_response_url, new_trigger
from bot.sandbox.slack.workspace import Workspace


def command_fields(workspace: Workspace, user: User, channel: Channel, command: str, text: str) -> Json:
    """The form of a slash command; private channels are all called `privategroup` in it."""
    hidden = {"groups": "privategroup", "im": "directmessage"}
    return {
        "token": workspace.app.verification_token,
        "team_id": user.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": hidden.get(channel.family, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app.app_id,
        "is_enterprise_install": "false",
        "response_url": new_response_url(workspace, user.id, channel.id),
        "trigger_id": new_trigger(workspace, user.id),
    }


def message_click(workspace: Workspace, user: User, channel: Channel, message: Message, action: Json) -> Json:
    """`block_actions` from a message; an ephemeral one is not shown again in the payload."""
    private = message.ephemeral_to is not None
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": private,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    url = new_response_url(workspace, user.id, channel.id, message_ts=message.ts, ephemeral=private)
    payload = {
        **_person(workspace, "block_actions", user),
        "container": container,
        "channel": _channel(workspace, channel),
        "state": {"values": message.states.get(user.id) or initial_state(message.blocks)},
        "response_url": url,
        "actions": [action],
    }
    return payload if private else {**payload, "message": message_json(workspace, message, metadata=True)}


def view_click(workspace: Workspace, user: User, view: View, action: Json) -> Json:
    """`block_actions` from a modal or Home tab."""
    return {
        **_person(workspace, "block_actions", user),
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(workspace, view),
        "actions": [action],
    }


def view_submission(workspace: Workspace, user: User, view: View) -> Json:
    """The submission of a modal with everything typed into it."""
    person = _person(workspace, "view_submission", user)
    return {**person, "view": view_json(workspace, view), "response_urls": []}


def view_closed(workspace: Workspace, user: User, view: View, *, cleared: bool) -> Json:
    """The news that a modal was put away; it carries no trigger."""
    person = _person(workspace, "view_closed", user)
    del person["trigger_id"]
    return {**person, "view": view_json(workspace, view), "is_cleared": cleared}


def shortcut(workspace: Workspace, user: User, callback_id: str) -> Json:
    """A global shortcut."""
    person = _person(workspace, "shortcut", user)
    return {**person, "callback_id": callback_id, "action_ts": workspace.new_ts()}


def message_shortcut(
    workspace: Workspace, user: User, callback_id: str, channel: Channel, message: Message
) -> Json:
    """A shortcut chosen from a message's menu."""
    return {
        **_person(workspace, "message_action", user),
        "callback_id": callback_id,
        "action_ts": workspace.new_ts(),
        "message_ts": message.ts,
        "channel": _channel(workspace, channel),
        "message": message_json(workspace, message),
        "response_url": new_response_url(workspace, user.id, channel.id),
    }


def home_opened(workspace: Workspace, user: User, channel: Channel, tab: str = "home") -> Json:
    """The event of somebody looking at a tab of the app; a Home tab published before comes with it."""
    event: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": tab}
    home = workspace.homes.get(user.id) if tab == "home" else None
    return {**event, **({"view": view_json(workspace, home)} if home else {})}


def _person(workspace: Workspace, kind: str, user: User) -> Json:
    return {
        "type": kind,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": workspace.app.app_id,
        "token": workspace.app.verification_token,
        "team": {"id": user.team_id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": new_trigger(workspace, user.id),
    }


def _channel(workspace: Workspace, channel: Channel) -> Json:
    shown = channel_json(workspace, channel)
    hidden = {"groups": "privategroup", "im": "directmessage"}
    return {"id": shown["id"], "name": hidden.get(channel.family, channel.name)}
