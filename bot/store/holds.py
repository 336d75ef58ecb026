"""Holds, and what became of each decision on a control."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlmodel import col

from bot.domain.base import Environment, Outcome
from bot.domain.control import Hold
from bot.store.documents import Documents
from bot.store.link import Link
from bot.store.statements import Statement, given, given_all
from bot.store.tables import ActuationRow, HoldRow
from bot.usecases.ports.rows import Actuation

_COLUMNS = tuple(f.name for f in fields(Actuation))
_PENDING = col(ActuationRow.outcome) == Outcome.PENDING.value
_STANDING = select(col(HoldRow.body)).where(
    col(HoldRow.environment) == given(col(HoldRow.environment)), col(HoldRow.released_at).is_(None)
)


def _actuations(*where: ColumnElement[bool]) -> Statement:
    query = select(*(col(getattr(ActuationRow, name)) for name in _COLUMNS)).where(*where)
    return Statement(query.order_by(col(ActuationRow.n)))


_IN_FORCE = Statement(_STANDING.order_by(col(HoldRow.n)))
_ON_CONTROL = Statement(
    _STANDING.where(col(HoldRow.control_id) == given(col(HoldRow.control_id))).order_by(col(HoldRow.n))
)
_OF = Statement(
    select(col(HoldRow.body))
    .where(col(HoldRow.incident_id) == given(col(HoldRow.incident_id)))
    .order_by(col(HoldRow.n))
)
_ADD_ACTUATION = Statement(insert(ActuationRow).values(given_all(ActuationRow, _COLUMNS)).inline())
_FINISH = Statement(
    update(ActuationRow)
    .where(col(ActuationRow.id) == given(col(ActuationRow.id)), _PENDING)
    .values(given_all(ActuationRow, ("outcome", "generation", "finished_at")))
)
_ACTUATIONS_OF = _actuations(col(ActuationRow.incident_id) == given(col(ActuationRow.incident_id)))
_UNFINISHED = _actuations(
    *(
        col(getattr(ActuationRow, name)) == given(col(getattr(ActuationRow, name)))
        for name in ("environment", "control_id", "target")
    ),
    _PENDING,
)


class SqlHolds:
    """Holds and actuations."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._kept = Documents(
            link,
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
        if control_id is None:
            return await self._kept.find(_IN_FORCE, environment=environment.value)
        return await self._kept.find(_ON_CONTROL, environment=environment.value, control_id=control_id)

    async def of(self, incident_id: str) -> list[Hold]:
        """All holds of an incident, released ones too, oldest first."""
        return await self._kept.find(_OF, incident_id=incident_id)

    async def add_actuations(self, actuations: Iterable[Actuation]) -> None:
        """What new decisions ask for. Raises Stale, with the commit at the latest, when one exists."""
        rows = [{name: getattr(a, name) for name in _COLUMNS} for a in actuations]
        if rows:
            await self._link.later_many(_ADD_ACTUATION, rows)

    async def pending(self, environment: Environment, control_id: str, target: str) -> list[Actuation]:
        """Decisions on a control that have no final outcome yet, oldest first."""
        where = {"environment": environment.value, "control_id": control_id, "target": target}
        return await self._read(_UNFINISHED, where)

    async def finish(self, actuation_id: str, outcome: Outcome, generation: int, at: datetime) -> None:
        """Give a pending actuation its final outcome; a final one is never revised.

        Raises ValueError for an outcome that is not final.
        """
        if not outcome.final:
            raise ValueError(f"{outcome} ends no decision")
        row = {"id": actuation_id, "outcome": outcome.value, "generation": generation, "finished_at": at}
        await self._link.later(_FINISH, row)

    async def actuations(self, incident_id: str) -> list[Actuation]:
        """Everything an incident's decisions asked for, oldest first."""
        return await self._read(_ACTUATIONS_OF, {"incident_id": incident_id})

    async def _read(self, statement: Statement, where: dict[str, Any]) -> list[Actuation]:
        found = await self._link.execute(statement, where)
        return [_actuation(dict(zip(_COLUMNS, row, strict=True))) for row in found]


def _actuation(row: dict[str, Any]) -> Actuation:
    row["environment"] = Environment(row["environment"])
    row["outcome"] = Outcome(row["outcome"])
    return Actuation(**row)
