"""What the public and the support desk are told: drafted from facts, approved by a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.base import Duration, Environment, Frozen


class PublicationKind(StrEnum):
    """Where it goes."""

    STATUS = "status"
    MACROS = "macros"


class StatusImpact(StrEnum):
    """The Statuspage vocabulary for how bad it is for customers."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class StatusStage(StrEnum):
    """The Statuspage vocabulary for where an incident stands in public."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class PublicationState(StrEnum):
    """How a publication stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class PublicationSpec(Frozen):
    """A prewritten status update: its template (`status/….txt`), and how long its word stands.

    `preapproved` texts may go out on the commander's word alone; the communications owner reviews after.
    """

    id: str
    title: str
    template: str
    stage: StatusStage
    preapproved: bool = False
    next_in: Duration = timedelta(minutes=30)


class MacroSpec(Frozen):
    """A support macro: the customer's question and its template (`macros/….txt`).

    With `runbooks` it is put into use only in incidents in which one of them runs.
    """

    id: str
    question: str
    template: str
    runbooks: tuple[str, ...] = ()


class Macro(Frozen):
    """A rendered macro."""

    id: str
    question: str
    answer: str


class PublicFacts(Frozen):
    """All that a public text may state, drawn from what is observed; what templates are given as `facts`.

    `guarantees` are the promises that stand, `restrictions` what customers are told of each control off
    normal, `settling` whether a control is still unknown or on its way, `reopened` the last stage confirmed.
    Times are UTC. Causes, thresholds and times of recovery are not in it, so no template can tell them.
    """

    now: datetime
    since: datetime
    mode: str
    mode_says: str
    guarantees: tuple[str, ...]
    restrictions: tuple[str, ...]
    settling: bool
    reopened: str = ""
    resolved: bool = False
    withdrawals: str = ""
    deposits: str = ""
    swaps: str = ""
    next_update_at: datetime | None = None


class Publication(Frozen):
    """One text on its way to the public.

    `fingerprint` is the digest of the facts it states: when observed facts move on, a draft is redrawn and
    an approved text that would no longer be true is not published. `body` is plain text.
    """

    id: str
    incident_id: str
    environment: Environment
    kind: PublicationKind
    spec_id: str
    title: str
    body: str
    macros: tuple[Macro, ...] = ()
    stage: StatusStage = StatusStage.INVESTIGATING
    impact: StatusImpact = StatusImpact.MINOR
    mode: str = "normal"
    fingerprint: str
    state: PublicationState = PublicationState.DRAFT
    drafted_by: str
    drafted_at: datetime
    edited: bool = False
    approved_by: str | None = None
    approved_at: datetime | None = None
    published_at: datetime | None = None
    next_update_at: datetime | None = None
    version: int = 1
