"""The nursery of the crash test's workers: `python -m tests.crash.worker_main DATABASE_URL SERVICE_URL`.

For each name on standard input it forks a process and prints its pid: a worker with the real loop, actuator,
HTTP adapter and deadlines, on connections of its own. What would be drawn in Slack is drawn nowhere.
Forked, a worker lives within milliseconds, where a fresh interpreter takes a second. At the end of input
all are killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta

import structlog

from bot.domain.content import Content
from bot.slack.jobs import SLACK_KINDS
from bot.store import SqlQueue, open_database
from bot.usecases import work
from bot.usecases.ports import Again, Handler, Job
from bot.worker.actuate import Actuator
from bot.worker.loop import Worker
from bot.worker.time import deadline_handlers
from tests.crash.world import HABITS, WATCH, content, context, reach


async def drawn_nowhere(_job: Job) -> Again | None:
    return None


async def live(database_url: str, service_url: str, known: Content, name: str) -> None:
    """Work until SIGTERM."""
    database = open_database(database_url, patience=timedelta(seconds=10))
    queue = SqlQueue(database)
    ctx = context(database, known)
    handlers: dict[str, Handler] = {
        **dict.fromkeys((*SLACK_KINDS, "anchor"), drawn_nowhere),
        **deadline_handlers(ctx),
        "actuate": Actuator(ctx, reach(known, service_url), WATCH),
    }
    worker = Worker(queue, handlers, work.LANES, name=name, habits=HABITS)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    try:
        await worker.run()
    finally:
        await queue.close()
        await database.close()


def nurse(database_url: str, service_url: str) -> None:
    """Give birth until the end of input."""
    known = content(service_url)
    born: list[int] = []
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they vanish when they end
    try:
        while name := sys.stdin.readline().strip():
            pid = os.fork()
            if pid == 0:
                asyncio.run(live(database_url, service_url, known, name))
                os._exit(0)
            born.append(pid)
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
    finally:
        for pid in born:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    level = getattr(logging, os.environ.get("CRASH_LOG", "ERROR"))
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    nurse(*sys.argv[1:3])
