"""Serving the strict Slack over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from bot.sandbox.slack.app import create_app
from bot.sandbox.slack.connection import DroppableProtocol
from bot.sandbox.slack.workspace import Workspace

LOOPBACK = "127.0.0.1"
LAST_WORDS = 0.1


@dataclass(frozen=True)
class SlackServer:
    """A strict Slack that listens: `url` for people and faults, `api_url` for the app's Web API client."""

    workspace: Workspace
    url: str

    @property
    def api_url(self) -> str:
        """The value of SLACK_API_BASE_URL."""
        return f"{self.url}/api/"


class _Server(uvicorn.Server):
    """Stops at once: a test must not wait for open connections to say goodbye."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()
        self.ready = asyncio.Event()

    def stop(self) -> None:
        self._stop.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        if tasks:
            # A stream whose reader is gone ends by itself; cancelled, it would be reported as broken.
            await asyncio.wait(tasks, timeout=LAST_WORDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.lifespan.shutdown()
        for one in sockets or []:
            one.close()


def listen(port: int = 0) -> socket.socket:
    """A bound socket on loopback; port 0 takes a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    return listener


def url_of(listener: socket.socket) -> str:
    """The address at which a bound socket is reached."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[str]:
    """Serve any ASGI application in the running loop until the block ends; gives its URL."""
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        lifespan="auto",
        log_config=None,
        access_log=False,
        log_level="error",
        date_header=False,
        server_header=False,
    )
    server = _Server(config)
    work = server._serve([listener])  # noqa: SLF001 - serve() would take over the process's signals
    task = asyncio.get_running_loop().create_task(work)
    try:
        await server.ready.wait()
        yield url_of(listener)
    finally:
        server.stop()
        await task


@asynccontextmanager
async def running(workspace: Workspace, *, port: int = 0) -> AsyncIterator[SlackServer]:
    """Serve this workspace in the running loop until the block ends; port 0 takes a free one."""
    listener = listen(port)
    workspace.base_url = url_of(listener)
    async with serving(create_app(workspace), listener) as url:
        yield SlackServer(workspace, url)
