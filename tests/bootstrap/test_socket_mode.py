"""`breakwater serve` with SLACK_MODE=socket, as a process: Slack away, Slack there, and told to stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.sandbox.people import Person
from bot.sandbox.slack import running, seeded_workspace
from bot.sandbox.staging.process import Process
from bot.sandbox.staging.stage import answers
from bot.sandbox.staging.world import ROOT, Pace, World, free_ports

APP_TOKEN = "xapp-1-sandbox-app-token"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, 7, Pace(datetime.now(UTC), 1), free_ports())


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Process]:
    told = {
        "SLACK_MODE": "socket",
        "SLACK_APP_TOKEN": APP_TOKEN,
        "RUNBOOKS_DIR": str(ROOT / "runbooks"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    env = world.bot_env() | told
    del env["SLACK_SIGNING_SECRET"]
    process = Process("bot", ["bot", "serve"], env, world.work / "bot.log", world.work)
    await process.start()
    yield process
    await process.end()


async def get(world: World, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"{world.bot_url}{path}")


async def test_it_serves_without_slack_takes_commands_once_slack_is_there_and_ends_cleanly(
    world: World, bot: Process
) -> None:
    await answers(bot, f"{world.bot_url}/healthz")
    assert (await get(world, "/status")).status_code == 200
    checks = (await get(world, "/readyz")).json()["checks"]
    assert "Socket Mode has no connection: Slack cannot be reached" in checks["slack_socket"]["detail"]
    async with httpx.AsyncClient(trust_env=False) as client:
        over_http = await client.post(f"{world.bot_url}/slack/events")
    assert over_http.status_code == 503
    assert "SLACK_MODE=http" in over_http.json()["detail"]

    workspace = seeded_workspace(now=lambda: datetime.now(UTC), rate_limits=False)
    workspace.app.socket_mode, workspace.app.bot_token = True, world.bot_token
    async with running(workspace, port=world.ports[0]) as slack:
        await answers(bot, f"{world.bot_url}/readyz")
        answer = await Person("Alice", "U01ALICE", slack.url).command("/incident list", "general")
        assert "No incident is open" in answer.reply
        os.kill(bot.pids[-1], signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await bot.ended() == 0
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{slack.url}/sandbox/sockets")).json()["sockets"] == []
    assert "Traceback" not in bot.last_words()
