"""The commands that run until they are stopped."""

from __future__ import annotations

import asyncio

import typer

from bot.bootstrap.logs import set_up_logs
from bot.bootstrap.roles import Start, run_both, run_web, run_worker
from bot.bootstrap.settings import read_settings


def add_to(app: typer.Typer) -> None:
    """Add `serve`, `web` and `worker`."""

    @app.command()
    def serve() -> None:
        """Run web and worker in one process, on SQLite unless DATABASE_URL says otherwise."""
        _run(run_both)

    @app.command()
    def web() -> None:
        """Answer Slack, signals and the status page."""
        _run(run_web)

    @app.command()
    def worker() -> None:
        """Carry out jobs: actuation, deadlines, Slack messages, publications. Run as many as you like."""
        _run(run_worker)


def _run(start: Start) -> None:
    settings = read_settings()
    set_up_logs(settings.logs)
    asyncio.run(start(settings))
