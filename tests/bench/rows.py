"""A row: what was measured, in which unit, against which aim."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

OUT = Path("var/bench.json")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `aim` reads `<= 100`."""

    name: str
    value: float
    unit: str
    aim: str
    met: bool
    detail: Mapping[str, Any] = field(default_factory=dict)


def at_most(name: str, value: float, unit: str, bound: float, **detail: Any) -> Row:
    """A row that should be no more than its bound."""
    return Row(name, round(value, 3), unit, f"<= {bound:g}", value <= bound, detail)


def at_least(name: str, value: float, unit: str, bound: float, **detail: Any) -> Row:
    """A row that should be no less than its bound."""
    return Row(name, round(value, 3), unit, f">= {bound:g}", value >= bound, detail)


def quantile(values: Sequence[float], q: float) -> float:
    """The value that this share of the values does not exceed; no interpolation."""
    ordered = sorted(values)
    return ordered[min(int(q * len(ordered)), len(ordered) - 1)]


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table; a missed aim stands out."""
    table = Table("what", "value", "unit", "aim", "met", "detail", title="Bench")
    for row in rows:
        detail = ", ".join(f"{name} {value}" for name, value in row.detail.items() if name != "how")
        met = "[green]yes[/]" if row.met else "[bold red]no[/]"
        table.add_row(row.name, f"{row.value:g}", row.unit, row.aim, met, detail)
    console.print(table)


def write(rows: Sequence[Row], path: Path = OUT) -> None:
    """Keep the rows as JSON, in the shape of the contract."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
