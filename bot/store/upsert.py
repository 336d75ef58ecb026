"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import Table


def upsert(connection: AsyncConnection, row: type[Table]) -> Any:
    """An insert that can say what happens on conflict; typed loosely, as the two dialects share no base."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(row)
