"""Somebody at a terminal who types what a document says, word for word but for what is theirs."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.readme.documents import ROOT, Block

PATIENCE = 60.0
STAYS = ("breakwater serve", "breakwater web", "breakwater worker", "python -m bot.sandbox.marketplace")

# Two documents say the same; once typed, nothing has changed that it would answer otherwise.
AGAIN = ("breakwater check", "breakwater reload", "breakwater runbook")


@dataclass
class Terminal:
    """A shell in a checkout of its own. `theirs` puts this reader's own values in place of the document's.

    What stays in the foreground runs on in another terminal until `end`; `typed` is every block typed.
    """

    home: Path
    env: dict[str, str]
    theirs: Mapping[str, str]
    typed: list[Block] = field(default_factory=list)
    windows: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)

    async def type(self, *blocks: Block, may_fail: bool = False) -> str:
        """Type blocks, in order; what they answered. Raises AssertionError for a command that fails."""
        said = ""
        for block in blocks:
            self.typed.append(block)
            for command in block.commands:
                said += await self._one(self._mine(command), may_fail=may_fail)
        return said

    async def end(self, *commands: str) -> None:
        """Ctrl-C in the windows of these commands, or in all of them; each ends by itself, and well."""
        for command in commands or tuple(self.windows):
            process = self.windows.pop(command)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                await process.wait()
            assert process.returncode in (0, -signal.SIGTERM), f"{command}: {self.log(command)}"

    async def kill(self) -> None:
        """Whatever happens, nothing is left."""
        for process in self.windows.values():
            if process.returncode is None:
                process.kill()
            await process.wait()
        self.windows.clear()

    def log(self, command: str) -> str:
        return self._log(command).read_text()[-4000:]

    async def until_ready(self, url: str, *commands: str) -> None:
        """Wait until a page answers with success. Raises AssertionError, with what the commands say."""
        last = ""
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(int(PATIENCE / 0.1)):
                ended = [c for c in commands if self.windows[c].returncode is not None]
                assert not ended, "\n".join(self.log(c) for c in ended)
                try:
                    answer = await client.get(url)
                except httpx.HTTPError as error:
                    last = type(error).__name__
                else:
                    if answer.is_success:
                        return
                    last = answer.text
                await asyncio.sleep(0.1)
        raise AssertionError(f"{url} is not ready: {last}\n" + "\n".join(self.log(c) for c in commands))

    def _mine(self, command: str) -> str:
        for word, mine in self.theirs.items():
            command = command.replace(word, mine)
        return command

    async def _one(self, command: str, *, may_fail: bool) -> str:
        if command == ".ci/run":
            command = f"bash -n {ROOT / command}"
        if command.startswith("make "):
            command = f"make --dry-run --directory={ROOT} {command.removeprefix('make ')}"
        if command.removeprefix("MARKETPLACE_TOKEN=made-up ").startswith(STAYS):
            await self._open_window(command)
            return ""
        if command.startswith("export "):
            await self._export(command)
            return ""
        if command in self.answered and command.startswith(AGAIN):
            return self.answered[command]
        process = await self._start(command)
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        assert may_fail or process.returncode == 0, f"{command}\n{out.decode()}{err.decode()}"
        self.answered[command] = out.decode()
        return self.answered[command]

    async def _open_window(self, command: str) -> None:
        # `exec`, so that a signal reaches the program itself.
        words = command.removeprefix("MARKETPLACE_TOKEN=made-up ")
        env = self.env | ({"MARKETPLACE_TOKEN": "made-up"} if words != command else {})
        with self._log(command).open("ab") as log:
            self.windows[command] = await asyncio.create_subprocess_exec(
                "bash", "-c", f"exec {words}", cwd=self.home, env=env, stdout=log, stderr=log
            )

    async def _export(self, command: str) -> None:
        process = await self._start(f"{command}; env -0")
        out, _ = await process.communicate()
        assert process.returncode == 0, command
        self.env = dict(line.split("=", 1) for line in out.decode().split("\0") if "=" in line)

    async def _start(self, command: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            "bash", "-c", command, cwd=self.home, env=self.env, stdout=pipe, stderr=pipe
        )

    def _log(self, command: str) -> Path:
        return self.home / f"{'-'.join(command.split()[:2]).replace('/', '_')}.log"


def checkout(folder: Path) -> Path:
    """What a reader has cloned, with `make install` done."""
    for name in ("runbooks", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


def plain_env(**more: str) -> dict[str, str]:
    """A shell's, without anything of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    quiet = {"LOG_FORMAT": "json", "NO_COLOR": "1", "COLUMNS": "200"}
    return {**kept, **quiet, "PYTHONPATH": str(ROOT), **more}
