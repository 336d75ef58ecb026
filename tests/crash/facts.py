"""Everything there is to know afterwards: the ledger, the rows, and what the service itself says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.domain.approval import ReleasePlan
from bot.domain.base import Environment, Outcome
from bot.domain.control import Control, ControlState, Hold, Value
from bot.domain.ledger import Anchor, Row
from bot.store import Database, SqlStore
from bot.store.columns import database_ms
from bot.store.tables import JobRow
from bot.usecases.ports import Actuation, Adapters

PAGE = 5000


@dataclass(frozen=True, slots=True)
class Left:
    """A job that is still there. `late` says that it is due, claimed or buried."""

    key: str
    late: bool
    error: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`decided` is what people were told was recorded, `first` each actuation's first final outcome seen.

    `audit` is the service's own record, `read` what it says of each control now.
    """

    controls: Mapping[str, Control]
    decided: Sequence[str]
    first: Mapping[str, Outcome]
    rows: Sequence[Row]
    anchors: Sequence[Anchor]
    trusted_key: str
    actuations: Sequence[Actuation]
    holds: Sequence[Hold]
    plans: Sequence[ReleasePlan]
    states: Mapping[str, ControlState]
    jobs: Sequence[Left]
    audit: Sequence[Mapping[str, Any]]
    read: Mapping[str, Value]


async def every_row(store: SqlStore) -> list[Row]:
    """The whole ledger, in order."""
    rows: list[Row] = []
    async with store.read() as tx:
        while page := await tx.ledger.rows(after=rows[-1].seq if rows else 0, limit=PAGE):
            rows += page
    return rows


async def jobs_left(database: Database) -> list[Left]:
    """Every job there is."""
    now = database_ms(sqlite=database.is_sqlite)
    late = (col(JobRow.due) <= now) | col(JobRow.lease_until).is_not(None) | col(JobRow.dead_at).is_not(None)
    query = select(col(JobRow.key), late.label("late"), col(JobRow.last_error))
    async with database.reading() as connection:
        found = await connection.execute(query.order_by(col(JobRow.key)))
    return [Left(key, bool(late), said or "") for key, late, said in found]


async def at_work(database: Database) -> set[str]:
    """The workers that hold an actuation now."""
    held = select(col(JobRow.worker)).where(
        col(JobRow.kind) == "actuate", col(JobRow.lease_until).is_not(None)
    )
    async with database.reading() as connection:
        return {str(name) for name in (await connection.execute(held)).values()}


async def actuations(store: SqlStore, incidents: Sequence[str]) -> list[Actuation]:
    """What all decisions asked for."""
    async with store.read() as tx:
        return [a for i in incidents for a in await tx.holds.actuations(i)]


async def plans(store: SqlStore, incidents: Sequence[str]) -> list[ReleasePlan]:
    """Every approved release."""
    async with store.read() as tx:
        return [p for i in incidents for p in await tx.proposals.plans(i)]


async def states(store: SqlStore, environment: Environment) -> tuple[list[Hold], dict[str, ControlState]]:
    """Holds in force and what is known of each control, in one view."""
    async with store.read() as tx:
        return await tx.holds.in_force(environment), await tx.controls.all(environment)


async def read_all(adapters: Adapters, controls: Mapping[str, Control]) -> dict[str, Value]:
    """What the service says of each control."""
    return {i: (await adapters.of(c).read(c, c.targets[0])).value for i, c in controls.items()}
