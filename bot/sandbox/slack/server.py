"""Serving the strict Slack over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from bot.sandbox.slack.app import create_app
from bot.sandbox.slack.connection import DroppableProtocol
from bot.sandbox.slack.workspace import Workspace

LOOPBACK = "127.0.0.1"


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
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.lifespan.shutdown()
        for one in sockets or []:
            one.close()


@asynccontextmanager
async def running(workspace: Workspace, *, port: int = 0) -> AsyncIterator[SlackServer]:
    """Serve this workspace in the running loop until the block ends; port 0 takes a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    workspace.base_url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(workspace),
        http=DroppableProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        log_level="error",
        date_header=False,
        server_header=False,
    )
    server = _Server(config)
    serving = server._serve([listener])  # noqa: SLF001 - serve() would take over the process's signals
    task = asyncio.get_running_loop().create_task(serving)
    try:
        await server.ready.wait()
        yield SlackServer(workspace, workspace.base_url)
    finally:
        server.stop()
        await task
