"""The shipped controls: where each is in the marketplace, and what its levels are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.domain.control import same_value

CONTROLS = Path("platform/controls.yaml")


@dataclass(frozen=True, slots=True)
class Knob:
    """One control: its resource in the marketplace, and id, title and value of each level, loosest first."""

    id: str
    title: str
    path: str
    levels: tuple[tuple[str, str, Mapping[str, Any]], ...]

    def level_of(self, value: Mapping[str, Any]) -> tuple[str, str] | None:
        """Id and title of the level that a resource's value is; None for one that nobody wrote down."""
        for level, title, wanted in self.levels:
            seen = {name: value.get(name) for name in wanted}
            if same_value(wanted, seen):
                return level, title
        return None

    def title_of(self, level: str) -> str:
        """What a level is called; its id when it is not known."""
        return next((title for known, title, _ in self.levels if known == level), level)

    def rank(self, level: str) -> int:
        """How restrictive a level is, 0 for the loosest."""
        return next((rank for rank, (known, _, _) in enumerate(self.levels) if known == level), 0)


def knobs(runbooks: Path) -> tuple[Knob, ...]:
    """Every control of a runbooks folder in its order. Raises OSError, KeyError."""
    written = yaml.safe_load((runbooks / CONTROLS).read_text("utf-8"))
    return tuple(knob for entry in written["controls"] for knob in _each(entry))


def _each(entry: Mapping[str, Any]) -> Iterator[Knob]:
    levels = tuple((str(one["id"]), str(one["title"]), one["value"]) for one in entry["levels"])
    every: list[dict[str, str]] = entry.get("each") or [{}]
    for params in every:
        yield Knob(
            id=entry["id"].format(**params),
            title=entry["title"].format(**params),
            path=entry["adapter"]["read"]["path"].format(**params),
            levels=levels,
        )
