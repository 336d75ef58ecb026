"""Values for tests that need one and do not care which: an incident, a hold, an entry, a sample."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.domain.base import Environment, Outcome
from bot.domain.classification import DecisionTree, Question
from bot.domain.content import Pinned
from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.domain.ledger import Entry
from bot.domain.signal import Sample
from bot.usecases.ports import Actuation
from tests.support.clock import START


def incident(number: int = 1, **more: Any) -> Incident:
    """INC-n, declared by Alice."""
    facts: dict[str, Any] = {
        "id": f"INC-{number}",
        "number": number,
        "environment": Environment.LIVE,
        "summary": "Withdrawals outrun the hot wallet",
        "code_name": "amber anchor",
        "phase_since": START,
        "declared_by": "alice",
        "declared_at": START,
        "content_digest": "c0ffee",
    }
    return Incident(**{**facts, **more})


def hold(hold_id: str = "hold_1", control_id: str = "withdrawals.limit.USDT.tron", **more: Any) -> Hold:
    """A hold of INC-1 at `tightened`."""
    facts: dict[str, Any] = {
        "id": hold_id,
        "incident_id": "INC-1",
        "environment": Environment.LIVE,
        "control_id": control_id,
        "level": "tightened",
        "value": {"enabled": True, "max_per_transaction": "25000"},
        "content_digest": "c0ffee",
        "decision_id": f"decision_of_{hold_id}",
        "owner": "alice",
        "placed_at": START,
        "review_at": START + timedelta(hours=1),
    }
    return Hold(**{**facts, **more})


def actuation(
    actuation_id: str, of: Hold, *, level: str | None = "tightened", outcome: Outcome = Outcome.PENDING
) -> Actuation:
    """What the decision behind a hold asks for."""
    return Actuation(
        id=actuation_id,
        environment=of.environment,
        control_id=of.control_id,
        decision_id=of.decision_id,
        incident_id=of.incident_id,
        hold_id=of.id,
        level=level,
        created_at=START,
        outcome=outcome,
    )


def entry(
    entry_id: str,
    kind: str = "note",
    *,
    incident_id: str | None = "INC-1",
    at: datetime = START,
    data: Mapping[str, Any] | None = None,
) -> Entry:
    """Something that Alice said."""
    return Entry(
        id=entry_id,
        at=at,
        environment=Environment.LIVE,
        kind=kind,
        actor="alice",
        incident_id=incident_id,
        data=dict(data or {"text": "reserves at 41 m USDT"}),
    )


def sample(signal: str, value: str, at: datetime) -> Sample:
    """A sample received the moment it was true."""
    return Sample(signal=signal, value=Decimal(value), at=at, received_at=at)


def pinned() -> Pinned:
    """Content with one question and no runbook."""
    question = Question(id="venue", ask="Did a venue fail?", yes="counterparty_failure", no="provisional")
    return Pinned(runbooks=(), tree=DecisionTree(questions=(question,)))
