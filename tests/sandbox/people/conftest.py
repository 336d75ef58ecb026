from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.sandbox.people import Person
from bot.sandbox.slack import SlackServer, running, seeded_workspace
from tests.sandbox.slack.echo_bot import EchoBot, echo_bot


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with running(seeded_workspace(now=lambda: datetime.now(UTC), rate_limits=False)) as server:
        yield server


@pytest.fixture
async def bot(slack: SlackServer) -> AsyncIterator[EchoBot]:
    async with echo_bot(slack) as running_bot:
        yield running_bot


@pytest.fixture
def alice(slack: SlackServer) -> Person:
    return Person("Alice", "U01ALICE", slack.url)


@pytest.fixture
def bob(slack: SlackServer) -> Person:
    return Person("Bob", "U02BOB", slack.url)
