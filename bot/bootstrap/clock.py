"""Time and ids, read from the machine here and passed in everywhere else."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


class SystemClock:
    """Wall time, and business time that runs `scale` times as fast from `origin` on (UTC)."""

    def __init__(self, origin: datetime | None = None, scale: float = 1.0) -> None:
        self._origin = origin or datetime.now(UTC)
        self._scale = scale

    def wall(self) -> datetime:
        """Now, on the wall."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """Now, in business time; the same as on the wall unless the sandbox runs fast."""
        wall = self.wall()
        return wall if self._scale == 1 else self._origin + (wall - self._origin) * self._scale

    def wall_for(self, business: datetime) -> datetime:
        """When, on the wall, a moment of business time comes."""
        return business if self._scale == 1 else self._origin + (business - self._origin) / self._scale


class RandomIds:
    """Ids that nobody can guess and that never meet."""

    def new(self, prefix: str) -> str:
        """Such as `hold_5f1d…`, 96 random bits."""
        return f"{prefix}_{secrets.token_hex(12)}"
