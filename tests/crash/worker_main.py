"""One worker of the crash test: `python -m tests.crash.worker_main DATABASE_URL SERVICE_URL NAME`.

The real loop, actuator, HTTP adapter and deadlines; what would be drawn in Slack is drawn nowhere. It says
`working` once it claims jobs, and ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import timedelta

import structlog

from bot.store import SqlQueue, open_database
from bot.usecases import work
from bot.usecases.ports import Again, Handler, Job
from bot.worker.actuate import Actuator
from bot.worker.loop import Worker
from bot.worker.time import deadline_handlers
from tests.crash.world import HABITS, WATCH, content, context, reach

SLACKS = ("card", "room", "invite", "proposal", "draft", "say", "page", "tell", "announcement", "anchor")


async def drawn_nowhere(_job: Job) -> Again | None:
    return None


async def main(database_url: str, service_url: str, name: str) -> None:
    known = content(service_url)
    database = open_database(database_url, patience=timedelta(seconds=10))
    queue = SqlQueue(database)
    ctx = context(database, known)
    handlers: dict[str, Handler] = {
        **dict.fromkeys(SLACKS, drawn_nowhere),
        **deadline_handlers(ctx),
        "actuate": Actuator(ctx, reach(known, service_url), WATCH),
    }
    worker = Worker(queue, handlers, work.LANES, name=name, habits=HABITS)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    sys.stdout.write("working\n")
    sys.stdout.flush()
    try:
        await worker.run()
    finally:
        await queue.close()
        await database.close()


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    asyncio.run(main(*sys.argv[1:4]))
