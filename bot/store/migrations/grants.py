"""What the application's role may do on PostgreSQL when another role owns the tables."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.store.tables import METADATA, LedgerHeadRow, LedgerRow

_EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
# Locking a row needs the right to update it; the head's row holds nothing but its key.
_ONLY = {LedgerRow.__tablename__: "SELECT, INSERT", LedgerHeadRow.__tablename__: "SELECT, UPDATE"}


def grant(connection: Connection, role: str) -> None:
    """Let a role read and write, but of the ledger only add to it; the rest is taken away again."""
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    schema = connection.dialect.identifier_preparer.quote_identifier(
        connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    )
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {quoted}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {quoted}")
    connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {quoted}")
    for table in METADATA.sorted_tables:
        connection.exec_driver_sql(f'REVOKE ALL ON "{table.name}" FROM {quoted}, PUBLIC')
        connection.exec_driver_sql(
            f'GRANT {_ONLY.get(table.name, _EVERYTHING)} ON "{table.name}" TO {quoted}'
        )
