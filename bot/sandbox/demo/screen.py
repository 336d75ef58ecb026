"""What the person at the terminal sees: the story line by line, and under it how things stand right now."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

COLOURS = {
    "Alice": "cyan",
    "Bob": "green",
    "Carol": "red",
    "Dana": "magenta",
    "Erin": "yellow",
    "Frank": "blue",
}
PLAIN_WIDTH = 150
_PROGRESS = re.compile(r"\b(NORMAL|STRESSED|PROTECTED)(?: (\d+)/(\d+))?")


@dataclass
class Standing:
    """How things stand; every field is text as shown, `–` while nothing is known."""

    phase: str = "–"
    mode: str = "–"
    hot: str = "–"
    queue: str = "–"
    coverage: str = "–"
    bot: str = "up"

    def read_card(self, card: str) -> None:
        """Take the mode and how many of its controls are confirmed from an incident's card, as people do."""
        if found := _PROGRESS.search(card):
            mode, done, held = found.groups()
            self.mode = f"{mode} {done}/{held} confirmed" if done else mode

    def read_market(self, record: dict[str, Any] | None) -> None:
        """Take wallet, queue and coverage from the marketplace's own numbers."""
        if record is None:
            return
        usdt = record["assets"]["USDT"]
        self.hot = f"{millions(usdt['hot'])} USDT"
        self.queue = f"{usdt['queue']['count']:,} ({millions(usdt['queue']['value'])})"
        self.coverage = f"{Decimal(usdt['coverage']):.2f}×"

    @property
    def line(self) -> str:
        """All of it in one line."""
        parts = (f"controls {self.mode}", f"hot wallet {self.hot}", f"queue {self.queue}")
        return " · ".join((f"phase {self.phase}", *parts, f"coverage {self.coverage}", f"bot {self.bot}"))


def millions(amount: str) -> str:
    """An amount as people say it: `4.5M`."""
    value = Decimal(amount)
    return f"{value / 1_000_000:.1f}M" if value >= 1_000_000 else f"{value:,.0f}"  # noqa: PLR2004


class Screen:
    """Prints the story; a terminal has the standing at its foot, elsewhere each scene begins with it."""

    def __init__(self, clock: Callable[[], datetime], console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = PLAIN_WIDTH
        self.standing = Standing()
        self._clock = clock
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(self, console=self.console, refresh_per_second=5, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __rich__(self) -> RenderableType:
        """The standing, for the foot of a terminal."""
        return Group(Rule(style="dim"), Text(f"{self._now()}  {self.standing.line}", style="bold"))

    def scene(self, title: str) -> None:
        """A new scene begins."""
        if self.console.is_terminal:
            self.console.print(Rule(f"[bold]{escape(title)}", align="left", style="dim"))
        else:
            self.console.print(f"\n== {title}", markup=False)
            self.console.print(f"   {self._now()}  {self.standing.line}", markup=False, soft_wrap=True)

    def tell(self, who: str, what: str) -> None:
        """Somebody does something, or is told something."""
        colour = COLOURS.get(who, "bold")
        line = f"  [dim]{self._now()}[/dim]  [{colour}]{who:<10}[/] {escape(what)}"
        self.console.print(line, soft_wrap=not self.console.is_terminal)

    def fail(self, line: str) -> None:
        """Why the demo failed."""
        self.console.print(f"[bold red]FAILED[/] {escape(line)}", soft_wrap=True)

    def show(self, table: Table) -> None:
        """A table of the summary."""
        self.console.print(table)

    def _now(self) -> str:
        return f"{self._clock():%H:%M}"
