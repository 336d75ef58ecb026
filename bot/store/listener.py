"""LISTEN on PostgreSQL: hears the commits of other processes that want work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import psycopg

CHANNEL = "breakwater_jobs"
_RECONNECT = 2.0  # seconds between attempts; meanwhile the workers' poll finds the work


class Listener:
    """One connection that listens in the background and comes back by itself."""

    def __init__(self, url: str, ring: Callable[[], None], reconnect: float = _RECONNECT) -> None:
        self._url = url
        self._ring = ring
        self._reconnect = reconnect
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen; does nothing when it listens already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="listen for work")

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        while True:
            with suppress(psycopg.Error, OSError):
                connection = await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=5
                )
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._ring()  # whatever was wanted while nobody listened
                    async for _ in connection.notifies():
                        self._ring()
            await asyncio.sleep(self._reconnect)
