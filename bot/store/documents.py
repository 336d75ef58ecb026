"""Domain values kept whole as JSON, found by the columns beside them and replaced only at their version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped
from sqlmodel import col

from bot.domain.errors import NotFound, Stale
from bot.store.tables import Kept


class Versioned(Protocol):
    """What a kept value must have."""

    @property
    def id(self) -> str:
        """What it is found by."""
        ...

    @property
    def version(self) -> int:
        """How often it was written."""
        ...

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """As JSON."""
        ...

    def model_copy(self, *, update: dict[str, Any]) -> Self:
        """A changed copy."""
        ...


V = TypeVar("V", bound=Versioned)
Order = ColumnElement[Any] | Mapped[Any]


class Documents(Generic[V]):
    """One table of kept values: `called` is the word for one in sentences, `beside` fills its columns."""

    def __init__(
        self,
        connection: AsyncConnection,
        row: type[Kept],
        load: Callable[[Any], V],
        *,
        called: str,
        beside: Callable[[V], dict[str, Any]],
    ) -> None:
        self._connection = connection
        self._row = row
        self._load = load
        self._called = called
        self._beside = beside

    async def get(self, value_id: str, *, lock: bool = False) -> V:
        """One value, locked for this transaction on demand. Raises NotFound."""
        query = select(col(self._row.body)).where(col(self._row.id) == value_id)
        if lock:
            query = query.with_for_update(key_share=True)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        if body is None:
            raise NotFound(f"There is no {self._called} {value_id}.")
        return self._load(body)

    async def add(self, value: V) -> None:
        """A new value. Raises Stale when one of that id exists."""
        row = {"id": value.id, "version": value.version, "body": value.model_dump(mode="json")}
        await self._connection.execute(insert(self._row), {**row, **self._beside(value)})

    async def save(self, value: V) -> V:
        """Replace the value of the same version; returns it with the next. Raises Stale."""
        saved = value.model_copy(update={"version": value.version + 1})
        change = update(self._row).where(
            col(self._row.id) == value.id, col(self._row.version) == value.version
        )
        columns = {"version": saved.version, "body": saved.model_dump(mode="json"), **self._beside(saved)}
        done = await self._connection.execute(change.values(**columns))
        if done.rowcount == 0:
            raise Stale(f"This {self._called} has changed since you looked. Look again.")
        return saved

    async def find(
        self, *where: ColumnElement[bool], order: Order, then: Order | None = None, limit: int | None = None
    ) -> list[V]:
        """Values that match, in order."""
        query = select(col(self._row.body)).where(*where).order_by(order)
        if then is not None:
            query = query.order_by(then)
        if limit is not None:
            query = query.limit(limit)
        return [self._load(body) for body in (await self._connection.execute(query)).scalars()]
