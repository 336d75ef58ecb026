"""The commands that run until they are stopped."""

from __future__ import annotations

import asyncio

from bot.bootstrap.logs import set_up_logs
from bot.bootstrap.roles import Start, run_both, run_web, run_worker
from bot.bootstrap.settings import read_settings


def serve() -> None:
    """Web and worker in one process."""
    _run(run_both)


def web() -> None:
    """The web process."""
    _run(run_web)


def worker() -> None:
    """A worker process."""
    _run(run_worker)


def _run(start: Start) -> None:
    settings = read_settings()
    set_up_logs(settings.logs)
    asyncio.run(start(settings))
