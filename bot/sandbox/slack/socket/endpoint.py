"""Where the app's WebSockets arrive, on a port of its own, as Slack's are on a host of their own."""

from __future__ import annotations

import asyncio
import secrets

from aiohttp import web

from bot.sandbox.slack.socket.connection import FRAME_BYTES, Connection
from bot.sandbox.slack.socket.hub import Hub

LOOPBACK = "127.0.0.1"
TICKET_SECONDS = 30.0


class Endpoint:
    """Hands out addresses with a ticket for one connection each, and lets those in who have one."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._tickets: dict[str, float] = {}
        self._number = 0

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        app = web.Application()
        app.router.add_get("/link/", self._link)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    def new_url(self) -> str:
        """An address for one connection, good for half a minute."""
        ticket = secrets.token_hex(8)
        self._tickets[ticket] = asyncio.get_running_loop().time() + TICKET_SECONDS
        app_id = self.hub.workspace.app.app_id
        return f"ws://{LOOPBACK}:{self._port}/link/?ticket={ticket}&app_id={app_id}"

    async def _link(self, request: web.Request) -> web.StreamResponse:
        until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if asyncio.get_running_loop().time() > until:
            raise web.HTTPForbidden(text="invalid ticket")
        ws = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=FRAME_BYTES, timeout=1.0)
        await ws.prepare(request)
        self._number += 1
        await self.hub.stands(Connection(self._number, ws, request, self.hub.workspace.now()))
        return ws
