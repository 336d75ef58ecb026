"""The ledger's second format: how a person was known, the request, and the content and code of the moment.

Rows of the first format keep their hashes: what is new is empty in them and no part of what they hash.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import guards

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the columns in place, for a table that is rebuilt loses its guards; then see to the guards."""
    op.add_column("ledger", sa.Column("format", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("ledger", sa.Column("written_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ledger", sa.Column("proof", sa.JSON(), nullable=False, server_default="{}"))
    for name in ("request", "content", "code"):
        op.add_column("ledger", sa.Column(name, sa.String(), nullable=False, server_default=""))
    guards.install(op.get_bind())


def downgrade() -> None:
    """There is no way back: what rows say is never taken from them."""
    raise RuntimeError("the ledger's columns are never removed; restore a backup beside it instead")
