"""`breakwater reload` and SIGHUP, with web and worker as processes of their own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Breakwater

ROOT = Path(__file__).parents[2]
WAITS = 40.0


@pytest.fixture
def files(environment: dict[str, str], tmp_path: Path) -> Path:
    """Runbooks and templates of this deployment's own."""
    for name in ("runbooks", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
        environment[f"{name.upper()}_DIR"] = str(tmp_path / name)
    return tmp_path


def swap(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@contextlib.contextmanager
def running(role: str, environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "bot", role],
            env=environment | {"HOST": "127.0.0.1", "PORT": port},
            stderr=out,
        )
    with process:
        try:
            until(lambda: "content in force" in log.read_text())
            yield process
        finally:
            process.terminate()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAITS
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.1)


def test_without_a_process_it_is_what_the_next_start_runs_on(breakwater: Breakwater, files: Path) -> None:
    breakwater("migrate")
    said = breakwater("reload")
    assert said.status == 0
    assert "No process is running; whatever starts next takes it up." in said.out
    assert "is in force already" in breakwater("reload").out
    swap(files / "runbooks/platform/controls.yaml", "title: Instant swaps", "title: Swaps")
    said = breakwater("reload")
    assert "before it was" in said.out
    assert "  ~ control swaps\n" in said.out


def test_an_unmigrated_database_is_one_line(breakwater: Breakwater, files: Path) -> None:
    said = breakwater("reload")
    assert said.status == 1
    assert "breakwater migrate" in said.err


def test_wrong_content_is_listed_and_changes_nothing(breakwater: Breakwater, files: Path) -> None:
    breakwater("migrate")
    breakwater("reload")
    swap(files / "runbooks/platform/people.yaml", "name: Alice Ng", "nam: Alice Ng")
    said = breakwater("reload")
    assert said.status == 1
    assert "unknown field `nam`; did you mean `name`?" in said.out
    assert said.err == "breakwater: Nothing was changed: the old content stays in force.\n"


def test_the_doctor_sees_files_that_were_never_reloaded(breakwater: Breakwater, files: Path) -> None:
    breakwater("migrate")
    breakwater("reload")
    assert "ok   content in force: " in breakwater("doctor").out
    swap(files / "runbooks/platform/controls.yaml", "title: Instant swaps", "title: Swaps")
    said = breakwater("doctor").out
    assert "but the files here are " in said
    assert "run `breakwater reload`" in said
    swap(files / "runbooks/platform/controls.yaml", "title: Swaps", "titel: Swaps")
    assert "stays in force, for the files cannot be used" in breakwater("doctor").out


def test_web_and_worker_take_it_up_and_a_hangup_does_the_same(
    breakwater: Breakwater, environment: dict[str, str], files: Path, tmp_path: Path
) -> None:
    breakwater("migrate")
    controls = files / "runbooks/platform/controls.yaml"
    logs = [tmp_path / "web.log", tmp_path / "worker.log"]
    with running("web", environment, logs[0]), running("worker", environment, logs[1]) as worker:
        swap(controls, "title: Instant swaps", "title: Swaps")
        said = breakwater("reload", "--wait", str(WAITS))
        assert said.status == 0, said.err
        assert "Taken up by 2 of 2 running processes." in said.out
        assert all("content reloaded" in log.read_text() for log in logs)

        swap(controls, "title: Swaps", "titel: Swaps")
        os.kill(worker.pid, signal.SIGHUP)
        until(lambda: "content refused" in logs[1].read_text())
        assert breakwater("reload").status == 1
        until(lambda: "mistakes, the first" in breakwater("doctor").out)

        swap(controls, "titel: Swaps", "title: Swaps at once")
        os.kill(worker.pid, signal.SIGHUP)
        until(lambda: all(log.read_text().count("content reloaded") == 2 for log in logs))
    assert "Taken up" not in breakwater("reload").out
