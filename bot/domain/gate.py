"""Gates: named conditions over signals and finished steps, and the reason when one does not hold.

A gate is shut unless every signal it names is fresh: CEL takes `missing || true` for true,
so freshness is settled before anything is evaluated.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import cel
from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.domain.base import Duration, Frozen, bare_name, format_duration
from bot.domain.errors import TransitionRefused
from bot.domain.signal import Readings, Sample, Series, SignalSpec


class Verdict(StrEnum):
    """What a gate says. It is open by itself, or for a while because people attested or broke the glass."""

    OPEN = "open"
    SHUT = "shut"
    UNKNOWN = "unknown"
    ATTESTED = "attested"
    OVERRIDDEN = "overridden"


def _several(value: Any) -> Any:
    """One step's id as a list of it; nothing as an empty list."""
    return ([value] if value else []) if isinstance(value, str) else value


class Condition(Frozen):
    """`when`, a CEL expression over signal ids, true without a break for `for`; or a step that was done.

    `step_done` is a step's id or several, of which one that was done suffices.
    """

    when: str = ""
    for_: Duration = timedelta()
    step_done: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    says: str = ""

    model_config = ConfigDict(alias_generator=bare_name, populate_by_name=True)

    @field_validator("when")
    @classmethod
    def _compiles(cls, value: str) -> str:
        if value:
            compile_cel(value)
        return value

    @model_validator(mode="after")
    def _one_of(self) -> Condition:
        if bool(self.when) == bool(self.step_done):
            raise ValueError("a condition has either `when` or `step_done`")
        return self

    @property
    def signals(self) -> tuple[str, ...]:
        """The signal ids that `when` names."""
        return tuple(sorted(compile_cel(self.when).variables())) if self.when else ()


class GateSpec(Frozen):
    """A named gate: every condition must hold."""

    id: str
    title: str
    conditions: tuple[Condition, ...] = Field(min_length=1)


class GateResult(Frozen):
    """What a gate said, and why, in a sentence a commander can act on."""

    id: str
    title: str
    verdict: Verdict
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the gate lets anything pass."""
        return self.verdict in (Verdict.OPEN, Verdict.ATTESTED, Verdict.OVERRIDDEN)


class GateFacts(Frozen):
    """All that gates look at: readings now, samples over the longest window, steps done."""

    now: datetime
    readings: Mapping[str, Any]
    series: Mapping[str, tuple[Sample, ...]] = {}
    steps_done: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)
def compile_cel(expression: str) -> Any:
    """Compile a CEL expression. Raises ValueError with the parser's reason."""
    try:
        return cel.compile(expression)
    except (ValueError, RuntimeError, TypeError) as error:
        raise ValueError(f"not a CEL expression: {error}") from None


def evaluate_gate(spec: GateSpec, facts: GateFacts, seen: frozenset[str] = frozenset()) -> GateResult:
    """Ask a gate. Unknown beats shut in what is said, because somebody must go and look.

    Conditions that are unknown only for want of signals in `seen` are passed over: people attest to those.
    """
    results = [_condition(c, facts) for c in spec.conditions if not _attested(c, facts, seen)]
    for verdict in (Verdict.UNKNOWN, Verdict.SHUT):
        reasons = [reason for v, reason in results if v is verdict]
        if reasons:
            return GateResult(id=spec.id, title=spec.title, verdict=verdict, reason="; ".join(reasons))
    return GateResult(id=spec.id, title=spec.title, verdict=Verdict.OPEN, reason="holds")


def unknown_signals(spec: GateSpec, facts: GateFacts) -> tuple[str, ...]:
    """The signals for want of which a gate's conditions are unknown."""
    return tuple(sorted({name for c in spec.conditions for name in _wanting(c, facts)}))


def _wanting(condition: Condition, facts: GateFacts) -> set[str]:
    """The dead signals of an unknown condition; all of its signals where none is dead now but one was."""
    if condition.step_done or _condition(condition, facts)[0] is not Verdict.UNKNOWN:
        return set()
    dead = {n for n in condition.signals if (r := facts.readings.get(n)) is None or not r.fresh}
    return dead or set(condition.signals)


def _attested(condition: Condition, facts: GateFacts, seen: frozenset[str]) -> bool:
    wanting = _wanting(condition, facts) if seen else set()
    return bool(wanting) and wanting <= seen


def longest_window(spec: GateSpec) -> timedelta:
    """How far back samples are needed to answer the gate."""
    return max((c.for_ for c in spec.conditions), default=timedelta())


def _condition(condition: Condition, facts: GateFacts) -> tuple[Verdict, str]:
    if condition.step_done:
        done = not facts.steps_done.isdisjoint(condition.step_done)
        return (
            (Verdict.OPEN, "")
            if done
            else (Verdict.SHUT, condition.says or f"step {' or '.join(condition.step_done)} is not done")
        )
    for name in condition.signals:
        reading = facts.readings.get(name)
        if reading is None:
            return Verdict.UNKNOWN, f"{name} is not a known signal"
        if not reading.fresh:
            return Verdict.UNKNOWN, f"{reading.spec.title} is {reading.said}"
    now_true = _truth(condition.when, {n: facts.readings[n].value for n in condition.signals})
    if now_true is None:
        return Verdict.UNKNOWN, f"`{condition.when}` could not be evaluated"
    if not now_true:
        return Verdict.SHUT, _not_so(condition, facts.readings)
    return _held(condition, facts) if condition.for_ else (Verdict.OPEN, "")


def _not_so(condition: Condition, readings: Readings) -> str:
    numbers = ", ".join(f"{readings[n].spec.title} is {readings[n].said}" for n in condition.signals)
    return f"{condition.says or condition.when} ({numbers})"


def _truth(expression: str, values: Mapping[str, Any]) -> bool | None:
    # CEL has no decimal type: values are only compared with thresholds here, never summed or kept.
    try:
        answer = compile_cel(expression).execute({k: float(v) for k, v in values.items()})
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return None  # the evaluator maps each kind of CEL error to the Python one nearest to it
    return answer if isinstance(answer, bool) else None


def _held(condition: Condition, facts: GateFacts) -> tuple[Verdict, str]:
    """Whether the condition was true from the window's start on, with no gap in any signal."""
    start = facts.now - condition.for_
    want = format_duration(condition.for_)
    known = {n: _until(facts.series.get(n, ()), facts.now) for n in condition.signals}
    for name, samples in known.items():
        spec = facts.readings[name].spec
        if gap := _gap(spec, [s.at for s in samples], start, facts.now):
            return Verdict.UNKNOWN, f"{spec.title} must be known for {want}: {gap}"
    for moment in _moments(known, start):
        truth = _truth(condition.when, {n: _value_at(samples, moment) for n, samples in known.items()})
        since = format_duration(timedelta(seconds=int((facts.now - moment).total_seconds())))
        if truth is None:
            return Verdict.UNKNOWN, f"`{condition.when}` could not be evaluated as of {since} ago"
        if not truth:
            wish = condition.says or condition.when
            return Verdict.SHUT, f"{wish} must hold for {want}; it did not {since} ago"
    return Verdict.OPEN, ""


def _until(samples: Sequence[Sample], now: datetime) -> list[Sample]:
    return sorted((s for s in samples if s.at <= now), key=lambda s: s.at)


def _gap(spec: SignalSpec, times: Sequence[datetime], start: datetime, now: datetime) -> str:
    """Why a signal was not known throughout; a value stands until it is stale. Empty when it was."""
    before = [t for t in times if t <= start]
    if not before:
        return "there is no sample from before the window"
    for left, right in itertools.pairwise([before[-1], *times[len(before) :], now]):
        if right - left > spec.stale_after:
            return f"there was a gap of {format_duration(right - left)}"
    return ""


def _moments(known: Series, start: datetime) -> list[datetime]:
    """When a value may have changed: the window's start and every sample since, newest first."""
    return sorted(
        {start} | {s.at for samples in known.values() for s in samples if s.at > start}, reverse=True
    )


def _value_at(samples: Sequence[Sample], moment: datetime) -> Any:
    return samples[bisect.bisect_right(samples, moment, key=lambda s: s.at) - 1].value


def not_yet(shut: Sequence[GateResult], then: str = "") -> TransitionRefused:
    """The refusal that names each shut gate and why, one a line; `then` says what else can be done."""
    reasons = [f"{g.title}: {g.reason}" for g in shut]
    listed = "".join(f"\n• {r}" for r in reasons)
    said = f"Not yet. Still shut:{listed}" + (f"\n{then}" if then else "")
    unknown = [g.id for g in shut if g.verdict is Verdict.UNKNOWN]
    return TransitionRefused(said, shut=reasons, gates=[g.id for g in shut], unknown=unknown)
