"""The processes behind the console: strict Slack, marketplace and bot, under one pace that can be changed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.clock import Beat, beat_in
from bot.sandbox.staging.world import Pace, World, free_ports

FIRST_SPEED = 5.0
WATCH_EVERY = "3s"  # on the wall; at twenty times its pace a minute of business time
PRIVATE = 0o700
ONLY_OURS = ("breakwater.db", "pace.json", "runbooks")


class NotOurs(Exception):
    """The folder holds what the sandbox did not put there; the message says what to do."""


@dataclass(frozen=True)
class ByHand(World):
    """A world that somebody plays by hand: one clock for all in `pace.json`, everything kept in `work`."""

    @property
    def clock_file(self) -> Path:
        """Where business time's pace stands."""
        return self.work / "pace.json"

    @property
    def database(self) -> Path:
        """The bot's database."""
        return self.work / "breakwater.db"

    def market_clock(self) -> list[str]:
        """The clock file; alerts dated, and what came in kept for a restart."""
        kept = ["--state", str(self.work / "marketplace"), "--scenario", "calm"]
        return ["--clock-file", str(self.clock_file), "--live-alerts", *kept]

    def bot_clock(self) -> dict[str, str]:
        """The clock file, and how often controls are looked at, on the wall."""
        return {"TIME_FILE": str(self.clock_file), "WATCH_EVERY": WATCH_EVERY}


def make_world(folder: Path, *, seed: int, keep: bool) -> ByHand:
    """A world in a folder, emptied first unless `keep`. Raises NotOurs, OSError."""
    if not keep:
        _empty(folder)
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    shutil.rmtree(folder / "runbooks", ignore_errors=True)
    now = datetime.now(UTC)
    world = ByHand(folder.resolve(), seed, Pace(now, 1), free_ports(), overrides="sandbox", leash=True)
    if not world.clock_file.exists():
        Beat(now, now, FIRST_SPEED, paused=True).keep(world.clock_file)
    beat_in(world.clock_file)
    return world


def _empty(folder: Path) -> None:
    """Remove what an earlier sandbox left, and nothing that somebody else put there."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not any((folder / name).exists() for name in ONLY_OURS):
        raise NotOurs(f"{folder} is not empty and no sandbox of ours; name another with --data.")
    shutil.rmtree(folder)
