"""Says that a worker lives, for readiness checks and for whoever wonders why nothing moves."""

from __future__ import annotations

import asyncio

import structlog

from bot.usecases.ports.errors import StoreError
from bot.usecases.ports.queue import Queue

EVERY = 5.0  # seconds
_log = structlog.get_logger(__name__)


async def beat(queue: Queue, worker: str, every: float = EVERY) -> None:
    """Beat until cancelled; a database that is away is a beat missed, nothing more."""
    while True:
        try:
            await queue.beat(worker)
        except StoreError as error:
            _log.warning("no heartbeat", worker=worker, error=str(error))
        await asyncio.sleep(every)
