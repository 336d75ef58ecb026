"""Column types that mean the same in both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    cast,
    extract,
    func,
    literal_column,
)
from sqlalchemy.types import TypeDecorator

# SQLite numbers rows by itself only where the key is declared INTEGER.
SERIAL = BigInteger().with_variant(Integer, "sqlite")
# SQLAlchemy would keep None as the JSON text `null`.
OPTIONAL_JSON = JSON(none_as_null=True)


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC. Naive datetimes are refused: nobody knows which moment they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Towards the database."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no zone; give UTC")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Back from it; SQLite keeps no zone, and what it keeps is UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def database_ms(*, sqlite: bool) -> ColumnElement[int]:
    """The database's own clock, milliseconds since 1970: leases compare it with nothing else.

    PostgreSQL's now() stands still within a transaction, hence clock_timestamp().
    """
    if sqlite:
        return literal_column("CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)", BigInteger)
    return cast(extract("epoch", func.clock_timestamp()) * 1000, BigInteger)
