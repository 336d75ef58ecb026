"""How often a kind of job is tried again, and how long it waits in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """Waits that double from `first` up to `longest`; after `attempts` tries the job is a dead letter.

    `attempts` None never gives up.
    """

    attempts: int | None = 12
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)

    def wait(self, attempt: int) -> timedelta:
        """How long to wait after the attempt of that number, counted from 1."""
        doublings = min(max(attempt - 1, 0), 30)  # the longest wait is reached long before
        return min(self.first * (1 << doublings), self.longest)

    def gives_up(self, attempt: int) -> bool:
        """Whether the attempt of that number was the last."""
        return self.attempts is not None and attempt >= self.attempts


NEVER_GIVE_UP = Policy(attempts=None, longest=timedelta(seconds=15))
