"""What a workspace is asked for: the app manifest, for Slack over HTTP and over Socket Mode."""

from __future__ import annotations

from typing import Any

from bot.slack.ids import Shortcut

COMMANDS = {
    "/incident": ("Declare and run an incident", "declare | status | step | help"),
    "/protected-mode": ("Limit what can leave the platform", "on | off | extend | status"),
    "/control": (
        "See and tighten single controls",
        "list | show | set | tighten | loosen | release | withdraw | freeze | unfreeze",
    ),
}
SHORTCUTS = (
    {
        "callback_id": Shortcut.DECLARE.value,
        "type": "global",
        "name": "Declare incident",
        "description": "Open an incident",
    },
    {
        "callback_id": Shortcut.DECLARE_FROM_MESSAGE.value,
        "type": "message",
        "name": "Declare incident",
        "description": "Keep this message as evidence",
    },
)
EVENTS = ("app_home_opened",)
SCOPES = (
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:write",
    "pins:write",
    "usergroups:read",
    "users:read",
)


def manifest(public_url: str | None) -> dict[str, Any]:
    """The manifest; `public_url` is where the web process is reached, None over Socket Mode.

    `should_escape` makes Slack hand `@bob` over as an id, which survives a change of name.
    """
    endpoint = {} if public_url is None else {"url": f"{public_url.rstrip('/')}/slack/events"}
    request_url = {f"request_{name}": url for name, url in endpoint.items()}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Breakwater",
            "description": "Runs liquidity incidents: runbook, controls, approvals, words",
            "background_color": "#0b3d4f",
        },
        "features": {
            "bot_user": {"display_name": "Breakwater", "always_online": True},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "shortcuts": [dict(shortcut) for shortcut in SHORTCUTS],
            "slash_commands": [_command(name, endpoint) for name in COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": public_url is None,
            "token_rotation_enabled": False,
        },
    }


def _command(name: str, endpoint: dict[str, str]) -> dict[str, Any]:
    description, hint = COMMANDS[name]
    return {
        "command": name,
        **endpoint,
        "description": description,
        "usage_hint": hint,
        "should_escape": True,
    }
