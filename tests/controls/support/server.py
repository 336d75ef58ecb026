"""Real HTTP on loopback for an ASGI application, in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[tuple[str, Callable[[Peer], None]]]:
    """Serve `app`; gives its base URL and a way to cut a client's connection without an answer."""
    connections: dict[Peer, asyncio.Transport] = {}

    class Cuttable(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
            connections[transport.get_extra_info("peername")] = transport
            super().connection_made(transport)

    config = uvicorn.Config(
        app, http=Cuttable, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=2
    )
    config.load()
    server = uvicorn.Server(config)
    # `serve` would take over the signals, which are pytest's, and poll for its end.
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", lambda peer: connections[peer].abort()
        finally:
            await server.shutdown(sockets=[listener])
