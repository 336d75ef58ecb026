"""Adapters in working set-ups."""

from collections.abc import AsyncIterator, Iterator

import pytest
import respx

from bot.controls.registry import ADAPTERS
from tests.controls.support.market import SMALL
from tests.controls.support.rigs import RIGS, Rig, WireRig, over_http


@pytest.fixture(params=sorted(ADAPTERS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Each registered kind in turn; one that lacks a rig fails here by its name."""
    async with RIGS[request.param]() as made:
        yield made


@pytest.fixture
async def wire() -> AsyncIterator[WireRig]:
    """The HTTP adapter and a service that misbehaves to order."""
    async with over_http() as made:
        yield made


@pytest.fixture
def market() -> Iterator[respx.MockRouter]:
    """Records what is sent to any address and answers with a setting."""
    with respx.mock(assert_all_called=False) as router:
        router.route().respond(200, json={**SMALL, "generation": "3/16"}, headers={"ETag": '"7-ab12"'})
        yield router
