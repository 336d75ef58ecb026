"""A clock that stands until it is moved, and ids that count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)


class FakeClock:
    """Business and wall time are the same moment, 2026-11-03 03:00 UTC, until `advance` moves it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def wall(self) -> datetime:
        return self._now

    def wall_for(self, business: datetime) -> datetime:
        """On the real wall, which alone the database compares with: as far from now as from this clock."""
        return datetime.now(UTC) + (business - self._now)

    def advance(self, by: timedelta) -> None:
        self._now += by


class SerialIds:
    """`hold_1`, `proposal_2`, …: one series over all prefixes."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers)}"
