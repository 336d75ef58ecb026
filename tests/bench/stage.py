"""What is measured: `python -m bot serve` on SQLite, with a strict Slack and a marketplace beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from bot.sandbox.staging.process import Process
from bot.sandbox.staging.stage import answers
from bot.sandbox.staging.world import ROOT, Pace, World, free_ports
from tests.bench.wire import Wire

SLACK_MS, SERVICE_MS = 150, 50
APP_TOKEN = "xapp-1-bench"
# Twelve of the shipped controls: those that protected mode moves, without the last four.
LEFT_OUT = ("api.public_rps", "rebalancing", "promo.payouts", "change_freeze")
CONTROLS = 12


@dataclass(frozen=True, slots=True)
class Stage:
    """The three processes; `wire` speaks to the bot as Slack does."""

    world: World
    wire: Wire
    bot: Process

    async def slack(self, deed: str, **body: Any) -> Any:
        """One of the strict Slack's own endpoints; without a body it is read."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            url = f"{self.world.slack_url}/sandbox/{deed}"
            answer = await (client.post(url, json=body) if body else client.get(url))
        answer.raise_for_status()
        return answer.json()

    async def service(self, **settings: Any) -> None:
        """Set the marketplace's latency."""
        headers = {"Authorization": f"Bearer {self.world.market_token}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers, timeout=30) as client:
            url = f"{self.world.market_url}/sandbox/settings"
            (await client.post(url, json=settings)).raise_for_status()

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the bot's database, by another door."""
        with closing(sqlite3.connect(f"file:{self.world.work / 'breakwater.db'}?mode=ro", uri=True)) as one:
            return one.execute(query, values).fetchall()

    async def idle(self, within: float = 60) -> None:
        """Wait until nothing is due but looks that come again."""
        due = "SELECT count(*) FROM job WHERE dead_at IS NULL AND (lease_until IS NOT NULL OR due <= ?)"
        async with asyncio.timeout(within):
            quiet = 0
            while quiet < 5:  # looks in a row
                now = int(datetime.now(UTC).timestamp() * 1000)
                quiet = 0 if self.ask(due, now)[0][0] else quiet + 1
                await asyncio.sleep(0.1)

    def memory_mb(self) -> float:
        """The bot's resident memory now."""
        return psutil.Process(self.bot.pids[-1]).memory_info().rss / 2**20


@asynccontextmanager
async def stage(work: Path, *, socket_mode: bool = False) -> AsyncIterator[Stage]:
    """Start everything; nothing of it is left afterwards."""
    world = World(work, 7, Pace(datetime.now(UTC), 1), free_ports())
    runbooks = _runbooks(work / "runbooks")
    slack = [*world.slack_arguments(), "--latency-ms", str(SLACK_MS)]
    bot = _as_shipped(world.bot_env(), runbooks)
    if socket_mode:
        slack += ["--socket", "--app-token", APP_TOKEN]
        bot |= {"SLACK_MODE": "socket", "SLACK_APP_TOKEN": APP_TOKEN}
    market = ["bot.sandbox.marketplace", "--port", str(world.ports[1]), "--paused"]
    made = (
        Process("slack", slack, world.slack_env(), work / "slack.log", work),
        Process("marketplace", market, world.market_env(), work / "marketplace.log", work),
        Process("bot", ["bot", "serve"], bot, work / "bot.log", work),
    )
    try:
        for process in made:
            await process.start()
        await answers(made[1], f"{world.market_url}/healthz")
        await answers(made[0], f"{world.slack_url}/sandbox/people")
        await answers(made[2], f"{world.bot_url}/readyz")
        yield Stage(world, Wire(world.bot_url, world.signing_secret), made[2])
    finally:
        await asyncio.gather(*(process.end() for process in made))


def _as_shipped(env: Mapping[str, str], runbooks: Path) -> dict[str, str]:
    """The demo's environment at the wall's pace, with the defaults of an installation."""
    hurried = ("TIME_SCALE", "TIME_ORIGIN", "WATCH_EVERY", "LEASE")
    return {k: v for k, v in env.items() if k not in hurried} | {"RUNBOOKS_DIR": str(runbooks)}


def _runbooks(folder: Path) -> Path:
    """The shipped content with twelve controls in protected mode."""
    for source in (ROOT / "runbooks").rglob("*.yaml"):
        made = folder / source.relative_to(ROOT / "runbooks")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(source.read_text())
    path = folder / "platform" / "modes.yaml"
    content = yaml.safe_load(path.read_text())
    for mode in content["modes"].values():
        for control in LEFT_OUT:
            mode.get("levels", {}).pop(control, None)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return folder
