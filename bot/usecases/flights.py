"""Sharing the same look at the database among all who ask for it at once, without showing anyone the past."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Flights:
    """Looks by key. Whoever asks while one is under way shares the next one with all others who do.

    So nobody is shown what was read before they asked, and a hundred who ask at once cost two looks.
    """

    def __init__(self) -> None:
        self._boarding: dict[str, asyncio.Task[Any]] = {}
        self._flying: dict[str, asyncio.Lock] = {}

    async def join(self, key: str, look: Callable[[], Awaitable[T]]) -> T:
        """The answer of a look that begins after this call. Raises what the look raises."""
        flight = self._boarding.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fly(key, look))
            self._boarding[key] = flight
        return cast("T", await asyncio.shield(flight))

    async def _fly(self, key: str, look: Callable[[], Awaitable[T]]) -> T:
        lock = self._flying.setdefault(key, asyncio.Lock())
        async with lock:
            del self._boarding[key]
            try:
                return await look()
            finally:
                if key not in self._boarding:
                    del self._flying[key]
