"""One performance from beginning to end, and its exit status."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot.sandbox.demo.finale import finale
from bot.sandbox.demo.play import Play, SceneFailed
from bot.sandbox.demo.public import PublicEye
from bot.sandbox.demo.report import Report, tables
from bot.sandbox.demo.scenes import EPISODE
from bot.sandbox.demo.screen import Screen
from bot.sandbox.demo.watchers import watching
from bot.sandbox.people import NotSeen
from bot.sandbox.people.line import Refused
from bot.sandbox.staging.market import Market
from bot.sandbox.staging.process import StageError
from bot.sandbox.staging.stage import Stage
from bot.sandbox.staging.world import Pace, World, free_ports

Scene = Callable[[Play], Awaitable[None]]
TIME_SCALE = 100.0  # a simulated hour in 36 seconds: what people click stays within minutes, as in life
LEFT = ("status", "macros", "ledger", "logs", "review.html", "comparison.json", "summary.json")
PLAYED, FAILED, STOPPED = 0, 1, 130
TROUBLE = (SceneFailed, StageError, NotSeen, Refused, httpx.HTTPError, OSError, LookupError, ValueError)


def main(
    out: Path = Path("var/demo"),
    seed: int = 7,
    time_scale: float = TIME_SCALE,
    episode: Sequence[Scene] = EPISODE,
) -> int:
    """Play the demo; 0 only if it was played to its end and every check held, 130 when it was stopped."""
    began = time.monotonic()
    clear(out)
    report = Report(seed, time_scale)
    work = Path(tempfile.mkdtemp(prefix="breakwater-demo-"))
    world = World(work, seed, Pace(datetime.now(UTC), time_scale), free_ports())
    stage = Stage(world, out / "logs")
    screen = Screen(world.pace.now)
    try:
        with screen:
            asyncio.run(_perform(stage, screen, out, report, episode))
    except (KeyboardInterrupt, asyncio.CancelledError):
        report.failure = "stopped before the end"
    except TROUBLE as error:
        report.failure = str(error) or type(error).__name__
    finally:
        for process in stage.processes:
            process.strike()
        shutil.rmtree(work, ignore_errors=True)
    report.wall_seconds = time.monotonic() - began
    return _conclude(report, screen, out)


def clear(out: Path) -> None:
    """Remove what an earlier performance left, and nothing else."""
    out.mkdir(parents=True, exist_ok=True)
    for name in LEFT:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


async def _perform(stage: Stage, screen: Screen, out: Path, report: Report, episode: Sequence[Scene]) -> None:
    task = asyncio.current_task()
    if task is not None:
        with suppress(NotImplementedError, RuntimeError):  # only the main thread may
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    screen.tell("Breakwater", "starting a strict Slack, a marketplace and the bot on free ports")
    async with stage:
        world = stage.world
        eye = PublicEye(world.bot_url, out)
        play = Play(stage, screen, Market(world.market_url, world.market_token), eye)
        async with watching(play):
            for scene in episode:
                await scene(play)
            screen.scene("The curtain: artifacts and checks")
            report.checks, report.figures = await finale(play, out)
        report.notes = asdict(play.notes)


def _conclude(report: Report, screen: Screen, out: Path) -> int:
    report.write(out)
    for table in tables(report):
        screen.show(table)
    if report.failure:
        screen.fail(report.failure)
        screen.fail(f"the processes' logs are in {out / 'logs'}")
        return STOPPED if report.failure == "stopped before the end" else FAILED
    for check in report.checks:
        if not check.held:
            screen.fail(f"{check.name}: {check.found}")
    ended = "every check held" if report.held else "not every check held"
    screen.tell("Breakwater", f"{ended}, after {report.wall_seconds:.0f} s; see {out}")
    return PLAYED if report.held else FAILED
