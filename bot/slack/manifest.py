"""What a workspace is asked for: the app manifest for Slack over HTTP."""

from __future__ import annotations

from typing import Any

COMMANDS = {
    "/incident": ("Declare and run an incident", "declare | status | step | help"),
    "/protected-mode": ("Limit what can leave the platform", "on | off | status"),
    "/control": ("See and tighten single controls", "list | show | set | release"),
}
SCOPES = (
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:write",
    "pins:write",
    "users:read",
)


def manifest(public_url: str) -> dict[str, Any]:
    """The manifest; `public_url` is where the web process is reached, without a slash at its end.

    `should_escape` makes Slack hand `@bob` over as an id, which survives a change of name.
    """
    endpoint = f"{public_url.rstrip('/')}/slack/events"
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Breakwater",
            "description": "Runs liquidity incidents: runbook, controls, approvals, words",
            "background_color": "#0b3d4f",
        },
        "features": {
            "bot_user": {"display_name": "Breakwater", "always_online": True},
            "slash_commands": [_command(name, endpoint) for name in COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True, "request_url": endpoint},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }


def _command(name: str, endpoint: str) -> dict[str, Any]:
    description, hint = COMMANDS[name]
    return {
        "command": name,
        "url": endpoint,
        "description": description,
        "usage_hint": hint,
        "should_escape": True,
    }
