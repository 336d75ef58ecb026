"""Suggestions that triggers raised."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.trigger import Suggestion, SuggestionStatus
from bot.store.documents import Documents
from bot.store.tables import SuggestionRow


class SqlSuggestions:
    """Suggestions, by id and by the key of the alert behind them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._kept = Documents(
            connection,
            SuggestionRow,
            Suggestion.model_validate,
            called="suggestion",
            beside=lambda s: {"key": s.key, "status": s.status.value},
        )
        self.add = self._kept.add
        self.get = self._kept.get
        self.save = self._kept.save

    async def by_key(self, key: str) -> Suggestion | None:
        """The newest suggestion of an alert key."""
        mine = col(SuggestionRow.key) == key
        found = await self._kept.find(mine, order=col(SuggestionRow.n).desc(), limit=1)
        return found[0] if found else None

    async def open(self) -> list[Suggestion]:
        """Suggestions nobody has decided on, newest first."""
        undecided = col(SuggestionRow.status) == SuggestionStatus.OPEN.value
        return await self._kept.find(undecided, order=col(SuggestionRow.n).desc())
