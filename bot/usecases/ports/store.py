"""The store: one transaction over ledger, state and jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from bot.domain.content import Pinned
from bot.domain.ledger import Entry, Head, Row
from bot.usecases.ports.records import (
    Controls,
    Holds,
    Incidents,
    Proposals,
    Publications,
    Samples,
    Steps,
    Suggestions,
)
from bot.usecases.ports.rows import Job, Sent


class Ledger(Protocol):
    """The append-only record. Entries are chained when the transaction commits, under the head's lock."""

    def append(self, entry: Entry) -> None:
        """Record something as part of this transaction."""
        ...

    async def has(self, entry_id: str) -> bool:
        """Whether an entry was committed."""
        ...

    async def rows(self, *, incident_id: str | None = None, after: int = 0, limit: int = 1000) -> list[Row]:
        """Rows in order, after a sequence number."""
        ...

    async def by_id(self, entry_ids: Iterable[str]) -> dict[str, Row]:
        """Committed rows by their entry's id; what is not there is left out."""
        ...

    async def tail(
        self,
        incident_id: str,
        limit: int,
        *,
        before: int | None = None,
        kinds: Sequence[str] = (),
        actor: str = "",
        since: datetime | None = None,
    ) -> list[Row]:
        """The newest rows of an incident, newest first.

        On demand those before a sequence number, of some kinds, by one person, from a moment on; a kind that
        ends with a dot means all that begin so.
        """
        ...

    async def head(self) -> Head:
        """The committed end of the chain."""
        ...


class Jobs(Protocol):
    """Durable work, asked for in the transaction it follows from."""

    async def want(
        self,
        key: str,
        kind: str,
        lane: str,
        *,
        due: datetime | None = None,
        payload: Mapping[str, Any] | None = None,
        move: bool = False,
    ) -> None:
        """Raise a job's `wanted`, never losing a wake-up; `due` is wall time, now when None.

        An earlier due date wins, unless `move` says that this one replaces it.
        """
        ...

    async def cancel(self, *keys: str) -> None:
        """Take jobs back that have not been claimed."""
        ...

    async def cancel_prefix(self, prefix: str) -> None:
        """Take all unclaimed jobs back whose key begins so."""
        ...

    async def hold_fast(self, job: Job) -> None:
        """Check the fence now and again, under the row's lock, at the commit. Raises LeaseLost."""
        ...


class Keepsakes(Protocol):
    """Small things to remember: seen events, pinned content, sent messages, deployment facts."""

    async def first_time(self, kind: str, event_id: str, at: datetime) -> bool:
        """Whether an event is seen for the first time; remembers it."""
        ...

    async def pin(self, pinned: Pinned) -> None:
        """Keep content under its digest."""
        ...

    async def pinned(self, content_digest: str) -> Pinned:
        """Content kept earlier. Raises NotFound."""
        ...

    async def keep(self, content_digest: str, body: Mapping[str, Any]) -> None:
        """Keep any JSON under its digest, for whoever reads the ledger later."""
        ...

    async def kept(self) -> dict[str, dict[str, Any]]:
        """Everything that is kept under a digest."""
        ...

    async def sent(self, key: str) -> Sent | None:
        """What a job has posted."""
        ...

    async def remember_sent(self, sent: Sent) -> None:
        """Remember what a job has posted."""
        ...

    async def fact(self, name: str) -> str | None:
        """A deployment fact, such as `team_id` or `epoch`."""
        ...

    async def facts(self, prefix: str) -> dict[str, str]:
        """Deployment facts whose names begin so, by name."""
        ...

    async def set_fact(self, name: str, value: str) -> None:
        """Set a deployment fact."""
        ...

    async def forget_fact(self, name: str) -> None:
        """Forget a deployment fact; nothing happens where there is none."""
        ...


class Tx(Protocol):
    """One transaction over everything; ledger rows, state and jobs stand or fall together."""

    incidents: Incidents
    steps: Steps
    holds: Holds
    controls: Controls
    proposals: Proposals
    publications: Publications
    samples: Samples
    suggestions: Suggestions
    ledger: Ledger
    jobs: Jobs
    keepsakes: Keepsakes


class Store(Protocol):
    """The database."""

    def write(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that commits at the end of the block. Raises StoreAway."""
        ...

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """A consistent view that changes nothing. Raises StoreAway."""
        ...
