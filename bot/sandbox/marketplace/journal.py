"""What survives a restart: one append-only file, a JSON line for everything that came from outside.

The market is deterministic, so its state is not kept: it is lived through again. A line is one write(2)
to a file opened for appending, so a killed process leaves whole lines, at worst without the last.
"""

import json
import os
from pathlib import Path
from typing import Any

FILE = "journal.jsonl"


class Journal:
    """Lines of `{"kind": …, "tick": …}`; without a folder it keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._descriptor: int | None = None
        self.lines: list[dict[str, Any]] = []
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        self.lines = _whole_lines(path)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, kind: str, tick: int, **data: Any) -> None:
        """Keep one line."""
        if self._descriptor is not None:
            line = json.dumps({"kind": kind, "tick": tick, **data}, separators=(",", ":"))
            os.write(self._descriptor, line.encode() + b"\n")


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of an earlier life; a torn last one is cut off, for the next line must stand alone."""
    if not path.exists():
        return []
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) != len(text):
        os.truncate(path, len(whole))
    return [json.loads(line) for line in whole.splitlines()]
