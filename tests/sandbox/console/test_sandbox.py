"""`breakwater sandbox` as somebody runs it: one address, its processes, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[3]
OPEN = re.compile(r"open (http://127\.0\.0\.1:\d+)/ ")
PATIENCE = 60.0


def command(data: Path, port: int, *more: str) -> subprocess.Popen[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    told = {"CONSOLE_PORT": str(port), "DATABASE_URL": "sqlite:////nowhere/else.db"}
    return subprocess.Popen(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "bot", "sandbox", "--data", str(data), *more],
        cwd=ROOT,
        env=kept | told,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(data: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The sandbox and its address, from its own line; ended whatever happens."""
    sandbox = command(data, 0, *more)
    try:
        assert sandbox.stdout is not None
        said: list[str] = []
        while not (found := OPEN.search("".join(said))):
            line = sandbox.stdout.readline()
            assert line, f"ended: {said} {sandbox.communicate()[1]}"
            said.append(line)
        yield sandbox, found[1]
    finally:
        sandbox.kill()
        sandbox.communicate()


def soon(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


def view(url: str) -> dict[str, object]:
    with httpx.stream("GET", f"{url}/console/world/events", trust_env=False, timeout=PATIENCE) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                found: dict[str, object] = json.loads(line.removeprefix("data: "))
                return found
    raise AssertionError("the stream ended")


def test_it_runs_on_one_address_revives_the_bot_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (sandbox, url):
        children = psutil.Process(sandbox.pid).children()
        assert len(children) == 3
        assert "Breakwater" in httpx.get(f"{url}/", trust_env=False).text
        begun = httpx.post(f"{url}/console/world/scenario", json={"scenario": "hot_key"}, trust_env=False)
        assert begun.json()["story"]["name"] == "hot_key"
        assert view(url)["public"] is not None
        bot = next(child for child in children if child.cmdline()[-1] == "serve")
        bot.kill()
        assert soon(lambda: view(url)["public"] is None)
        assert soon(lambda: view(url)["public"] is not None)
        children += psutil.Process(sandbox.pid).children()
        sandbox.send_signal(signal.SIGINT)
        assert sandbox.wait(PATIENCE) == 0
        assert not [child for child in children if child.is_running() and child.status() != "zombie"]
    pace = json.loads((tmp_path / "data" / "pace.json").read_text())
    assert pace["paused"] is True


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        yield somebody.getsockname()[1]


def test_a_port_that_is_taken_is_said_in_one_line_that_names_the_variable(tmp_path: Path, taken: int) -> None:
    sandbox = command(tmp_path / "data", taken)
    said, wrong = sandbox.communicate(timeout=PATIENCE)
    assert (sandbox.returncode, said) == (1, "")
    assert wrong.startswith(f"breakwater: Port {taken} is taken; set CONSOLE_PORT")
    assert wrong.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_not_its_own_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("keep me")
    sandbox = command(tmp_path, 0)
    _, wrong = sandbox.communicate(timeout=PATIENCE)
    assert sandbox.returncode == 1
    assert "no sandbox of ours" in wrong
    assert (tmp_path / "letters").read_text() == "keep me"
