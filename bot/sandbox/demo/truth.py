"""Whether public texts told what the marketplace itself was doing, judged apart from the product's own code.

A sentence that customers are told belongs to levels of controls (`customers` in controls.yaml); the
marketplace's trail says which values stood when. A change that fell into the last minutes before a text may
be told or not yet told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
GRACE = timedelta(minutes=5)
_PROMISE = re.compile(r"withdrawals up to (\d+) usdt in value")
_COMMA = re.compile(r"(?<=\d),(?=\d)")


@dataclass(frozen=True, slots=True)
class Told:
    """One level of one control: the resource and the value it means, and what customers are told of it."""

    path: str
    value: Mapping[str, str]
    sentence: str

    def stands(self, value: Mapping[str, str]) -> bool:
        """Whether a resource's value is this level's."""
        return all(value.get(name) == wanted for name, wanted in self.value.items())


class Values:
    """Which value each resource had when, out of the marketplace's controls and trail."""

    def __init__(self, controls: Iterable[Json], audit: Iterable[Json]) -> None:
        self._first = {c["path"]: _plain(c["default"]) for c in controls}
        self._later: dict[str, list[tuple[datetime, Mapping[str, str]]]] = {path: [] for path in self._first}
        for row in audit:
            if row["applied"] and row["value_after"] is not None:
                at = datetime.fromisoformat(row["at"])
                self._later[row["path"]].append((at, _plain(row["value_after"])))

    @property
    def paths(self) -> list[str]:
        """Every resource."""
        return list(self._first)

    def between(self, path: str, start: datetime, end: datetime) -> list[Mapping[str, str]]:
        """Every value that the resource had in that time."""
        before = [value for at, value in self._later[path] if at <= start]
        during = [value for at, value in self._later[path] if start < at <= end]
        return [before[-1] if before else self._first[path], *during]


def read_levels(controls_file: Path) -> list[Told]:
    """Every level that customers are told of, from the operators' own file."""
    found = []
    for entry in yaml.safe_load(controls_file.read_text("utf-8"))["controls"]:
        for params in entry.get("each", [{}]):
            for level in entry["levels"]:
                sentence = level.get("customers", "").format(**params, **level["value"])
                path = entry["adapter"]["set"]["path"].format(**params)
                found.append(Told(path, _plain(level["value"]), sentence))
    return found


def untruths(text: str, at: datetime, levels: Sequence[Told], values: Values) -> Iterator[str]:
    """What a text published at a moment says that was not so, or leaves out that was."""
    start, said = at - GRACE, _squeezed(text)
    for sentence in sorted({level.sentence for level in levels if level.sentence}):
        stood = _stood([level for level in levels if level.sentence == sentence], start, at, values)
        claimed = f"{_squeezed(sentence)}." in said
        if claimed and not any(any(seen) for seen in stood.values()):
            yield f"says “{sentence}”, which did not stand"
        if not claimed and any(all(seen) for seen in stood.values()):
            yield f"leaves out “{sentence}”, which stood"
    for amount in _PROMISE.findall(said):
        rails = (path for path in values.paths if path.endswith("/withdrawals"))
        for rail in rails:
            if all(_below(v, Decimal(amount)) for v in values.between(rail, start, at)):
                yield f"promises withdrawals up to {amount} USDT, and {rail} allowed less"


def _stood(mine: Sequence[Told], start: datetime, at: datetime, values: Values) -> dict[str, list[bool]]:
    """For each resource that a sentence may speak of: whether it was so at each of its values then."""
    return {
        path: [any(m.path == path and m.stands(v) for m in mine) for v in values.between(path, start, at)]
        for path in {m.path for m in mine}
    }


def _below(value: Mapping[str, str], amount: Decimal) -> bool:
    return value["status"] != "enabled" or Decimal(value["max_per_transaction"]) < amount


def _squeezed(text: str) -> str:
    """Words as compared: one blank between them, no capitals, no commas within numbers."""
    return _COMMA.sub("", " ".join(text.split()).casefold())


def _plain(value: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(part) for name, part in value.items()}
