"""Real HTTP on loopback for an ASGI application, in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

Connections = dict[tuple[str, int], asyncio.Transport]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # signals belong to pytest


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[tuple[str, Callable[[tuple[str, int]], None]]]:
    """Serve `app`; gives its base URL and a way to cut a client's connection without an answer."""
    connections: Connections = {}

    class Cuttable(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            connections[transport.get_extra_info("peername")] = transport
            super().connection_made(transport)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = _Server(uvicorn.Config(app, http=Cuttable, ws="none", lifespan="auto", log_config=None))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with asyncio.timeout(10):
                while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag and no event
                    await asyncio.sleep(0.005)
            yield f"http://127.0.0.1:{port}", lambda peer: connections[tuple(peer)].abort()  # type: ignore[index]
        finally:
            server.should_exit = True
            await running
