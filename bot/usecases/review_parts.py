"""The parts of a review, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.authority import Person
from bot.domain.base import Outcome
from bot.domain.incident import Incident
from bot.domain.ledger import Head
from bot.domain.signal import Sample, SignalSpec


@dataclass(frozen=True, slots=True)
class Figure:
    """How long something took from a named moment; `value` None, and `since` why, where there is none."""

    name: str
    value: timedelta | None
    since: str


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the timeline, in words."""

    seq: int
    at: datetime
    who: str
    role: str
    what: str
    why: str
    by_person: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What a decision asked of one control, and what became of it; `took` is from decision to outcome."""

    control: str
    asked: str
    outcome: Outcome
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision that moved controls; `number` marks it in the charts."""

    number: int
    event: Event
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal and what a second person said to it."""

    what: str
    proposed_by: str
    proposed_at: datetime
    why: str
    status: str
    decided_by: str
    decided_at: datetime | None
    hash: str


@dataclass(frozen=True, slots=True)
class Told:
    """A text as it went out, and on whose word; `redrawn` when it followed what was observed by itself.

    Of redraws in a row only the last is kept; `redrawn_before` counts those it stands for.
    """

    at: datetime
    title: str
    body: str
    approved_by: str
    edited: bool
    redrawn: bool
    redrawn_before: int = 0


@dataclass(frozen=True, slots=True)
class Improvement:
    """What is to change, in the words of whoever named it."""

    said: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Track:
    """One control over time: moments at which a level (its index, None for unknown) began to be so."""

    title: str
    levels: tuple[str, ...]
    desired: tuple[tuple[datetime, int | None], ...]
    observed: tuple[tuple[datetime, int | None], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One signal over time, oldest sample first, at least one."""

    spec: SignalSpec
    samples: tuple[Sample, ...]

    @property
    def lowest(self) -> Decimal:
        """The lowest value."""
        return min(s.value for s in self.samples)

    @property
    def highest(self) -> Decimal:
        """The highest value."""
        return max(s.value for s in self.samples)


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """Everything a review shows. `began` and `ended` bound the charts; times are UTC."""

    incident: Incident
    drawn_at: datetime
    began: datetime
    ended: datetime
    people: Mapping[str, Person]
    figures: tuple[Figure, ...]
    lines: tuple[Line, ...]
    tracks: tuple[Track, ...]
    timeline: tuple[Event, ...]
    decisions: tuple[Decision, ...]
    overrides: tuple[Event, ...]
    approvals: tuple[Approval, ...]
    told: tuple[Told, ...]
    improvements: tuple[Improvement, ...]
    head: Head

    @property
    def results(self) -> tuple[Result, ...]:
        """What every decision asked of every control."""
        return tuple(r for d in self.decisions for r in d.results)

    @property
    def done(self) -> int:
        """How many of the results are as they were asked for, or were replaced by a later decision."""
        return sum(1 for r in self.results if r.outcome.final and r.outcome is not Outcome.REJECTED)
