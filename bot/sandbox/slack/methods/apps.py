"""`apps.connections.open`, the one method that takes the app-level token."""

from __future__ import annotations

from bot.sandbox.slack.methods.registry import Call, Method
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.rates import TIER_3


def connections_open(call: Call) -> Json:
    """An address for one more connection. Socket Mode being off shows only there (`link_disabled`)."""
    return {"ok": True, "url": call.workspace.new_socket_url()}


METHODS = (Method("apps.connections.open", connections_open, "connections:write", TIER_3, app_level=True),)
