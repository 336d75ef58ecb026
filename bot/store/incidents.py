"""Incidents and the numbers they bear."""

from __future__ import annotations

from sqlalchemy import case
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.base import Environment
from bot.domain.incident import Incident
from bot.store.documents import Documents
from bot.store.tables import CounterRow, IncidentRow
from bot.store.upsert import upsert


class SqlIncidents:
    """Incidents by their key."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._kept = Documents(
            connection,
            IncidentRow,
            Incident.model_validate,
            called="incident",
            beside=lambda i: {
                "environment": i.environment.value,
                "number": i.number,
                "channel": i.slack.channel if i.slack else None,
                "declared_at": i.declared_at,
                "ended_at": i.ended_at,
            },
        )
        self.get = self._kept.get
        self.add = self._kept.add
        self.save = self._kept.save

    async def next_number(self, environment: Environment) -> int:
        """The next number of incidents, or of drills, which count apart; given to this transaction alone."""
        series = "drill" if environment is Environment.DRILL else "incident"
        statement = upsert(self._connection, CounterRow).values(series=series, value=1)
        statement = statement.on_conflict_do_update(
            index_elements=["series"], set_={"value": col(CounterRow.value) + 1}
        )
        number: int = (
            await self._connection.execute(statement.returning(col(CounterRow.value)))
        ).scalar_one()
        return number

    async def open(self) -> list[Incident]:
        """Incidents that have not ended, newest first."""
        return await self._kept.find(col(IncidentRow.ended_at).is_(None), order=col(IncidentRow.n).desc())

    async def recent(self, limit: int) -> list[Incident]:
        """Incidents, ended ones too, newest first."""
        return await self._kept.find(order=col(IncidentRow.n).desc(), limit=limit)

    async def in_channel(self, channel: str) -> Incident | None:
        """The newest incident that lives in that Slack channel; one that still runs before any that ended."""
        ended = case((col(IncidentRow.ended_at).is_(None), 0), else_=1)
        found = await self._kept.find(
            col(IncidentRow.channel) == channel, order=ended, then=col(IncidentRow.n).desc(), limit=1
        )
        return found[0] if found else None
