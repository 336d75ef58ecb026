"""Holds, and what became of each decision on a control."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.base import Environment, Outcome
from bot.domain.control import Hold
from bot.store.documents import Documents
from bot.store.tables import ActuationRow, HoldRow
from bot.usecases.ports.rows import Actuation

_COLUMNS = tuple(f.name for f in fields(Actuation))


class SqlHolds:
    """Holds and actuations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._kept = Documents(
            connection,
            HoldRow,
            Hold.model_validate,
            called="hold",
            beside=lambda h: {
                "incident_id": h.incident_id,
                "environment": h.environment.value,
                "control_id": h.control_id,
                "target": h.target,
                "released_at": h.released_at,
            },
        )
        self.add = self._kept.add
        self.save = self._kept.save

    async def in_force(self, environment: Environment, control_id: str | None = None) -> list[Hold]:
        """Holds in force, of one control or of all, oldest first."""
        where = [col(HoldRow.environment) == environment.value, col(HoldRow.released_at).is_(None)]
        if control_id is not None:
            where.append(col(HoldRow.control_id) == control_id)
        return await self._kept.find(*where, order=col(HoldRow.n))

    async def of(self, incident_id: str) -> list[Hold]:
        """All holds of an incident, released ones too, oldest first."""
        return await self._kept.find(col(HoldRow.incident_id) == incident_id, order=col(HoldRow.n))

    async def add_actuations(self, actuations: Iterable[Actuation]) -> None:
        """What new decisions ask for. Raises Stale when one of them exists."""
        rows = [{name: getattr(a, name) for name in _COLUMNS} for a in actuations]
        if rows:
            await self._connection.execute(insert(ActuationRow), rows)

    async def pending(self, environment: Environment, control_id: str, target: str) -> list[Actuation]:
        """Decisions on a control that have no final outcome yet, oldest first."""
        return await self._actuations(
            col(ActuationRow.environment) == environment.value,
            col(ActuationRow.control_id) == control_id,
            col(ActuationRow.target) == target,
            col(ActuationRow.outcome) == Outcome.PENDING.value,
        )

    async def finish(self, actuation_id: str, outcome: Outcome, generation: int, at: datetime) -> None:
        """Give a pending actuation its final outcome; a final one is never revised.

        Raises ValueError for an outcome that is not final.
        """
        if not outcome.final:
            raise ValueError(f"{outcome} ends no decision")
        pending = update(ActuationRow).where(
            col(ActuationRow.id) == actuation_id, col(ActuationRow.outcome) == Outcome.PENDING.value
        )
        await self._connection.execute(
            pending.values(outcome=outcome.value, generation=generation, finished_at=at)
        )

    async def actuations(self, incident_id: str) -> list[Actuation]:
        """Everything an incident's decisions asked for, oldest first."""
        return await self._actuations(col(ActuationRow.incident_id) == incident_id)

    async def _actuations(self, *where: ColumnElement[bool]) -> list[Actuation]:
        query = select(*(col(getattr(ActuationRow, name)) for name in _COLUMNS)).where(*where)
        found = await self._connection.execute(query.order_by(col(ActuationRow.n)))
        return [_actuation(dict(row)) for row in found.mappings()]


def _actuation(row: dict[str, Any]) -> Actuation:
    row["environment"] = Environment(row["environment"])
    row["outcome"] = Outcome(row["outcome"])
    return Actuation(**row)
