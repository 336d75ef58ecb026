"""A stage: the strict Slack, the marketplace and the bot, each a process on a free loopback port."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from bot.sandbox.staging.content import make_content, written
from bot.sandbox.staging.process import Process, StageError
from bot.sandbox.staging.world import World

READY_WITHIN = 45.0
LOOK_EVERY = 0.05
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Stage:
    """Everything that runs; `async with` it, and nothing of it is left afterwards.

    `logs` keeps what the processes say. Raises StageError when a part does not come up.
    """

    def __init__(self, world: World, logs: Path) -> None:
        self.world, self.logs = world, logs
        made = (
            ("slack", world.slack_arguments(), world.slack_env()),
            ("marketplace", world.market_arguments(), world.market_env()),
            ("bot", ["bot", "serve"], world.bot_env()),
        )
        self.slack, self.market, self.bot = (
            Process(name, arguments, env, logs / f"{name}.log", world.work, leash=world.leash)
            for name, arguments, env in made
        )

    @property
    def processes(self) -> tuple[Process, ...]:
        """All of them, the bot last."""
        return (self.slack, self.market, self.bot)

    async def __aenter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        runbooks = self.world.work / "runbooks"
        make_content(self.world.root / "runbooks", runbooks, written(self.world.overrides))
        try:
            await asyncio.gather(*(process.start() for process in self.processes))
            await answers(self.slack, f"{self.world.slack_url}/sandbox/people")
            await answers(self.market, f"{self.world.market_url}/healthz")
            await self.bot_ready()
        # Ctrl-C too must leave no process behind; the error goes on.
        except BaseException:
            await self.strike()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.strike()

    async def bot_ready(self) -> None:
        """Wait until the bot says that it is ready. Raises StageError."""
        await answers(self.bot, f"{self.world.bot_url}/readyz")

    async def revive_bot(self) -> float:
        """Start the killed bot again; how many seconds it took to be ready."""
        began = asyncio.get_running_loop().time()
        await self.bot.start()
        await self.bot_ready()
        return asyncio.get_running_loop().time() - began

    async def breakwater(self, *arguments: str) -> tuple[int, str]:
        """Run the command line beside the bot, as its operator would; exit status and what it said."""
        log = self.logs / f"breakwater-{'-'.join(arguments[:2])}.log"
        log.unlink(missing_ok=True)
        command = Process("breakwater", ["bot", *arguments], self.world.bot_env(), log, self.world.work)
        await command.start()
        try:
            status = await command.ended()
        finally:
            await command.end()
        return status, command.last_words()

    async def strike(self) -> None:
        """End everything, whatever happens meanwhile."""
        await asyncio.shield(asyncio.gather(*(process.end() for process in self.processes)))


async def answers(process: Process, url: str, within: float = READY_WITHIN) -> None:
    """Wait until a process answers with success. Raises StageError when it ends first or takes too long."""
    until = asyncio.get_running_loop().time() + within
    last = "no answer"
    while asyncio.get_running_loop().time() < until:
        process.must_run()
        try:
            async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=5) as client:
                answer = await client.get(url)
            if answer.is_success:
                return
            last = answer.text[:500]
        except httpx.HTTPError as error:
            last = type(error).__name__
        await asyncio.sleep(LOOK_EVERY)
    raise StageError(f"{process.name} is not ready after {within:g} s ({last}):\n{process.last_words()}")


def tidy(work: Path) -> None:
    """Remove what need not be kept."""
    shutil.rmtree(work, ignore_errors=True)
