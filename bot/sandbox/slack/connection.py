"""Closing a connection without a word, as a failing network does."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also hands its transport to the application (`scope["state"]`)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport beside uvicorn's own state."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Nothing(Response):
    """A response that is never sent: the connection is already gone."""

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        """Send nothing."""


async def drop(request: Request) -> Response:
    """Close the caller's connection; uvicorn stays silent once it has seen it go."""
    transport: asyncio.Transport = request.scope["state"]["transport"]
    transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Nothing()
