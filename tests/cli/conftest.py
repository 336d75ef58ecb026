"""The command line as a person has it: a process of its own, its environment, what it says and its status."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


Breakwater = Callable[..., Said]


@pytest.fixture
def breakwater(tmp_path: Path) -> Breakwater:
    """Run `breakwater …` with a database and key of its own; keyword arguments are further variables."""
    base = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path}/b.db",
        "LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
        "ANCHORS_FILE": str(tmp_path / "anchors.jsonl"),
        "MARKETPLACE_URL": "http://127.0.0.1:9",
        "LOG_FORMAT": "json",
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }

    def run(*words: str, **env: str) -> Said:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "bot", *words],
            env=base | env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run
