"""Adapters in working set-ups."""

from collections.abc import AsyncIterator

import pytest

from bot.controls.registry import ADAPTERS
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
