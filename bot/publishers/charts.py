"""Charts for the review: SVG written into the page, whose colours and letters are the page's own.

matplotlib knows neither dark pages nor CSS, so each part is drawn in a colour that stands for a role and is
replaced by the variable of that role afterwards.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.publishers.scale import Mark, Span, amount, apart, thinned
from bot.usecases.review_parts import Line, Track

INK, SOFT, GRID, LINE, MARK, OTHER = "#010203", "#040506", "#070809", "#0a0b0c", "#0d0e0f", "#101112"
_ROLES = {INK: "ink", SOFT: "soft", GRID: "line", LINE: "data", MARK: "mark", OTHER: "other"}
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "breakwater",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 9,
    "axes.edgecolor": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "text.color": INK,
}
_WIDTH = 9.2  # inches; the page scales it

Points = Sequence[tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same hours with protection and without: (minute, value) each."""

    title: str
    unit: str
    protected: Points
    unprotected: Points


def signal_chart(number: int, line: Line, marks: Sequence[Mark], span: Span) -> str:
    """One signal over the incident; decisions as numbered marks."""
    with _axes(1.75) as (figure, axes):
        points = thinned([(s.at, float(s.value)) for s in line.samples])  # only to be drawn, never summed
        axes.plot([span.x(at) for at, _ in points], [v for _, v in points], color=LINE, linewidth=1.8)
        _mark(axes, marks, span)
        unit = f", {line.spec.unit}" if line.spec.unit else ""
        axes.set_title(line.spec.title + unit, pad=16 if marks else 6)
        _time_axis(axes, span)
        said = f"{line.spec.title} between {line.lowest:,f} and {line.highest:,f} {line.spec.unit}".strip()
        return _svg(figure, f"signal{number}", said)


def control_chart(tracks: Sequence[Track], marks: Sequence[Mark], span: Span) -> str:
    """Every control as a row: desired above, observed below, darker the more restrictive."""
    with _axes(0.75 + 0.42 * len(tracks)) as (figure, axes):
        for row, track in enumerate(tracks):
            most = max(1, len(track.levels) - 1)
            _bars(axes, track.desired, row - 0.34, most, MARK, span)
            _bars(axes, track.observed, row + 0.02, most, LINE, span)
        axes.set_yticks(range(len(tracks)), [t.title for t in tracks])
        axes.set_ylim(len(tracks) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(visible=False)
        _mark(axes, marks, span)
        _time_axis(axes, span)
        return _svg(figure, "controls", f"{len(tracks)} controls, desired and observed over time")


def comparison_chart(comparison: Comparison) -> str:
    """The same hours with protection and without it."""
    with _axes(2.6) as (figure, axes):
        for points, colour, dash, name in (
            (comparison.unprotected, OTHER, (0, (5, 2.5)), "without protection"),
            (comparison.protected, LINE, "solid", "with protection"),
        ):
            minutes, values = [float(m) for m, _ in points], [float(v) for _, v in points]
            axes.plot(minutes, values, color=colour, linewidth=2.2, linestyle=dash, label=name)
        axes.set_title(f"{comparison.title}, {comparison.unit}" if comparison.unit else comparison.title)
        axes.set_xlabel("minutes", color=SOFT)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(amount))
        axes.legend(frameon=False, loc="best")
        return _svg(figure, "comparison", f"{comparison.title} with and without protection")


@contextmanager
def _axes(height: float) -> Iterator[tuple[Figure, Axes]]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure, figure.subplots()


def _time_axis(axes: Axes, span: Span) -> None:
    pad = max((span.end - span.start).total_seconds() * 0.01, 10)
    axes.set_xlim(-pad, span.x(span.end) + pad)
    ticks = span.ticks()
    axes.set_xticks([span.x(at) for at in ticks], [at.strftime(span.form) for at in ticks])
    if axes.get_title(loc="left"):
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(amount))


def _mark(axes: Axes, marks: Sequence[Mark], span: Span) -> None:
    for at, name in apart(marks):
        axes.axvline(span.x(at), color=MARK, linewidth=1, alpha=0.75, dashes=(2, 2))
        axes.annotate(
            name,
            (span.x(at), 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            color=MARK,
            fontweight="bold",
            fontsize=8.5,
        )


def _bars(
    axes: Axes, steps: Sequence[tuple[datetime, int | None]], top: float, most: int, colour: str, span: Span
) -> None:
    """A bar from each moment to the next; normal is a thin line, unknown is hatched."""
    ends = [at for at, _ in steps[1:]] + [span.end]
    for (at, level), end in zip(steps, ends, strict=True):
        extent = (span.x(at), max((end - at).total_seconds(), 0.0))
        if level is None:
            axes.broken_barh(
                [extent], (top, 0.3), facecolor="none", edgecolor=SOFT, hatch="////", linewidth=0
            )
        elif level == 0:
            axes.broken_barh([extent], (top + 0.13, 0.04), facecolor=colour, alpha=0.6, linewidth=0)
        else:
            shade = 0.3 + 0.7 * level / most
            axes.broken_barh([extent], (top, 0.3), facecolor=colour, alpha=shade, linewidth=0)


def _svg(figure: Figure, name: str, said: str) -> str:
    """The drawing as an element of the page: its own ids, the page's colours and letters, a spoken name."""
    out = io.StringIO()
    with warnings.catch_warnings():
        # The reader's browser draws the letters, whatever matplotlib's own font lacks.
        warnings.filterwarnings("ignore", "Glyph")
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r" font-family: [^;\"]*;", "", svg)
    for colour, role in _ROLES.items():
        svg = svg.replace(colour, f"var(--{role})")
    svg = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\1{name}-", svg)
    head = f'<svg role="img" aria-label="{escape(said)}" class="chart"'
    return re.sub(r'<svg([^>]*?) width="[^"]*" height="[^"]*"', rf"{head}\1", svg, count=1)
