"""What all charts measure by: the time axis, marks that share a label, no more points than can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MOST_POINTS = 600
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440)  # minutes

Mark = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Span:
    """The time an incident's charts cover."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        """Seconds since the start: where a moment stands on the axis."""
        return (at - self.start).total_seconds()

    @property
    def form(self) -> str:
        """How a moment on the axis is written."""
        return "%H:%M" if self.end - self.start < timedelta(days=2) else "%d %b %H:%M"

    def ticks(self, most: int = 9) -> list[datetime]:
        """Round moments, at most so many."""
        day = self.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        step = next(
            (
                timedelta(minutes=m)
                for m in _STEPS
                if (self.end - self.start) / (most - 1) <= timedelta(minutes=m)
            ),
            None,
        )
        step = step or timedelta(days=-(-(self.end - self.start).days // (most - 1)))
        first = day + step * -(-(self.start - day) // step)
        return [first + step * n for n in range(most) if first + step * n <= self.end]


def apart(marks: Sequence[Mark]) -> list[Mark]:
    """Marks of the same minute share one label: `2–4`."""
    out: list[tuple[datetime, list[str]]] = []
    for at, name in marks:
        if out and at - out[-1][0] < timedelta(minutes=1):
            out[-1][1].append(name)
        else:
            out.append((at, [name]))
    return [(at, names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}") for at, names in out]


def thinned(points: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """At most some hundred points, keeping the lowest and the highest of every stretch."""
    stride = -(-len(points) // (_MOST_POINTS // 2))
    if stride <= 2:  # noqa: PLR2004 - every stretch would keep all it has
        return points
    kept: list[tuple[datetime, float]] = []
    for start in range(0, len(points), stride):
        stretch = points[start : start + stride]
        kept += sorted({min(stretch, key=lambda p: p[1]), max(stretch, key=lambda p: p[1])})
    return kept


def amount(value: float, _position: int | None = None) -> str:
    """A number with few letters: `2.5 m`."""
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"
