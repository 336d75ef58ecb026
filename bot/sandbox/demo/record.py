"""The ledger as its bundle has it, for figures and checks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """Rows in order; times are business time, UTC."""

    rows: tuple[Json, ...]

    def of(self, *kinds: str) -> list[Json]:
        """The rows of these kinds."""
        return [row for row in self.rows if row["kind"] in kinds]

    def first(self, *kinds: str) -> datetime | None:
        """When the first row of these kinds was written."""
        return next((moment(row) for row in self.of(*kinds)), None)

    def last(self, *kinds: str) -> datetime | None:
        """When the last row of these kinds was written."""
        return next((moment(row) for row in reversed(self.of(*kinds))), None)

    def by(self, person: str) -> list[Json]:
        """The rows that a person wrote."""
        return [row for row in self.rows if row["actor"] == person]


def moment(row: Json) -> datetime:
    """When a row was written."""
    return datetime.fromisoformat(row["at"])


def read_bundle(folder: Path) -> Record:
    """The rows of an exported bundle. Raises OSError or ValueError when it is none."""
    return Record(tuple(_parsed(folder.joinpath("rows.jsonl").read_text("utf-8").splitlines())))


def _parsed(lines: Iterable[str]) -> Iterable[Json]:
    return (json.loads(line) for line in lines if line.strip())
