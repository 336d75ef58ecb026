from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from bot.sandbox.marketplace.app import build_app
from bot.sandbox.marketplace.front import Connections
from bot.sandbox.marketplace.world import World
from tests.sandbox.marketplace.harness import (
    AUTHORISED,
    TOKEN,
    Clock,
    Shop,
    make_plan,
    make_world,
    serving,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    return make_world(clock)


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """In process: for everything but a connection that is cut."""
    transport = httpx.ASGITransport(build_app(world, make_plan(), token=TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=AUTHORISED) as client:
        yield client


@pytest.fixture
def shop(world: World) -> Iterator[Shop]:
    """Over real HTTP."""
    connections = Connections()
    app = build_app(world, make_plan(), token=TOKEN, connections=connections)
    with (
        serving(app, connections.protocol()) as address,
        httpx.Client(base_url=address, headers=AUTHORISED, timeout=5, trust_env=False) as client,
    ):
        yield Shop(client)
