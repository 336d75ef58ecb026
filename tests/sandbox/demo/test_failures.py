"""When a scene fails or somebody stops the demo, it says so in a line and leaves nothing running."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sandbox.demo import main
from bot.sandbox.demo.play import Play, SceneFailed
from tests.sandbox.staging.test_process import gone, soon

ROOT = Path(__file__).parents[3]
WAITS = """
import asyncio, sys
from pathlib import Path
from bot.sandbox.demo import main

async def scene(play):
    Path(sys.argv[1], "pids").write_text(" ".join(str(pid) for p in play.stage.processes for pid in p.pids))
    await asyncio.sleep(100)

sys.exit(main(Path(sys.argv[1]), episode=(scene,)))
"""


def test_a_failed_scene_ends_the_demo_with_one_line_and_leaves_nothing_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pids: list[int] = []
    folders: list[Path] = []

    async def fails(play: Play) -> None:
        pids.extend(pid for process in play.stage.processes for pid in process.pids)
        folders.append(play.stage.world.work)
        raise SceneFailed("Bob is nowhere to be seen")

    assert main(tmp_path, episode=(fails,)) == 1
    assert "FAILED Bob is nowhere to be seen" in capsys.readouterr().out
    assert len(pids) == 3
    assert all(gone(pid) for pid in pids)
    assert not folders[0].exists()
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["held"], summary["failure"]) == (False, "Bob is nowhere to be seen")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_that_is_stopped_takes_its_processes_with_it(tmp_path: Path, number: signal.Signals) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", WAITS, str(tmp_path)], env=env) as demo:  # noqa: S603 - our own
        noted = tmp_path / "pids"
        assert soon(lambda: noted.exists() and len(noted.read_text().split()) == 3, seconds=60)
        demo.send_signal(number)
        assert demo.wait(timeout=30) == 130
    pids = [int(pid) for pid in noted.read_text().split()]
    assert soon(lambda: all(gone(pid) for pid in pids))
    assert json.loads((tmp_path / "summary.json").read_text())["failure"] == "stopped before the end"


def test_what_an_earlier_performance_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("{}")
    (tmp_path / "status" / "01").mkdir(parents=True)
    (tmp_path / "mine.txt").write_text("keep me")

    async def fails(_play: Play) -> None:
        raise SceneFailed("enough")

    main(tmp_path, episode=(fails,))
    assert not (tmp_path / "status").exists()
    assert (tmp_path / "mine.txt").read_text() == "keep me"
