"""The ASGI application: the Web API, the URLs that Slack hands out, and the driver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from bot.sandbox.slack.courier import Courier
from bot.sandbox.slack.driver.routes import driver_routes
from bot.sandbox.slack.driver.seen import Desk
from bot.sandbox.slack.outside import Outside
from bot.sandbox.slack.socket.endpoint import Endpoint
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.workspace import Workspace


def create_app(workspace: Workspace) -> Starlette:
    """One Slack for one workspace.

    Serve it with `DroppableProtocol` (as `running` and `python -m bot.sandbox.slack` do), without which
    connections cannot be dropped; `workspace.base_url` must be the address it is reached at.
    """
    courier = Courier(workspace)
    endpoint = Endpoint(courier.hub)
    outside = Outside(workspace)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        workspace.on_event, workspace.new_socket_url = courier.send_event, endpoint.new_url
        await endpoint.start()
        yield
        await courier.close()
        await endpoint.stop()

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/api/{method}", WebApi(workspace).__call__, methods=["GET", "POST"]),
            Route("/response/{name:path}", outside.respond, methods=["POST"]),
            Route("/upload/{number}", outside.upload, methods=["POST"]),
            Route("/files/{number}", outside.file, methods=["GET"]),
            *driver_routes(Desk(workspace, courier)),
        ],
    )
