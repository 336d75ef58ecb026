"""What the public and the support desk are told."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.base import Environment
from bot.domain.publication import Publication, PublicationState
from bot.store.documents import Documents
from bot.store.tables import PublicationRow


class SqlPublications:
    """Publications, by incident and as the public sees them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._kept = Documents(
            connection,
            PublicationRow,
            Publication.model_validate,
            called="publication",
            beside=lambda p: {
                "incident_id": p.incident_id,
                "environment": p.environment.value,
                "state": p.state.value,
                "published_at": p.published_at,
            },
        )
        self.add = self._kept.add
        self.get = self._kept.get
        self.save = self._kept.save

    async def of(self, incident_id: str) -> list[Publication]:
        """An incident's publications, oldest first."""
        mine = col(PublicationRow.incident_id) == incident_id
        return await self._kept.find(mine, order=col(PublicationRow.n))

    async def published(self, environment: Environment, limit: int) -> list[Publication]:
        """What was published, newest first."""
        return await self._kept.find(
            col(PublicationRow.environment) == environment.value,
            col(PublicationRow.state) == PublicationState.PUBLISHED.value,
            order=col(PublicationRow.published_at).desc(),
            then=col(PublicationRow.n).desc(),
            limit=limit,
        )
