"""The console's ASGI application: the page and its files, the way to the strict Slack, the world's routes."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from bot.sandbox.console.door import Door
from bot.sandbox.console.files import page, static
from bot.sandbox.console.relay import Relay


def create_console(
    slack_url: str,
    world_routes: Sequence[BaseRoute] = (),
    *,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """One page on loopback: `/`, its files under `/console/static/`, deeds under `/console/slack/`.

    `slack_url` is where the strict Slack is reached. `world_routes` are mounted as they are (paths under
    `/console/world/`), behind the same checks: loopback Host, own origin, JSON for whatever changes
    something, and a Content-Security-Policy of 'self' alone. `lifespan` runs as long as the application.

    The page imports `/console/static/world/world.js`, when it is there, and calls
    `mount(element, {announce, theme})`: `announce(sentence)` speaks to screen readers, `theme.name` is
    `light` or `dark` as shown, `theme.subscribe(listener)` gives a function that ends the subscription.
    """
    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(Door)],
        routes=[
            Route("/", page, methods=["GET"]),
            *Relay(slack_url).routes(),
            *world_routes,
            Route("/console/static/{path:path}", static, methods=["GET"]),
        ],
    )
