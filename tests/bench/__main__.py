"""`python -m tests.bench`: measure, print a table, write `var/bench.json`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from tests.bench import (
    acks,
    appends,
    cards,
    crashes,
    home,
    memory,
    overlap,
    page,
    protected,
    redraw,
    sockets,
    tiers,
)
from tests.bench.bench import Bench, Measure
from tests.bench.rows import OUT, Row, show, write

# In this order: memory is that of the same process after what stands before it.
MEASURES: dict[str, Measure] = {
    "acks": acks.acks,
    "protected": protected.protected,
    "cards": cards.cards,
    "memory": memory.memory,
    "redraw": redraw.redraw,
    "tiers": tiers.tiers,
    "home": home.home,
    "console": page.page,
    "socket": sockets.sockets,
    "appends-sqlite": appends.on_sqlite,
    "appends-postgresql": appends.on_postgresql,
    "overlap": overlap.overlap,
    "crash-sqlite": crashes.on_sqlite,
    "crash-postgresql": crashes.on_postgresql,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=MEASURES, metavar="NAME", help=f"one of {', '.join(MEASURES)}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer repetitions; good for trying, not for telling"
    )
    return parser.parse_args()


async def _measure(names: list[str], console: Console, *, quick: bool) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="breakwater-bench-") as folder:
        async with AsyncExitStack() as stack:
            bench = Bench(Path(folder), quick, stack)
            for name in names:
                console.print(f"measuring {name} ...", style="dim")
                rows += await MEASURES[name](bench)
                bench.done.append(name)
    return rows


def main() -> None:
    """A missed aim is told and fails nothing; a measurement that breaks ends the run."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 200)
    rows = asyncio.run(_measure(options.only or list(MEASURES), console, quick=options.quick))
    show(rows, console)
    write(rows)
    missed = sum(not row.met for row in rows)
    console.print(f"{len(rows) - missed} of {len(rows)} aims met; all of it is in {OUT}.")


if __name__ == "__main__":
    main()
