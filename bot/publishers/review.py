"""The review of an incident as one HTML file that needs nothing else: words, figures and charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.publishers.charts import Comparison, comparison_chart, control_chart, signal_chart
from bot.publishers.scale import Mark, Span
from bot.usecases.ports import Context
from bot.usecases.review import BEFORE, review_facts
from bot.usecases.review_parts import Line, ReviewFacts

MOST_CHARTS = 8
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Charts:
    """The drawings of one review; empty where there was nothing to draw."""

    comparison: Markup
    controls: Markup
    signals: tuple[Markup, ...]


async def review_html(
    ctx: Context,
    incident_id: str,
    templates_dir: Path,
    *,
    comparison: Comparison | None = None,
    cause_at: datetime | None = None,
) -> str:
    """The review as HTML text. Raises NotFound, and OSError when the template cannot be read."""
    async with ctx.store.read() as tx:
        facts = await review_facts(ctx, tx, incident_id, cause_at=cause_at)
    return render_review(facts, templates_dir, comparison)


def render_review(facts: ReviewFacts, templates_dir: Path, comparison: Comparison | None = None) -> str:
    """The facts as HTML text."""
    folder = templates_dir / "review"
    jinja = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {
        "moment": moment,
        "clock": clock,
        "lasting": lasting,
        "measured": measured,
        "unit": unit,
    }
    css = Markup((folder / "style.css").read_text("utf-8"))  # noqa: S704 - the operator's own stylesheet
    charts = draw(facts, comparison)
    return jinja.get_template("review.html").render(facts=facts, charts=charts, css=css)


def draw(facts: ReviewFacts, comparison: Comparison | None) -> Charts:
    """All charts of a review. What matplotlib writes is escaped by it."""
    span = Span(facts.began - BEFORE, facts.ended)
    marks: list[Mark] = [(d.event.at, str(d.number)) for d in facts.decisions]
    moving = [line for line in facts.lines if line.lowest != line.highest][:MOST_CHARTS]
    return Charts(
        comparison=Markup(comparison_chart(comparison) if comparison else ""),  # noqa: S704 - as the docstring says
        controls=Markup(control_chart(facts.tracks, marks, span) if facts.tracks else ""),  # noqa: S704 - same
        signals=tuple(Markup(_signal(n, line, marks, span)) for n, line in enumerate(moving)),  # noqa: S704 - same
    )


def _signal(n: int, line: Line, marks: list[Mark], span: Span) -> str:
    return signal_chart(n, line, marks, span)


def moment(at: datetime) -> str:
    """`2026-11-20 14:05:31 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(at: datetime) -> str:
    """`14:05:31`."""
    return f"{at.astimezone(UTC):%H:%M:%S}"


def lasting(value: timedelta | None) -> str:
    """`1 h 04 min`, `3 min 20 s`, `0.4 s`, or a dash."""
    if value is None:
        return "–"
    seconds = value.total_seconds()
    if seconds < 10:  # noqa: PLR2004 - below that tenths tell something
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def number(value: Decimal, places: int) -> str:
    """`1,250,000.50`."""
    return f"{value:,.{places}f}"


def measured(value: Decimal, line: Line) -> str:
    """A value of a signal; seconds as hours and minutes where the line reaches an hour."""
    if line.spec.unit == "s" and line.highest >= HOUR and value >= 0:
        return lasting(timedelta(seconds=float(value)))
    return number(value, line.spec.places)


def unit(line: Line) -> str:
    """The unit of a line's values; none where it is said with the values."""
    return "" if line.spec.unit == "s" and line.highest >= HOUR else line.spec.unit
