from collections.abc import AsyncIterator
from typing import get_args

import pytest

from tests.slack.support.transport import Transport
from tests.slack.support.world import World, a_world


@pytest.fixture
async def world(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-as-in-production")  # Bolt reads it unless it is told not to
    async with a_world(sqlite_url) as found:
        yield found
        assert found.refusals() == []


@pytest.fixture
async def socket_world(sqlite_url: str) -> AsyncIterator[World]:
    """The same over Socket Mode."""
    async with a_world(sqlite_url, transport="socket") as found:
        yield found
        assert found.refusals() == []


@pytest.fixture(params=get_args(Transport))
async def either_world(sqlite_url: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Over HTTP, and again over Socket Mode."""
    async with a_world(sqlite_url, transport=request.param) as found:
        yield found
        assert found.refusals() == []
