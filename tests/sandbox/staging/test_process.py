"""Processes of the demo are ended, whatever they do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.staging.process import Process, StageError

DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, 1); time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    """Whether a process is no more, or a zombie that nobody has buried yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def soon(holds: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


def process(tmp_path: Path, name: str, body: str) -> Process:
    (tmp_path / f"{name}.py").write_text(body)
    env = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}
    return Process(name, [name], env, tmp_path / "log", tmp_path, patience=0.3)


async def test_one_that_will_not_end_is_killed_with_what_it_started(tmp_path: Path) -> None:
    deaf = process(tmp_path, "deaf", DEAF)
    await deaf.start()
    assert soon(lambda: deaf.log.exists() and bool(deaf.log.read_text().strip()))
    child = int(deaf.log.read_text())
    await deaf.end()
    assert deaf.exit_status == -9
    assert soon(lambda: gone(child))


async def test_one_that_ended_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    brief = process(tmp_path, "brief", "raise SystemExit('no port was left')")
    await brief.start()
    assert await brief.ended() == 1
    with pytest.raises(StageError, match=r"brief has ended with status 1:\nno port was left"):
        brief.must_run()


async def test_ending_twice_or_before_the_start_is_no_trouble(tmp_path: Path) -> None:
    brief = process(tmp_path, "brief", "")
    await brief.end()
    await brief.start()
    await brief.ended()
    await brief.end()
    await brief.end()
    assert brief.exit_status == 0


PARENT = """
import asyncio, sys
from pathlib import Path
from bot.sandbox.staging.process import Process

async def main():
    here = Path(sys.argv[1])
    env = {"PYTHONPATH": f"{here}:{sys.argv[2]}"}
    child = Process("child", ["sleeper"], env, here / "child.log", here, leash=True)
    await child.start()
    print(child.pids[0], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_one_on_a_leash_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(60)")
    (tmp_path / "parent.py").write_text(PARENT)
    root = Path(__file__).parents[3]
    command = [sys.executable, str(tmp_path / "parent.py"), str(tmp_path), str(root)]
    parent = subprocess.Popen(  # noqa: S603  # our own interpreter
        command, env={"PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert soon(lambda: "up" in (tmp_path / "child.log").read_text())
        parent.kill()
    assert soon(lambda: gone(child))
