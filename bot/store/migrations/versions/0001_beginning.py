"""Everything the product begins with.

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import guards

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, the row that appenders lock, and the guards."""
    _incidents()
    _controls()
    _telling()
    _keepsakes()
    _ledger()
    _work()


def downgrade() -> None:
    """There is no way back: the ledger is never removed."""
    raise RuntimeError("the first revision cannot be undone; restore a backup beside it instead")


def _incidents() -> None:
    """Incidents, their numbers and their steps."""
    op.create_table(
        "counter",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name="pk_counter"),
    )
    op.create_table(
        "incident",
        sa.Column("n", _SERIAL, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("declared_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("n", name="pk_incident"),
        sa.UniqueConstraint("id", name="uq_incident_id"),
    )
    op.create_index("ix_incident_channel", "incident", ["channel"], unique=False)
    op.create_table(
        "step",
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("runbook_id", sa.String(), nullable=False),
        sa.Column("step_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_step_incident_id"),
        sa.PrimaryKeyConstraint("incident_id", "phase", "round", "runbook_id", "step_id", name="pk_step"),
    )
    op.create_table(
        "answer",
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_answer_incident_id"),
        sa.PrimaryKeyConstraint("incident_id", "question", name="pk_answer"),
    )


def _controls() -> None:
    """Holds, what is known of controls, and what decisions became."""
    op.create_table(
        "hold",
        sa.Column("n", _SERIAL, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("control_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("released_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_hold_incident_id"),
        sa.PrimaryKeyConstraint("n", name="pk_hold"),
        sa.UniqueConstraint("id", name="uq_hold_id"),
    )
    op.create_index("ix_hold_incident_id", "hold", ["incident_id"], unique=False)
    op.create_index(
        "ix_hold_standing",
        "hold",
        ["environment", "control_id"],
        unique=False,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index(
        "uq_hold_in_force",
        "hold",
        ["incident_id", "control_id", "target"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "actuation",
        sa.Column("n", _SERIAL, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("control_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("hold_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_actuation_incident_id"),
        sa.PrimaryKeyConstraint("n", name="pk_actuation"),
        sa.UniqueConstraint("id", name="uq_actuation_id"),
    )
    op.create_index(
        "ix_actuation_control", "actuation", ["environment", "control_id", "target", "outcome"], unique=False
    )
    op.create_index("ix_actuation_incident_id", "actuation", ["incident_id"], unique=False)
    op.create_table(
        "control",
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("control_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "control_id", "target", name="pk_control"),
    )
    op.create_table(
        "proposal",
        sa.Column("n", _SERIAL, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_proposal_incident_id"),
        sa.PrimaryKeyConstraint("n", name="pk_proposal"),
        sa.UniqueConstraint("id", name="uq_proposal_id"),
    )
    op.create_index("ix_proposal_incident_id", "proposal", ["incident_id"], unique=False)
    op.create_table(
        "plan",
        sa.Column("n", _SERIAL, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_plan_incident_id"),
        sa.PrimaryKeyConstraint("n", name="pk_plan"),
        sa.UniqueConstraint("id", name="uq_plan_id"),
    )
    op.create_index("ix_plan_incident_id", "plan", ["incident_id"], unique=False)


def _telling() -> None:
    """What the public is told, and what monitoring says."""
    op.create_table(
        "publication",
        sa.Column("n", _SERIAL, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_publication_incident_id"),
        sa.PrimaryKeyConstraint("n", name="pk_publication"),
        sa.UniqueConstraint("id", name="uq_publication_id"),
    )
    op.create_index("ix_publication_incident_id", "publication", ["incident_id"], unique=False)
    op.create_index("ix_publication_published", "publication", ["environment", "published_at"], unique=False)
    op.create_table(
        "sample",
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("signal", "at", name="pk_sample"),
    )
    op.create_table(
        "suggestion",
        sa.Column("n", _SERIAL, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_suggestion"),
        sa.UniqueConstraint("id", name="uq_suggestion_id"),
    )
    op.create_index("ix_suggestion_key", "suggestion", ["key"], unique=False)
    op.create_index(
        "uq_suggestion_open",
        "suggestion",
        ["key"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _keepsakes() -> None:
    """Small things to remember."""
    op.create_table(
        "receipt",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "event_id", name="pk_receipt"),
    )
    op.create_table(
        "pinned",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_pinned"),
    )
    op.create_table(
        "sent",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sent"),
    )
    op.create_table(
        "fact",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_fact"),
    )


def _ledger() -> None:
    """The ledger, the row its appenders lock, and its guards."""
    op.create_table(
        "ledger",
        sa.Column("seq", _SERIAL, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
        sa.UniqueConstraint("hash", name="uq_ledger_hash"),
        sa.UniqueConstraint("id", name="uq_ledger_id"),
        sa.UniqueConstraint("prev_hash", name="uq_ledger_prev_hash"),
    )
    op.create_index("ix_ledger_incident", "ledger", ["incident_id", "seq"], unique=False)
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.execute("INSERT INTO ledger_head (id) VALUES (1)")
    guards.install(op.get_bind())


def _work() -> None:
    """Jobs and heartbeats."""
    op.create_table(
        "job",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("dead_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("key", name="uq_job_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "heartbeat",
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name="pk_heartbeat"),
    )
