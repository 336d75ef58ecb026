from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackServer, Workspace, running, seeded_workspace
from tests.sandbox.slack.echo_bot import EchoBot, echo_bot

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Clock:
    """Business time that moves only when told to."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return seeded_workspace(now=clock, rate_limits=False)


@pytest.fixture
async def slack(workspace: Workspace) -> AsyncIterator[SlackServer]:
    async with running(workspace) as server:
        yield server


@pytest.fixture
def client(slack: SlackServer) -> AsyncWebClient:
    """The real SDK, pointed at the strict Slack."""
    return AsyncWebClient(token=slack.workspace.app.bot_token, base_url=slack.api_url)


@pytest.fixture
async def bot(slack: SlackServer) -> AsyncIterator[EchoBot]:
    async with echo_bot(slack) as running_bot:
        yield running_bot
