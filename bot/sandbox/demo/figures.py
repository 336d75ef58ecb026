"""The figures of a performance: how fast it went, and what protection was worth, from the same seed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

from bot.sandbox.demo.record import Record, moment
from bot.sandbox.marketplace.model import counterfactual
from bot.sandbox.marketplace.scenario import SCENARIOS

Json = dict[str, Any]
SCENARIO = SCENARIOS["counterparty_failure"]
_FIGURE = re.compile(r'<div><dt>([^<]*)</dt><dd>([^<]*)</dd><dd class="soft">([^<]*)</dd></div>')
DRY = Decimal(90_000)  # a wallet below it pays hardly anybody


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the marketplace's USDT; amounts in USDT, as decimal strings."""

    hot_lowest: str
    hot_at_end: str
    own_at_end: str
    paid_out: str
    waiting_most: int
    minutes_dry: int


@dataclass(frozen=True, slots=True)
class Said:
    """A figure as the review says it: `value` in words, and the moment it counts `since`."""

    name: str
    value: str
    since: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in simulated minutes, None for what never came about; `review` is how the review says it."""

    detected: float | None
    declared: float | None
    classified: float | None
    protective_action: float | None
    protected: float | None
    first_public_update: float | None
    reopened: float | None
    closed: float | None
    protected_run: Outcome
    unprotected_run: Outcome
    kept: str
    review: tuple[Said, ...] = ()

    def as_json(self) -> Json:
        """The figures as JSON."""
        return asdict(self)


def review_figures(page: str) -> tuple[Said, ...]:
    """The figures that a review's page shows, in its order."""
    return tuple(Said(*(unescape(part) for part in found)) for found in _FIGURE.findall(page))


def figures(record: Record, history: Json, seed: int, page: str = "") -> Figures:
    """Measure. Detection counts from the failure, protection from detection, the rest from declaring."""
    failed = failed_at(history)
    detected, declared = record.first("suggestion.raised"), record.first("incident.declared")
    ticks = history["records"]
    idle = counterfactual(seed, SCENARIO, len(ticks), cause_ended_at=history["cause_ordered_tick"])
    with_it = outcome_of([tick["assets"]["USDT"] for tick in ticks], [t["customers_waiting"] for t in ticks])
    without = outcome_of(
        [tick.as_json()["assets"]["USDT"] for tick in idle], [t.customers_waiting for t in idle]
    )
    return Figures(
        detected=minutes(failed, detected),
        declared=minutes(detected, declared),
        classified=minutes(declared, record.first("class.set")),
        protective_action=minutes(detected, record.first("mode.decided", "control.decided")),
        protected=minutes(detected, protected_since(record)),
        first_public_update=minutes(declared, record.first("publication.published")),
        reopened=minutes(declared, record.last("plan.done")),
        closed=minutes(declared, ended(record)),
        protected_run=with_it,
        unprotected_run=without,
        kept=str(Decimal(with_it.own_at_end) - Decimal(without.own_at_end)),
        review=review_figures(page),
    )


def failed_at(history: Json) -> datetime:
    """When the counterparty failed, UTC."""
    return datetime.fromisoformat(history["start"]) + timedelta(minutes=SCENARIO.begins_minute or 0)


def outcome_of(usdt: list[Json], waiting: list[int]) -> Outcome:
    """Sum up a run from its ticks."""
    hot = [Decimal(tick["hot"]) for tick in usdt]
    last = usdt[-1]
    own = sum(Decimal(last[name]) for name in ("hot", "reserve", "in_transit"))
    return Outcome(
        hot_lowest=str(min(hot)),
        hot_at_end=str(hot[-1]),
        own_at_end=str(own),
        paid_out=str(last["paid_out"]),
        waiting_most=max(waiting),
        minutes_dry=sum(1 for amount in hot if amount < DRY),
    )


def minutes(start: datetime | None, end: datetime | None) -> float | None:
    """From one moment to another, to a tenth."""
    return round((end - start).total_seconds() / 60, 1) if start and end else None


def protected_since(record: Record) -> datetime | None:
    """When the last control of protected mode was confirmed the first time."""
    decided = next((r for r in record.of("mode.decided") if r["data"]["mode"] == "protected"), None)
    if decided is None:
        return None
    ended = after_decision(record, decided["seq"])
    return moment(ended[-1]) if ended else None


def after_decision(record: Record, seq: int) -> list[Json]:
    """The outcomes of actuations between a decision's row and the first that loosens again."""
    loosened = next((r["seq"] for r in record.of("plan.stage_begun") if r["seq"] > seq), len(record.rows) + 1)
    return [r for r in record.of("actuation.confirmed", "actuation.settled") if seq < r["seq"] < loosened]


def ended(record: Record) -> datetime | None:
    """When the incident was closed."""
    rows = [r for r in record.of("phase.entered") if r["data"]["after"] == "closed"]
    return moment(rows[0]) if rows else None
