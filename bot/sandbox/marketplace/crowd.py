"""The customers' mood: rumour, silence, waiting and what honest words do against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

RUMOUR_GROWTH = 1 / 5
RUMOUR_DECAY = 1 / 15
HONEST_DECAY = 1 / 45
ALARM_MINUTES = 2.0
CALMING_MINUTES = 6.0
PATIENCE_MINUTES = 120
WORD_WEARS_OFF_MINUTES = 30
KEPT_PROMISE = 0.22
FRESH_WORD = 0.5
BROKEN_PROMISE = 1.25
FURY = 36.0
UNEASE = 0.08


@dataclass(frozen=True, slots=True)
class News:
    """A public update: when, what, and when the next one was promised."""

    key: str
    at: datetime
    text: str
    next_update_at: datetime | None = None


@dataclass(slots=True)
class Crowd:
    """Fear and rumour between 0 and 1; minutes since the last word, minutes left of a promise."""

    fear: float = 0.0
    rumour: float = 0.0
    silent_minutes: float | None = None
    promise_minutes: float | None = None

    def hear(self, news: Sequence[News], now: datetime) -> None:
        """The latest of the updates that came in counts."""
        if not news:
            return
        latest = max(news, key=lambda item: item.at)
        self.silent_minutes = 0.0
        promised = latest.next_update_at
        self.promise_minutes = None if promised is None else (promised - now).total_seconds() / 60

    @property
    def reassured(self) -> bool:
        """Whether the promise of a next word stands, or the last word is fresh."""
        if self.promise_minutes is not None:
            return self.promise_minutes >= 0
        return self.silent_minutes is not None and self.silent_minutes < WORD_WEARS_OFF_MINUTES

    def rumours(self, minutes: float, *, trouble: bool, hollow: bool = False) -> None:
        """Rumour grows while there is trouble to talk of, and dies slowly afterwards.

        A hollow one has nothing behind it: honest words starve it.
        """
        change = minutes * (RUMOUR_GROWTH if trouble else -RUMOUR_DECAY)
        if trouble and hollow and self.reassured:
            change = -minutes * HONEST_DECAY
        self.rumour = min(1.0, max(0.0, self.rumour + change))

    @property
    def suspicion(self) -> float:
        """How much of the bad news customers believe, given what they were told."""
        if self.silent_minutes is None:
            return 1.0
        if self.promise_minutes is not None:
            return KEPT_PROMISE if self.promise_minutes >= 0 else BROKEN_PROMISE
        worn = min(1.0, self.silent_minutes / WORD_WEARS_OFF_MINUTES)
        return FRESH_WORD + (1 - FRESH_WORD) * worn

    def feel(self, minutes: float, *, oldest_minutes: float, dry: bool, storm: float = 0.0) -> None:
        """Fear follows the rumour, the age of the queue, an empty wallet, and a stormy market a little."""
        waiting = min(1.0, oldest_minutes / PATIENCE_MINUTES)
        distress = 0.75 * self.rumour + 0.25 * waiting + (0.3 if dry else 0.0) + UNEASE * storm
        target = min(1.0, distress * self.suspicion)
        pace = ALARM_MINUTES if target > self.fear else CALMING_MINUTES
        self.fear = round(self.fear + (target - self.fear) * min(1.0, minutes / pace), 6)
        if self.silent_minutes is not None:
            self.silent_minutes += minutes
        if self.promise_minutes is not None:
            self.promise_minutes -= minutes

    def urge(self, exposure: float) -> float:
        """How many times the usual withdrawals are asked for."""
        felt = self.fear * exposure
        return 1.0 + FURY * felt * felt
