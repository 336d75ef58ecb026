"""Statements written once with SQLAlchemy, put into a database's own words once, and run by its driver.

SQLAlchemy's own way from a statement to the driver (looking it up, copying, greenlets, results) takes
ten times as long as SQLite takes to answer. What matters of it is kept: how it writes a statement for each
database, and how its column types pass values through.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Dialect
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import col

from bot.store.columns import database_ms
from bot.store.tables import Table

Row = tuple[Any, ...]
Given = Mapping[str, Any]
Pass = Callable[[Any], Any]
# SQLAlchemy keeps the bare names of the columns that an INSERT or UPDATE sets to itself.
_OWN: Final = "given_"
_SQLITE: Final[Dialect] = sqlite_dialect.dialect(dbapi=sqlite3)
_POSTGRES: Final[Dialect] = psycopg_dialect.dialect(dbapi=psycopg)  # type: ignore[no-untyped-call] # SQLAlchemy leaves it bare


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that a statement gave, and how many it touched."""

    rows: list[Row]
    count: int

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def first(self) -> Row | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None

    def value(self) -> Any:
        """The first row's first column; None when there is no row."""
        return self.rows[0][0] if self.rows else None

    def values(self) -> list[Any]:
        """Every row's first column."""
        return [row[0] for row in self.rows]


@dataclass(frozen=True, slots=True)
class _Bind:
    """One parameter: the name it is given by, or the value it always has; and what it passes through."""

    place: str
    name: str
    always: Any
    fixed: bool
    through: Pass | None

    def value(self, given: Given) -> Any:
        found = self.always if self.fixed else given[self.name]
        return self.through(found) if self.through else found


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement in a database's own words."""

    text: str
    binds: tuple[_Bind, ...]
    reads: tuple[tuple[int, Pass], ...]
    positional: bool

    def parameters(self, given: Given) -> Any:
        """What the driver is given: by position or by name. Raises KeyError for what is missing."""
        if self.positional:
            return [bind.value(given) for bind in self.binds]
        return {bind.place: bind.value(given) for bind in self.binds}

    def read(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        """Rows as the columns' types have them."""
        if not self.reads:
            return [tuple(row) for row in found]
        rows = [list(row) for row in found]
        for row in rows:
            for index, through in self.reads:
                row[index] = through(row[index])
        return [tuple(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Spelling:
    """What the two databases spell apart."""

    sqlite: bool

    def insert(self, row: type[Table]) -> Any:
        """An INSERT that can say what happens on conflict; typed loosely, as the two share no base."""
        return (sqlite_dialect if self.sqlite else postgresql_dialect).insert(row)

    @property
    def now_ms(self) -> ColumnElement[int]:
        """The database's own clock."""
        return database_ms(sqlite=self.sqlite)


Built = ClauseElement | Callable[[Spelling], ClauseElement]


class Statement:
    """A statement to keep: built from its spelling where the two databases differ in it."""

    __slots__ = ("_built", "_ready")

    def __init__(self, built: Built) -> None:
        self._built = built
        self._ready: dict[bool, Ready] = {}

    def ready(self, *, sqlite: bool) -> Ready:
        """The statement in that database's words, made at the first asking."""
        if sqlite not in self._ready:
            built = self._built(Spelling(sqlite)) if callable(self._built) else self._built
            self._ready[sqlite] = _ready(built, _SQLITE if sqlite else _POSTGRES)
        return self._ready[sqlite]


def given(column: Mapped[Any], name: str = "") -> BindParameter[Any]:
    """A parameter of that column's type, given when the statement is run, by the column's name or another."""
    return BindParameter(_OWN + (name or column.key), type_=column.type)  # type: ignore[attr-defined] # a column has both


def given_all(row: type[Table], names: Iterable[str]) -> dict[str, BindParameter[Any]]:
    """The same for several columns of a table, to insert or update with."""
    return {name: given(col(getattr(row, name))) for name in names}


def _ready(statement: ClauseElement, dialect: Dialect) -> Ready:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{type(statement).__name__} is no statement with parameters and rows")
    places = compiled.positiontup if compiled.positiontup is not None else list(compiled.params)
    columns = getattr(statement, "exported_columns", ())
    return Ready(
        str(compiled),
        tuple(_bind(compiled, place, dialect) for place in places),
        tuple(_reads(columns, dialect)),
        compiled.positiontup is not None,
    )


def _bind(compiled: SQLCompiler, place: str, dialect: Dialect) -> _Bind:
    # `in_` with several values makes one parameter of each, numbered after the one they came from.
    bind = compiled.binds[place] if place in compiled.binds else compiled.binds[place.rsplit("_", 1)[0]]
    through = bind.type.dialect_impl(dialect).bind_processor(dialect)
    fixed = not bind.required
    return _Bind(place, bind.key.removeprefix(_OWN), compiled.params.get(place), fixed, through)


def _reads(columns: Iterable[Any], dialect: Dialect) -> Iterator[tuple[int, Pass]]:
    for index, column in enumerate(columns):
        through = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if through is not None:
            yield index, through
