"""Domain values kept whole as JSON, found by the columns beside them and replaced only at their version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, Protocol, Self, TypeVar

from sqlalchemy import insert, select, update
from sqlmodel import col

from bot.domain.errors import NotFound, Stale
from bot.store.link import Link
from bot.store.statements import Statement, given, given_all
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


class Documents(Generic[V]):
    """One table of kept values: `called` is the word for one in sentences, `beside` fills its columns."""

    def __init__(
        self,
        link: Link,
        row: type[Kept],
        load: Callable[[Any], V],
        *,
        called: str,
        beside: Callable[[V], dict[str, Any]],
    ) -> None:
        self._link = link
        self._row = row
        self._load = load
        self._called = called
        self._beside = beside

    async def get(self, value_id: str, *, lock: bool = False) -> V:
        """One value, locked for this transaction on demand. Raises NotFound."""
        body = (await self._link.execute(_one(self._row, lock=lock), {"id": value_id})).value()
        if body is None:
            raise NotFound(f"There is no {self._called} {value_id}.")
        return self._load(body)

    async def add(self, value: V) -> None:
        """A new value. Raises Stale when one of that id exists."""
        row = self._columns(value)
        await self._link.execute(_new(self._row, tuple(row)), row)

    async def save(self, value: V) -> V:
        """Replace the value of the same version; returns it with the next. Raises Stale."""
        saved = value.model_copy(update={"version": value.version + 1})
        row = self._columns(saved)
        done = await self._link.execute(_change(self._row, tuple(row)), {**row, "was": value.version})
        if done.count == 0:
            raise Stale(f"This {self._called} has changed since you looked. Look again.")
        return saved

    async def find(self, statement: Statement, **given: Any) -> list[V]:
        """The values that a selection of bodies gives."""
        return [self._load(body) for body in (await self._link.execute(statement, given)).values()]

    def _columns(self, value: V) -> dict[str, Any]:
        own = {"id": value.id, "version": value.version, "body": value.model_dump(mode="json")}
        return {**own, **self._beside(value)}


@cache
def _one(row: type[Kept], *, lock: bool) -> Statement:
    query = select(col(row.body)).where(col(row.id) == given(col(row.id)))
    return Statement(query.with_for_update(key_share=True) if lock else query)


@cache
def _new(row: type[Kept], names: tuple[str, ...]) -> Statement:
    return Statement(insert(row).values(given_all(row, names)).inline())


@cache
def _change(row: type[Kept], names: tuple[str, ...]) -> Statement:
    same = (col(row.id) == given(col(row.id)), col(row.version) == given(col(row.version), "was"))
    return Statement(update(row).where(*same).values(given_all(row, names)))
