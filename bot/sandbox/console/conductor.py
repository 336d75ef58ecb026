"""Changes the pace of business time for every process at once, and brings what is due along."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from bot.sandbox.clock import ASIDE, Beat, PacedClock, utc_now

SPEEDS = (1, 5, 20)
BUSY_SECONDS = 5.0
FAR = ASIDE / 2
MOST_BEATS = 200
LAY_ASIDE = "UPDATE job SET due = due + :aside WHERE lane = 'time' AND due < :far"
BRING_BACK = """
UPDATE job SET due = :now + MAX(0, CAST((due - :aside - :stood) * :stretch AS INTEGER))
WHERE due > :far
"""


class Conductor:
    """Pause, go on, speed. The bot's deadlines are dates on the wall; a change of pace moves what is not due.

    A job that the bot writes in the very moment of a change may be missed: it comes at its old date, looks
    again at what is so, as every deadline does, and comes back when its time is. `beats` are the paces until
    now.
    """

    def __init__(self, clock_file: Path, database: Path, wall: Callable[[], datetime] = utc_now) -> None:
        self._file, self._database = clock_file, database
        self._clock = PacedClock(clock_file, wall)
        self.beats = [self._clock.beat]

    @property
    def beat(self) -> Beat:
        """The pace now."""
        return self._clock.beat

    def now(self) -> datetime:
        """Business time."""
        return self._clock.now()

    def pause(self) -> None:
        """Business time stands still."""
        if self.beat.paused:
            return
        wall = self._clock.wall()
        self._keep(self.beat.changed(wall, paused=True))
        self._jobs(LAY_ASIDE, far=_ms(wall + FAR), aside=ASIDE.total_seconds() * 1000)

    def go_on(self, speed: float | None = None) -> None:
        """Business time goes on, at another speed if need be; what waited is as far away as it was."""
        stood = self.beat
        if not stood.paused:
            return
        wall = self._clock.wall()
        gone = stood.changed(wall, paused=False, scale=speed)
        self._keep(gone)
        self._jobs(
            BRING_BACK,
            now=_ms(wall),
            stood=_ms(stood.wall),
            stretch=stood.scale / gone.scale,
            aside=ASIDE.total_seconds() * 1000,
            far=_ms(wall + FAR),
        )

    def set_speed(self, speed: float) -> None:
        """Business time runs so many times as fast, at once or when it goes on."""
        paused = self.beat.paused
        if speed == self.beat.scale:
            return
        self.pause()
        self.go_on(speed)
        if paused:
            self.pause()

    def _keep(self, beat: Beat) -> None:
        beat.keep(self._file)
        self.beats = [*self.beats[-MOST_BEATS:], beat]

    def _jobs(self, statement: str, **values: float) -> None:
        if not self._database.exists():
            return
        with (
            suppress(sqlite3.OperationalError),  # no table yet: then nothing is due yet either
            closing(sqlite3.connect(self._database, timeout=BUSY_SECONDS)) as connection,
            connection,
        ):
            connection.execute(statement, values)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
