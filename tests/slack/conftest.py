from collections.abc import AsyncIterator

import pytest

from tests.slack.support.world import World, a_world


@pytest.fixture
async def world(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-as-in-production")  # Bolt reads it unless it is told not to
    async with a_world(sqlite_url) as found:
        yield found
        assert found.refusals() == []
