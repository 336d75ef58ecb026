"""What a chart shows: signals over an incident, their thresholds, decisions, and where nothing was known.

A value stands until it is stale, and not a second longer: what lies between is a gap, never a guess.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches

from bot.domain.base import Frozen, Moment
from bot.domain.control import Control
from bot.domain.errors import BadInput, NotFound
from bot.domain.gate import GateSpec
from bot.domain.incident import Incident
from bot.domain.signal import Sample, SignalSpec, read_signal
from bot.usecases import work
from bot.usecases.ports import Actuation, Context, Tx

USUAL = ("coverage", "hot_balance", "queue_value", "net_outflow_hour")
MOST = 4
BEFORE, LONGEST = timedelta(minutes=15), timedelta(hours=24)
EXAMPLE = "/incident chart coverage hot_balance"
_THRESHOLD = re.compile(r"(\w+)\s*(>=|<=|==|>|<)\s*(-?\d+(?:\.\d+)?)")
_SAYS = {">=": "at least", "<=": "at most", "==": "exactly", ">": "above", "<": "below"}


class Undrawn(Exception):
    """A chart could not be drawn; `str()` says why in one line."""


class Threshold(Frozen):
    """A value that a gate compares with, in words such as `at least 1.5`."""

    value: Decimal
    says: str


class Run(Frozen):
    """A stretch in which a signal was known: values from their moments on, until `end`."""

    points: tuple[tuple[Moment, Decimal], ...]
    end: Moment


class Panel(Frozen):
    """One signal: where it was known, where not, what it is measured against, and what it says now."""

    title: str
    unit: str
    runs: tuple[Run, ...]
    unknown: tuple[tuple[Moment, Moment], ...]
    thresholds: tuple[Threshold, ...]
    places: int
    said: str


class Mark(Frozen):
    """One decision on controls; `tighter` says which way it went."""

    number: int
    at: Moment
    says: str
    tighter: bool


class Chart(Frozen):
    """Everything that is drawn; times are UTC."""

    title: str
    start: Moment
    end: Moment
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...]

    @property
    def words(self) -> str:
        """The same without a picture, a sentence for each panel; plain text."""
        marks = "; ".join(f"{m.number} at {m.at:%H:%M} {m.says}" for m in self.marks[-6:])
        span = f"{self.start:%H:%M} to {self.end:%H:%M} UTC"
        return " ".join(
            [
                f"{self.title}, {span}.",
                *map(_in_words, self.panels),
                *([f"Decisions: {marks}."] if marks else []),
            ]
        )


def chosen(ctx: Context, names: Sequence[str]) -> tuple[str, ...]:
    """The signals asked for, by their ids; none for the usual ones. Raises BadInput."""
    known = sorted(ctx.content.now.signals)
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            help_ = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
            raise BadInput(f"There is no signal {name}. {help_}", example=EXAMPLE)
    wanted = tuple(dict.fromkeys(names))
    if len(wanted) > MOST:
        raise BadInput(f"A chart holds {MOST} signals; ask for the others in a second one.", example=EXAMPLE)
    return wanted


async def ask_for_chart(ctx: Context, incident_id: str, names: Sequence[str], request_id: str) -> Incident:
    """Have a chart drawn into an incident's own channel, once a request.

    Raises BadInput, and NotFound also where the incident has no channel of its own: figures of the
    reserves leave it for nobody.
    """
    wanted = chosen(ctx, names)
    async with ctx.store.write() as tx:
        incident = await tx.incidents.get(incident_id)
        if incident.slack is None or not incident.slack.own:
            raise NotFound(f"{incident.id} has no channel of its own, and its figures are shown in no other.")
        await work.chart(tx, request_id or f"{ctx.clock.wall():%Y%m%d%H%M%S}", incident.id, wanted)
        return incident


async def incident_chart(ctx: Context, tx: Tx, incident: Incident, names: Sequence[str]) -> Chart:
    """What a chart of an incident shows now. Signals that are no longer known are left out."""
    content, now = ctx.content.now, ctx.clock.now()
    end = incident.ended_at or now
    start = max(incident.declared_at - BEFORE, end - LONGEST)
    specs = [content.signals[n] for n in names or _usual(content.signals) if n in content.signals]
    samples = await tx.samples.since([s.id for s in specs], start)
    gates = content.gates.values()
    panels = (_panel(spec, samples[spec.id], gates, start, end) for spec in specs)
    actuations = [a for a in await tx.holds.actuations(incident.id) if start <= a.created_at <= end]
    title = f"{incident.id} {incident.code_name}, {incident.phase}"
    return Chart(
        title=title, start=start, end=end, panels=tuple(panels), marks=_marks(content.by_id, actuations)
    )


def _usual(known: Iterable[str]) -> Sequence[str]:
    have = list(known)
    return [n for n in USUAL if n in have] or have[:MOST]


def _panel(
    spec: SignalSpec, samples: Sequence[Sample], gates: Iterable[GateSpec], start: datetime, end: datetime
) -> Panel:
    seen = [s for s in samples if s.at <= end]
    runs = _runs(spec, seen, start, end)
    last = read_signal(spec, seen[-1] if seen else None, end)
    return Panel(
        title=spec.title,
        unit=spec.unit,
        runs=runs,
        unknown=_between(runs, start, end),
        thresholds=_thresholds(spec.id, gates),
        places=spec.places,
        said=last.said,
    )


def _runs(spec: SignalSpec, samples: Sequence[Sample], start: datetime, end: datetime) -> tuple[Run, ...]:
    """Stretches without a gap: every value stands until the next one, or until it is stale."""
    runs: list[tuple[list[tuple[datetime, Decimal]], datetime]] = []
    for sample, following in itertools.zip_longest(samples, samples[1:]):
        stale = min(sample.at + spec.stale_after, end)
        if stale < start:
            continue
        point = (max(sample.at, start), sample.value)
        until = min(following.at, stale) if following else stale
        if runs and runs[-1][1] == sample.at:
            runs[-1] = ([*runs[-1][0], point], until)
        else:
            runs.append(([point], until))
    return tuple(Run(points=tuple(points), end=until) for points, until in runs)


def _between(runs: Sequence[Run], start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Where nothing was known."""
    edges = [start, *(edge for run in runs for edge in (run.points[0][0], run.end)), end]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((left, right) for left, right in pairs if left < right)


def _thresholds(signal: str, gates: Iterable[GateSpec]) -> tuple[Threshold, ...]:
    """The fixed values that gates compare this signal with."""
    found: dict[Decimal, str] = {}
    for condition in (c for gate in gates for c in gate.conditions):
        match = _THRESHOLD.fullmatch(condition.when.strip())
        if match and match[1] == signal:
            value = Decimal(match[3])
            found.setdefault(value, f"{_SAYS[match[2]]} {value.normalize():f}")
    return tuple(Threshold(value=v, says=says) for v, says in sorted(found.items()))


def _marks(controls: dict[str, Control], actuations: Sequence[Actuation]) -> tuple[Mark, ...]:
    by_decision: dict[str, list[Actuation]] = {}
    for asked in actuations:
        by_decision.setdefault(asked.decision_id, []).append(asked)
    marks = []
    for number, mine in enumerate(by_decision.values(), 1):
        tighter = mine[0].plan_id is None and mine[0].level is not None
        marks.append(Mark(number=number, at=mine[0].created_at, says=_what(controls, mine), tighter=tighter))
    return tuple(marks)


def _what(controls: dict[str, Control], asked: Sequence[Actuation]) -> str:
    if len(asked) > 1:
        return f"{len(asked)} controls"
    known = controls.get(asked[0].control_id)
    return f"{known.title if known else asked[0].control_id} {asked[0].level or 'released'}"


def _in_words(panel: Panel) -> str:
    values = [value for run in panel.runs for _, value in run.points]
    name = f"{panel.title} is {panel.said}"
    if not values:
        return f"{name}."
    least, most = (f"{value:,.{panel.places}f}" for value in (min(values), max(values)))
    against = f", threshold {' and '.join(t.says for t in panel.thresholds)}" if panel.thresholds else ""
    gaps = f", {len(panel.unknown)} times unknown" if len(panel.unknown) > 1 else ""
    return f"{name}; between {least} and {most}{against}{gaps}."
