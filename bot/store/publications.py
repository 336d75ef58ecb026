"""What the public and the support desk are told."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from bot.domain.base import Environment
from bot.domain.publication import Publication, PublicationState
from bot.store.documents import Documents
from bot.store.link import Link
from bot.store.statements import Statement, given
from bot.store.tables import PublicationRow

_BODY = select(col(PublicationRow.body))
_OF = Statement(
    _BODY.where(col(PublicationRow.incident_id) == given(col(PublicationRow.incident_id))).order_by(
        col(PublicationRow.n)
    )
)
_PUBLISHED = Statement(
    _BODY.where(
        col(PublicationRow.environment) == given(col(PublicationRow.environment)),
        col(PublicationRow.state) == PublicationState.PUBLISHED.value,
    )
    .order_by(col(PublicationRow.published_at).desc(), col(PublicationRow.n).desc())
    .limit(given(col(PublicationRow.version), "limit"))
)


class SqlPublications:
    """Publications, by incident and as the public sees them."""

    def __init__(self, link: Link) -> None:
        self._kept = Documents(
            link,
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
        return await self._kept.find(_OF, incident_id=incident_id)

    async def published(self, environment: Environment, limit: int) -> list[Publication]:
        """What was published, newest first."""
        return await self._kept.find(_PUBLISHED, environment=environment.value, limit=limit)
