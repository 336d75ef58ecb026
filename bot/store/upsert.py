"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import Table


def upsert(connection: AsyncConnection, row: type[Table]) -> Any:
    """An insert into the connection's database that can say what happens on conflict."""
    return insert_for(row, sqlite=connection.dialect.name == "sqlite")


def insert_for(row: type[Table], *, sqlite: bool) -> Any:
    """The same by dialect; typed loosely, as the two share no base."""
    return (sqlite_dialect if sqlite else postgresql_dialect).insert(row)
