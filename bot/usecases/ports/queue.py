"""The worker's side of durable work: claiming, finishing, trying again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.usecases.ports.rows import DeadLetter, Job


@dataclass(frozen=True, slots=True)
class Again:
    """What a handler returns when its job should run again; `after` is real time."""

    after: timedelta


class Retry(Exception):
    """What a handler raises when it should be tried again; `after` None leaves the backoff to the queue."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


Handler = Callable[[Job], Awaitable[Again | None]]


class Queue(Protocol):
    """Claims under a lease with a fence; all times are the database's own."""

    async def claim(
        self, lanes: Sequence[str], worker: str, lease: timedelta, leaving: Sequence[str] = ()
    ) -> Job | None:
        """Claim the job most overdue in these lanes, or one whose lease ran out; None when nothing is due.

        `leaving` are the keys of jobs that others should do.
        """
        ...

    async def finish(self, job: Job) -> bool:
        """End a claimed job. False when newer work arrived (it is due again) or the claim was lost."""
        ...

    async def again(self, job: Job, after: timedelta, said: str | None = None) -> bool:
        """Let go of a claimed job that wants to run again later, with its attempts counted anew.

        `said` is kept as its last error. False when the claim was lost.
        """
        ...

    async def fail(self, job: Job, error: str, after: timedelta | None) -> bool:
        """Record a failed attempt; `after` is the backoff, None sends the job to the dead letters.

        False when the claim was lost, or when work wanted meanwhile kept the job from being buried.
        """
        ...

    async def renew(self, job: Job, lease: timedelta) -> bool:
        """Stretch the lease of a running job. False when the claim was lost."""
        ...

    async def seconds_to_next(self, lanes: Sequence[str], leaving: Sequence[str] = ()) -> float | None:
        """How long until something is due, or None; `leaving` as in `claim`."""
        ...

    async def wait(self, seconds: float) -> None:
        """Sleep until woken by a commit that wants work, or for so long."""
        ...

    async def dead(self) -> list[DeadLetter]:
        """Jobs that were given up, oldest first; wanting one again brings it back."""
        ...

    async def beat(self, worker: str) -> None:
        """Say that this worker lives."""
        ...

    async def heartbeat_age(self) -> float | None:
        """Seconds since any worker last said so; None when none ever did."""
        ...
