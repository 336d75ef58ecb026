"""Running one job only as long as its lease is ours."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from bot.usecases.ports.errors import LeaseLost, StoreError
from bot.usecases.ports.queue import Queue
from bot.usecases.ports.rows import Job

T = TypeVar("T")
_RENEWALS = 3  # in the length of a lease


async def under_lease(
    queue: Queue, job: Job, lease: timedelta, since: float, work: Coroutine[Any, Any, T]
) -> T:
    """Carry out work while the lease is renewed beside it.

    `since` is the event loop's time from which the lease runs. A lost lease cancels the work and raises
    LeaseLost: somebody else may be doing it already.
    """
    working = asyncio.create_task(work, name=job.key)
    keeping = asyncio.create_task(_keep(queue, job, lease.total_seconds(), since), name=f"{job.key} lease")
    try:
        await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise LeaseLost(f"the lease on {job.key} was lost while it ran")
    finally:
        for task in (working, keeping):
            task.cancel()
        await asyncio.gather(working, keeping, return_exceptions=True)


async def _keep(queue: Queue, job: Job, seconds: float, since: float) -> None:
    """Return when the lease is lost, or when it has run out without the database's word."""
    loop = asyncio.get_running_loop()
    until = since + seconds
    while True:
        await asyncio.sleep(min(seconds / _RENEWALS, max(until - loop.time(), 0)))
        asked = loop.time()
        try:
            async with asyncio.timeout_at(until):
                if not await queue.renew(job, timedelta(seconds=seconds)):
                    return
        except TimeoutError:
            return
        except StoreError:
            continue
        until = asked + seconds
