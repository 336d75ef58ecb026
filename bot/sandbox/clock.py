"""Business time that can change its pace: one small file, read by every process of the sandbox.

While it stands still, a moment of business time has no moment on the wall: `wall_for` answers one that lies
`ASIDE` later, and whoever lets time go on again brings back what was laid aside.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ASIDE = timedelta(days=3650)


def utc_now() -> datetime:
    """Now, on the wall."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Beat:
    """From `wall` on, business time is `business` and runs `scale` times as fast, or not at all."""

    wall: datetime
    business: datetime
    scale: float = 1.0
    paused: bool = False

    def now(self, wall: datetime) -> datetime:
        """Business time at a moment on the wall."""
        return self.business if self.paused else self.business + (wall - self.wall) * self.scale

    def wall_for(self, business: datetime) -> datetime:
        """When, on the wall, a moment of business time comes."""
        comes = self.wall + (business - self.business) / self.scale
        return comes + ASIDE if self.paused else comes

    def changed(self, wall: datetime, *, scale: float | None = None, paused: bool | None = None) -> Beat:
        """Another pace from a moment on the wall; business time does not jump."""
        return replace(
            self,
            wall=wall,
            business=self.now(wall),
            scale=self.scale if scale is None else scale,
            paused=self.paused if paused is None else paused,
        )

    def keep(self, path: Path) -> None:
        """Write it down for every process at once."""
        told = {**asdict(self), "wall": self.wall.isoformat(), "business": self.business.isoformat()}
        new = path.with_suffix(".new")
        new.write_text(json.dumps(told), "utf-8")
        new.replace(path)


def beat_in(path: Path) -> Beat:
    """The beat that a file holds. Raises OSError, ValueError, KeyError."""
    told = json.loads(path.read_text("utf-8"))
    if not isinstance(told, dict):
        raise ValueError(f"{path} holds no object")  # noqa: TRY004  # the file is wrong, not the caller
    moments = {name: datetime.fromisoformat(told[name]) for name in ("wall", "business")}
    return Beat(**moments, scale=float(told["scale"]), paused=bool(told["paused"]))


class PacedClock:
    """Business time by the beat in `path`, read again whenever it changes. Raises OSError, ValueError."""

    def __init__(self, path: Path, wall: Callable[[], datetime] = utc_now) -> None:
        self._path, self.wall = path, wall
        self._seen = self._stamp()
        self._beat = beat_in(path)

    @property
    def beat(self) -> Beat:
        """The beat now."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._beat, self._seen = beat_in(self._path), stamp
        return self._beat

    def now(self) -> datetime:
        """Business time."""
        return self.beat.now(self.wall())

    def __call__(self) -> datetime:
        """Business time."""
        return self.now()

    def wall_for(self, business: datetime) -> datetime:
        """When, on the wall, a moment of business time comes; far away while time stands still."""
        return self.beat.wall_for(business)

    def _stamp(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino
