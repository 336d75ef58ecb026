"""Content to play with: the shipped runbooks under the durations of `demo.yaml` or `sandbox.yaml`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

DURATIONS = frozenset(
    {
        "stale_after",
        "wait",
        "next_in",
        "ratify_within",
        "proposal_ttl",
        "budget",
        "review_after",
        "timeout",
    }
)
_DURATION = re.compile(r"\d+(s|m|h|d)")
Node = dict[str, Any] | list[Any]


class OverrideError(Exception):
    """An override fits nothing in the shipped content, or touches more than a duration."""


def make_content(shipped: Path, to: Path, overrides: Mapping[str, Any]) -> None:
    """Copy the shipped runbooks to a new folder and override there. Raises OverrideError."""
    shutil.copytree(shipped, to)
    for new, section in ((False, "change"), (True, "add")):
        for pattern, paths in overrides.get(section, {}).items():
            _override(to, pattern, paths, new=new)


def written(name: str) -> dict[str, Any]:
    """What `demo.yaml` or `sandbox.yaml` says."""
    read: dict[str, Any] = yaml.safe_load(files(__package__).joinpath(f"{name}.yaml").read_text("utf-8"))
    return read


def _override(folder: Path, pattern: str, paths: Mapping[str, str], *, new: bool) -> None:
    touched = dict.fromkeys(paths, 0)
    for file in sorted(folder.glob(pattern)):
        data = yaml.safe_load(file.read_text("utf-8"))
        for path, value in paths.items():
            touched[path] += _put(data, path, value, new=new)
        file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110), "utf-8")
    if idle := [path for path, times in touched.items() if not times]:
        raise OverrideError(f"{pattern}: there is no {', '.join(idle)}")


def _put(data: Node, path: str, value: str, *, new: bool) -> int:
    """Write a duration wherever the path leads; how many places that were."""
    *way, last = path.split(".")
    if last not in DURATIONS or not _DURATION.fullmatch(str(value)):
        raise OverrideError(f"{path}: {value!r} is no duration of a kind that may be changed here")
    places = [p for p in _places(data, way) if isinstance(p, dict) and (last in p) is not new]
    for place in places:
        place[last] = value
    return len(places)


def _places(node: Any, way: list[str]) -> Iterator[Any]:
    if not way:
        yield node
        return
    first, *rest = way
    if isinstance(node, dict):
        chosen = list(node.values()) if first == "*" else [node[first]] if first in node else []
    else:
        chosen = list(node) if first == "*" and isinstance(node, list) else []
    for child in chosen:
        yield from _places(child, rest)
