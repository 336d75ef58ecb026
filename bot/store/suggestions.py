"""Suggestions that triggers raised."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from bot.domain.trigger import Suggestion, SuggestionStatus
from bot.store.documents import Documents
from bot.store.link import Link
from bot.store.statements import Statement, given
from bot.store.tables import SuggestionRow

_BODY = select(col(SuggestionRow.body)).order_by(col(SuggestionRow.n).desc())
_BY_KEY = Statement(_BODY.where(col(SuggestionRow.key) == given(col(SuggestionRow.key))).limit(1))
_OPEN = Statement(_BODY.where(col(SuggestionRow.status) == SuggestionStatus.OPEN.value))


class SqlSuggestions:
    """Suggestions, by id and by the key of the alert behind them."""

    def __init__(self, link: Link) -> None:
        self._kept = Documents(
            link,
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
        found = await self._kept.find(_BY_KEY, key=key)
        return found[0] if found else None

    async def open(self) -> list[Suggestion]:
        """Suggestions nobody has decided on, newest first."""
        return await self._kept.find(_OPEN)
