"""The in-process bell: a commit that wants work rings it, workers of the same process hear it at once."""

from __future__ import annotations

import asyncio


class Wakes:
    """Rings every listener; a listener hears what was rung since it last cleared its own event."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Wake everyone who listens."""
        for event in self._listeners:
            event.set()

    def listen(self) -> asyncio.Event:
        """A new listener's event."""
        event = asyncio.Event()
        self._listeners.add(event)
        return event

    def leave(self, event: asyncio.Event) -> None:
        """Stop listening."""
        self._listeners.discard(event)
