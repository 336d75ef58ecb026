from collections.abc import AsyncIterator

import pytest

from tests.slack.support.world import World, a_world


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    async with a_world(sqlite_url) as found:
        yield found
        assert found.refusals() == []
