"""What runs beside the server, and the loop that keeps the market in step with time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.sandbox.marketplace.world import World

Task = Callable[[], Coroutine[Any, Any, None]]
log = logging.getLogger(__name__)
TICKS_AT_ONCE = 10
IDLE_SECONDS = 0.05


@asynccontextmanager
async def running(tasks: Sequence[Task]) -> AsyncIterator[None]:
    """The tasks run until the block ends; one that breaks is logged, the others go on."""
    started = [asyncio.create_task(task()) for task in tasks]
    for task in started:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        for task in started:
            task.cancel()
        await asyncio.gather(*started, return_exceptions=True)


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a background task broke", exc_info=task.exception())


async def keep_time(world: World) -> None:
    """Let overdue ticks pass, a few at a time so that requests are not kept waiting."""
    while True:
        passed = world.catch_up(TICKS_AT_ONCE)
        await asyncio.sleep(0 if passed == TICKS_AT_ONCE else IDLE_SECONDS)
