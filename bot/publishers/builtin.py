"""Our own status and macros pages, which are drawn from the database whenever somebody reads them."""

from __future__ import annotations

from bot.domain.publication import Publication


class BuiltinPages:
    """A publication appears on these pages by being recorded as published; there is nothing to call."""

    async def publish(self, publication: Publication) -> None:
        """Return at once: the job records it as published next."""
