"""The strings behind Socket Mode: its switch, its connections and their trouble."""

from __future__ import annotations

from bot.sandbox.slack.driver.reading import Query
from bot.sandbox.slack.driver.requests import Settings, SocketOrder
from bot.sandbox.slack.driver.seen import Desk
from bot.sandbox.slack.model import Json

SWITCHES = ("socket_mode", "max_sockets", "connection_seconds", "warning_seconds")


def list_sockets(desk: Desk, _query: Query) -> Json:
    """The connections that stand, oldest first."""
    shown = [connection.as_json() for connection in desk.courier.hub.connections]
    return {"ok": True, "sockets": shown}


async def order_trouble(desk: Desk, order: SocketOrder) -> Json:
    """Carry the order out; the answer says how many connections it struck."""
    struck = await desk.courier.hub.order(order.do, order.reason, order.number)
    return {"ok": True, "struck": struck}


async def switch(desk: Desk, wanted: Settings) -> Json:
    """Change what the body names of Socket Mode; switched off, it ends every connection."""
    app, hub = desk.workspace.app, desk.courier.hub
    was_on = app.socket_mode
    for name in SWITCHES:
        value = getattr(wanted, name)
        if value is not None:
            setattr(app, name, value)
    if was_on and not app.socket_mode:
        await hub.order("disconnect", "link_disabled", None)
    return {name: getattr(app, name) for name in SWITCHES}
