"""Signals: named measures with a unit, a source and a staleness limit, and what they say right now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.base import Duration, Frozen, Moment

SKEW = timedelta(seconds=30)


class SignalSpec(Frozen):
    """A named measure. `stale_after` is how old its newest sample may be before it counts as unknown."""

    id: str
    title: str
    unit: str = ""
    source: str = ""
    stale_after: Duration
    places: int = 2


class Sample(Frozen):
    """One value of a signal; `at` is when it was true, UTC."""

    signal: str
    value: Decimal
    at: Moment
    received_at: Moment


class Reading(Frozen):
    """What a signal says at a moment: `value` is None when nothing was ever received."""

    spec: SignalSpec
    value: Decimal | None
    at: datetime | None
    age: timedelta | None
    fresh: bool

    @property
    def said(self) -> str:
        """The value with unit and age, or that it is unknown; for cards and snapshots."""
        if self.value is None or self.age is None:
            return "unknown (nothing received)"
        number = f"{self.value:,.{self.spec.places}f}{' ' + self.spec.unit if self.spec.unit else ''}"
        age = int(self.age.total_seconds())
        return f"{number} ({age} s old)" if self.fresh else f"unknown (last {number}, {age} s old)"


Readings = Mapping[str, Reading]
Series = Mapping[str, Sequence[Sample]]


def read_signal(spec: SignalSpec, last: Sample | None, now: datetime) -> Reading:
    """Judge the newest sample; one from further ahead than clocks disagree is as unknown as a stale one."""
    if last is None:
        return Reading(spec=spec, value=None, at=None, age=None, fresh=False)
    age = now - last.at
    fresh = -min(SKEW, spec.stale_after) <= age <= spec.stale_after
    return Reading(spec=spec, value=last.value, at=last.at, age=max(age, timedelta()), fresh=fresh)
