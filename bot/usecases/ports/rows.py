"""Rows that only the store and the worker know: jobs, actuations, what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.base import Environment, Outcome
from bot.domain.control import TARGET


@dataclass(frozen=True, slots=True)
class Job:
    """A durable work row that a worker has claimed. `fence` and `wanted` are those of the claim."""

    id: int
    key: str
    kind: str
    lane: str
    payload: dict[str, Any]
    attempts: int
    fence: int
    wanted: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that was given up, and what its last attempt said."""

    job: Job
    error: str


@dataclass(frozen=True, slots=True)
class Actuation:
    """What one decision asks of one control and target, and what became of it.

    `level` is the level the decision asked for; None when it released the hold. `plan_id` is the approved
    release plan under which it loosens, None for a decision that tightens.
    """

    id: str
    environment: Environment
    control_id: str
    decision_id: str
    incident_id: str
    hold_id: str
    level: str | None
    created_at: datetime
    plan_id: str | None = None
    target: str = TARGET
    outcome: Outcome = Outcome.PENDING
    generation: int | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A Slack message that a job has posted: where it is and the digest of what it says."""

    key: str
    channel: str
    ts: str
    digest: str
