"""Real services as processes of their own, on free loopback ports."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.real import absent

PATIENCE = 20.0


def program(name: str) -> str:
    """Where a program is: beside this Python, or on the path; absent, the test is skipped or fails."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name) or shutil.which(name, path="/usr/sbin")
    return found or absent(name, "there is no such program")


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Process:
    """A program that can be stopped and started again as it was."""

    argv: Sequence[str]
    ports: Sequence[int]
    log: Path
    env: dict[str, str] | None = None
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it and wait until it listens."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603 - the argv is the test's own
                self.argv, stdout=log, stderr=log, env=self.env
            )
        until = time.monotonic() + PATIENCE
        waiting = list(self.ports)
        while waiting:
            if self._running.poll() is not None or time.monotonic() > until:
                self.stop()
                raise AssertionError(f"{self.argv[0]} does not run:\n{self.log.read_text()[-2000:]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", waiting[0]), 0.2):
                waiting.pop(0)

    def stop(self) -> None:
        """End it, and wait for that."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(10)
            self._running = None

    def restart(self) -> None:
        """As an operator or a crash would."""
        self.stop()
        self.start()


@contextlib.contextmanager
def running(process: Process) -> Iterator[Process]:
    """The process for as long as the block runs."""
    process.start()
    try:
        yield process
    finally:
        process.stop()
