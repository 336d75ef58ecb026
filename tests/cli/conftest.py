"""The command line as a person has it: its environment, what it says and its status.

`breakwater` runs it in this process, which is quick; `process` as a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.main import run as command_line

Breakwater = Callable[..., "Said"]


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A database and a key of its own."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path}/b.db",
        "LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
        "ANCHORS_FILE": str(tmp_path / "anchors.jsonl"),
        "MARKETPLACE_URL": "http://127.0.0.1:9",
        "LOG_FORMAT": "json",
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "TERM": "dumb",
    }


@pytest.fixture
def breakwater(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Breakwater:
    """Run `breakwater …` here; keyword arguments are further variables."""

    def run(*words: str, **env: str) -> Said:
        with monkeypatch.context() as here:
            for name in list(os.environ):
                here.delenv(name)
            for name, value in (environment | env).items():
                here.setenv(name, value)
            here.setattr(sys, "argv", ["breakwater", *words])
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                command_line()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def process(environment: dict[str, str]) -> Breakwater:
    """Run `python -m bot …` as a process of its own."""

    def run(*words: str, **env: str) -> Said:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "bot", *words],
            env=environment | env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run
