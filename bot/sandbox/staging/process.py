"""One process of a sandbox world: started, watched, killed, and always ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 5.0
TAIL = 12
LEASH = "bot.sandbox.staging.leash"


class StageError(Exception):
    """A part of the world did not start, or ended by itself; the message holds its last words."""


@dataclass
class Process:
    """A Python module in a process group of its own; what it says goes to `log`.

    `patience` is how many seconds it may take to end when asked to. On a `leash` it also ends when this
    process does, however that ends.
    """

    name: str
    arguments: Sequence[str]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    patience: float = PATIENCE
    leash: bool = False
    pids: list[int] = field(default_factory=list)
    _running: asyncio.subprocess.Process | None = None

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs or before it was started."""
        return self._running.returncode if self._running else None

    async def start(self) -> None:
        """Start it, again if need be."""
        with self.log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *((LEASH,) if self.leash else ()),
                *self.arguments,
                env=dict(self.env),
                cwd=self.cwd,
                stdin=asyncio.subprocess.PIPE if self.leash else asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pids.append(self._running.pid)

    async def kill(self) -> int:
        """SIGKILL: no goodbye, nothing flushed. Returns its exit status."""
        if self._running is None:
            raise StageError(f"{self.name} was never started")
        _signal(self._running.pid, signal.SIGKILL)
        return await self._running.wait()

    async def ended(self) -> int:
        """Wait until it ends by itself; its exit status."""
        if self._running is None:
            raise StageError(f"{self.name} was never started")
        return await self._running.wait()

    async def end(self) -> None:
        """Ask it to end, and kill it and whatever it has started when it does not."""
        if self._running is None:
            return
        if self._running.returncode is None:
            _signal(self._running.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.patience):
                    await self._running.wait()
        _signal(self._running.pid, signal.SIGKILL)
        await self._running.wait()

    def strike(self) -> None:
        """SIGKILL at once and without waiting, for when there is no loop left to wait in."""
        if self._running is not None and self._running.returncode is None:
            _signal(self._running.pid, signal.SIGKILL)

    def must_run(self) -> None:
        """Raises StageError when it has ended."""
        if self._running is None or self._running.returncode is not None:
            raise StageError(f"{self.name} has ended with status {self.exit_status}:\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of its log."""
        if not self.log.exists():
            return "(it said nothing)"
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-TAIL:]) or "(it said nothing)"


def _signal(group: int, number: signal.Signals) -> None:
    """Signal a whole group of ours, the leader's children too; one that is gone already is as wished."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)
