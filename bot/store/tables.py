"""The tables: typed columns for what is queried, and the domain's value whole in `body`.

Unique constraints make laws true where two processes race: one hold in force per incident, control and
target; one row per event id; a ledger without forks. `n` orders rows by when they were written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, MetaData, text
from sqlmodel import Field, SQLModel

from bot.store.columns import OPTIONAL_JSON, SERIAL, UtcTime

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
_IN_FORCE = text("released_at IS NULL")
_OPEN = text("status = 'open'")
_LIVE = text("dead_at IS NULL")
_READY = text("coalesce(lease_until, due)")


class Table(SQLModel):
    """What every table is built on."""

    metadata: ClassVar[MetaData] = METADATA


class Kept(Table):
    """A domain value kept whole, found by its id, replaced only at the version that was read."""

    n: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    id: str = Field(unique=True)
    version: int
    body: dict[str, Any] = Field(sa_type=JSON)


class IncidentRow(Kept, table=True):
    """An incident."""

    __tablename__ = "incident"
    environment: str
    number: int
    channel: str | None = Field(default=None, index=True)
    declared_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class CounterRow(Table, table=True):
    """The last number given in a series, so that two declarations never share one."""

    __tablename__ = "counter"
    series: str = Field(primary_key=True)
    value: int


class StepRow(Table, table=True):
    """A step of one walk through a phase."""

    __tablename__ = "step"
    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    phase: str = Field(primary_key=True)
    round: int = Field(primary_key=True)
    runbook_id: str = Field(primary_key=True)
    step_id: str = Field(primary_key=True)
    version: int
    due_at: datetime = Field(sa_type=UtcTime)
    body: dict[str, Any] = Field(sa_type=JSON)


class AnswerRow(Table, table=True):
    """An answer given to the decision tree."""

    __tablename__ = "answer"
    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    question: str = Field(primary_key=True)
    answer: str


class HoldRow(Kept, table=True):
    """A hold."""

    __tablename__ = "hold"
    __table_args__ = (
        Index(
            "uq_hold_in_force",
            "incident_id",
            "control_id",
            "target",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(
            "ix_hold_standing",
            "environment",
            "control_id",
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )
    incident_id: str = Field(index=True, foreign_key="incident.id")
    environment: str
    control_id: str
    target: str
    released_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ActuationRow(Table, table=True):
    """What one decision asked of one control and target."""

    __tablename__ = "actuation"
    __table_args__ = (Index("ix_actuation_control", "environment", "control_id", "target", "outcome"),)
    n: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    id: str = Field(unique=True)
    environment: str
    control_id: str
    target: str
    decision_id: str
    incident_id: str = Field(index=True, foreign_key="incident.id")
    hold_id: str
    plan_id: str | None = None
    level: str | None
    created_at: datetime = Field(sa_type=UtcTime)
    outcome: str
    generation: int | None = Field(default=None, sa_type=BigInteger)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ControlRow(Table, table=True):
    """What is known of a control and target."""

    __tablename__ = "control"
    environment: str = Field(primary_key=True)
    control_id: str = Field(primary_key=True)
    target: str = Field(primary_key=True)
    body: dict[str, Any] = Field(sa_type=JSON)


class ProposalRow(Kept, table=True):
    """A proposal."""

    __tablename__ = "proposal"
    incident_id: str = Field(index=True, foreign_key="incident.id")
    status: str


class PlanRow(Kept, table=True):
    """A release plan."""

    __tablename__ = "plan"
    incident_id: str = Field(index=True, foreign_key="incident.id")
    status: str


class PublicationRow(Kept, table=True):
    """A publication."""

    __tablename__ = "publication"
    __table_args__ = (Index("ix_publication_published", "environment", "published_at"),)
    incident_id: str = Field(index=True, foreign_key="incident.id")
    environment: str
    state: str
    published_at: datetime | None = Field(default=None, sa_type=UtcTime)


class SampleRow(Table, table=True):
    """One value of a signal; `value` is the decimal as written."""

    __tablename__ = "sample"
    signal: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True, sa_type=UtcTime)
    value: str
    received_at: datetime = Field(sa_type=UtcTime)


class SuggestionRow(Kept, table=True):
    """A suggestion; an alert key has at most one that nobody has decided on."""

    __tablename__ = "suggestion"
    __table_args__ = (
        Index("uq_suggestion_open", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    key: str = Field(index=True)
    status: str


class ReceiptRow(Table, table=True):
    """An event that was seen."""

    __tablename__ = "receipt"
    kind: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)


class PinnedRow(Table, table=True):
    """Content kept under its digest."""

    __tablename__ = "pinned"
    digest: str = Field(primary_key=True)
    body: dict[str, Any] = Field(sa_type=JSON)


class SentRow(Table, table=True):
    """A Slack message that a job has posted."""

    __tablename__ = "sent"
    key: str = Field(primary_key=True)
    channel: str
    ts: str
    digest: str


class FactRow(Table, table=True):
    """A deployment fact."""

    __tablename__ = "fact"
    name: str = Field(primary_key=True)
    value: str


class LedgerRow(Table, table=True):
    """A row of the ledger, every column of it hashed; the guards of `guards.py` let it only be added to.

    The columns behind `hash` are empty in rows of the first format.
    """

    __tablename__ = "ledger"
    __table_args__ = (Index("ix_ledger_incident", "incident_id", "seq"),)
    seq: int = Field(primary_key=True, sa_type=SERIAL, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True)
    at: datetime = Field(sa_type=UtcTime)
    environment: str
    kind: str
    actor: str
    role: str
    incident_id: str | None
    data: dict[str, Any] = Field(sa_type=JSON)
    prev_hash: str = Field(unique=True)
    hash: str = Field(unique=True)
    format: int
    written_at: datetime | None = Field(default=None, sa_type=UtcTime)
    proof: dict[str, Any] = Field(sa_type=JSON)
    request: str
    content: str
    code: str


class LedgerHeadRow(Table, table=True):
    """One row that appenders lock; the head itself is read from the ledger, never kept beside it."""

    __tablename__ = "ledger_head"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class JobRow(Table, table=True):
    """A durable work row. Times are milliseconds of the database's clock; ids are never given twice.

    `due` is empty from a claim until the next want; `seen` is the `wanted` of the last claim.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_ready", "lane", _READY, sqlite_where=_LIVE, postgresql_where=_LIVE),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=SERIAL)
    key: str = Field(unique=True)
    kind: str
    lane: str
    payload: dict[str, Any] | None = Field(default=None, sa_type=OPTIONAL_JSON)
    due: int | None = Field(default=None, sa_type=BigInteger)
    wanted: int = 1
    seen: int = 0
    attempts: int = 0
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    fence: int = 0
    worker: str | None = None
    last_error: str | None = None
    dead_at: int | None = Field(default=None, sa_type=BigInteger)


class HeartbeatRow(Table, table=True):
    """When a worker last said that it lives; milliseconds of the database's clock."""

    __tablename__ = "heartbeat"
    worker: str = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
