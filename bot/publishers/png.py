"""A chart as a PNG for a phone: `python -m bot.publishers.png` reads it as JSON and writes the picture.

In a process of its own, because matplotlib takes a second and fifty megabytes that nothing else should wait
for or keep. The picture has a ground of its own, so that a dark and a light Slack show the same.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from datetime import datetime
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.publishers.scale import Span, amount, apart, thinned
from bot.usecases.chart import Chart, Mark, Panel, Run

GROUND, INK, SOFT, GRID = "#f7f8fa", "#14202b", "#4a5a68", "#d3dae0"
LINE, LIMIT, TIGHT, LOOSE, DARK = "#0b5cad", "#b3261e", "#7a1fa2", "#1b7f4b", "#aab4bd"
WIDTH, HEAD, PANEL, FOOT, DPI = 6.0, 0.75, 1.75, 0.35, 200  # inches: 1200 pixels across
TICKS = 5
ROOM = 0.15  # of the width: what the word `unknown` takes
_STYLE: dict[Any, Any] = {
    "text.parse_math": False,
    "font.size": 12.5,
    "figure.constrained_layout.h_pad": 0.09,  # inches
    "figure.facecolor": GROUND,
    "axes.facecolor": GROUND,
    "axes.edgecolor": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 13.5,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "hatch.color": DARK,
    "hatch.linewidth": 1.0,
}


def png(chart: Chart) -> bytes:
    """The picture."""
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a letter the font lacks must not fail the chart
        figure = Figure(figsize=(WIDTH, HEAD + PANEL * len(chart.panels) + FOOT), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(chart.title, x=0.02, ha="left", fontsize=14.5, fontweight="bold")
        every = figure.subplots(len(chart.panels), 1, sharex=True, squeeze=False)[:, 0]
        span = Span(chart.start, chart.end)
        for axes, panel in zip(every, chart.panels, strict=True):
            _panel(axes, panel, chart.marks, span)
        _time_axis(every[-1], span)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
        return out.getvalue()


def _panel(axes: Axes, panel: Panel, marks: tuple[Mark, ...], span: Span) -> None:
    unit = f", {panel.unit}" if panel.unit else ""
    axes.set_title(panel.title + unit, pad=20 if marks else 8)
    for run in panel.runs:
        _run(axes, run, span)
    _limits(axes, panel)
    for left, right in panel.unknown:
        axes.axvspan(span.x(left), span.x(right), facecolor="none", edgecolor=DARK, hatch="///", linewidth=0)
    if panel.unknown:
        _label_unknown(axes, panel, span)
    _marks(axes, marks, span)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(amount))
    axes.tick_params(axis="y", length=0)
    axes.margins(y=0.12)


def _run(axes: Axes, run: Run, span: Span) -> None:
    """Steps, because a value stands until the next one: nothing is drawn that nobody measured."""
    points = thinned([(at, float(value)) for at, value in run.points])  # only to be drawn, never summed
    xs = [*(span.x(at) for at, _ in points), span.x(run.end)]
    ys = [*(value for _, value in points), points[-1][1]]
    axes.plot(xs, ys, color=LINE, linewidth=2.4, drawstyle="steps-post", solid_capstyle="butt")


def _limits(axes: Axes, panel: Panel) -> None:
    for limit in panel.thresholds:
        axes.axhline(float(limit.value), color=LIMIT, linewidth=1.6, dashes=(5, 3))
        axes.annotate(
            limit.says,
            (1, float(limit.value)),
            xycoords=("axes fraction", "data"),
            xytext=(-2, 3),
            textcoords="offset points",
            ha="right",
            color=LIMIT,
            fontsize=11,
            path_effects=[withStroke(linewidth=3, foreground=GROUND)],
        )


def _label_unknown(axes: Axes, panel: Panel, span: Span) -> None:
    """The word into the widest gap, where there is room for it."""
    left, right = max(panel.unknown, key=lambda gap: gap[1] - gap[0])
    if (right - left) < ROOM * (span.end - span.start):
        return
    axes.text(
        (span.x(left) + span.x(right)) / 2,
        0.5,
        "unknown",
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="center",
        color=SOFT,
        fontsize=11,
        bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1.5},
        clip_on=True,
    )


def _marks(axes: Axes, marks: tuple[Mark, ...], span: Span) -> None:
    for tighter, sign, colour in ((True, "▼", TIGHT), (False, "▲", LOOSE)):
        mine: list[tuple[datetime, str]] = [(m.at, str(m.number)) for m in marks if m.tighter is tighter]
        for at, name in apart(mine):
            axes.axvline(span.x(at), color=colour, linewidth=1.4, dashes=(2, 2))
            axes.annotate(
                f"{sign}{name}",
                (span.x(at), 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                color=colour,
                fontweight="bold",
                fontsize=11,
            )


def _time_axis(axes: Axes, span: Span) -> None:
    axes.set_xlim(0, max(span.x(span.end), 1))
    ticks = span.ticks(TICKS)
    axes.set_xticks([span.x(at) for at in ticks], [at.strftime(span.form) for at in ticks])
    axes.set_xlabel("UTC", color=SOFT, loc="right")


def main() -> None:
    """JSON in, PNG out; behind everything else that runs here."""
    os.nice(10)
    chart = Chart.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(png(chart))


if __name__ == "__main__":
    main()
