"""The end of the performance: a table for the terminal and `summary.json` for whoever asks later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.markup import escape
from rich.table import Table

from bot.sandbox.demo.checks import Check
from bot.sandbox.demo.figures import Figures
from bot.sandbox.demo.public import pretty

Json = dict[str, Any]
MOST = 160


@dataclass
class Report:
    """What is known at the end, however it ended; `failure` is the one line about why it did not go on."""

    seed: int
    scale: float
    wall_seconds: float = 0.0
    checks: Sequence[Check] = ()
    figures: Figures | None = None
    notes: Json = field(default_factory=dict)
    failure: str = ""

    @property
    def held(self) -> bool:
        """Whether the demo was played to its end and every check held."""
        return not self.failure and bool(self.checks) and all(check.held for check in self.checks)

    def as_json(self) -> Json:
        """`summary.json`."""
        return {
            "held": self.held,
            "failure": self.failure or None,
            "seed": self.seed,
            "time_scale": self.scale,
            "wall_seconds": round(self.wall_seconds, 1),
            "checks": [{"name": c.name, "held": c.held, "found": c.found} for c in self.checks],
            "figures": self.figures.as_json() if self.figures else None,
            "notes": self.notes,
        }

    def write(self, out: Path) -> None:
        """Leave `summary.json`."""
        out.mkdir(parents=True, exist_ok=True)
        (out / "summary.json").write_text(pretty(self.as_json()), "utf-8")


def tables(report: Report) -> list[Table]:
    """What the terminal shows at the end."""
    shown = [_times(report.figures), _reserves(report.figures)] if report.figures else []
    return [*shown, _checks(report.checks)]


def _times(figures: Figures) -> Table:
    """The review's own figures, so that both say the same."""
    table = Table(title="How fast (simulated time, as the review says it)", title_justify="left")
    for heading in ("", "took", "counted"):
        table.add_column(heading, justify="right" if heading == "took" else "left")
    for said in figures.review:
        table.add_row(said.name, said.value, said.since)
    return table


def _reserves(figures: Figures) -> Table:
    table = Table(title="What protection was worth (USDT, the same seed)", title_justify="left")
    for heading in ("", "with protection", "without"):
        table.add_column(heading, justify="right" if heading else "left")
    guarded, idle = figures.protected_run, figures.unprotected_run
    rows = (
        ("own funds at the end", money(guarded.own_at_end), money(idle.own_at_end)),
        ("hot wallet at its lowest", money(guarded.hot_lowest), money(idle.hot_lowest)),
        ("minutes with an empty hot wallet", str(guarded.minutes_dry), str(idle.minutes_dry)),
        ("most withdrawals waiting", f"{guarded.waiting_most:,}", f"{idle.waiting_most:,}"),
        ("paid out to customers", money(guarded.paid_out), money(idle.paid_out)),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _checks(checks: Sequence[Check]) -> Table:
    table = Table(title="Checks", title_justify="left", show_header=False)
    for check in checks:
        mark = "[green]held[/]" if check.held else "[bold red]FAILED[/]"
        table.add_row(mark, escape(check.name), escape(shorten(check.found, MOST, placeholder=" …")))
    return table


def money(amount: str) -> str:
    """An amount with thousands apart, whole."""
    return f"{Decimal(amount):,.0f}"
