from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from bot.sandbox.console.app import create_console
from bot.sandbox.people import Person
from bot.sandbox.slack import SlackServer, listen, running, seeded_workspace, serving
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
async def console(slack: SlackServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the console, which is served over real HTTP."""
    async with (
        serving(create_console(slack.url), listen()) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield client
