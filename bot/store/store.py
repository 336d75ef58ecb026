"""One transaction over everything: ledger rows, state and jobs stand or fall together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, NoReturn

from bot.domain.content import Pinned
from bot.domain.ledger import Entry
from bot.store.controls import SqlControls
from bot.store.db import Database
from bot.store.holds import SqlHolds
from bot.store.incidents import SqlIncidents
from bot.store.jobs import SqlJobs
from bot.store.keepsakes import SqlKeepsakes
from bot.store.ledger import SqlLedger
from bot.store.link import Link
from bot.store.memory import remembering
from bot.store.proposals import SqlProposals
from bot.store.publications import SqlPublications
from bot.store.samples import SqlSamples
from bot.store.steps import SqlSteps
from bot.store.suggestions import SqlSuggestions
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
from bot.usecases.ports.store import Jobs, Keepsakes, Ledger, Tx

_REPOSITORIES: Final[Mapping[str, Callable[[Link], Any]]] = {
    "incidents": SqlIncidents,
    "steps": SqlSteps,
    "holds": SqlHolds,
    "controls": SqlControls,
    "proposals": SqlProposals,
    "publications": SqlPublications,
    "samples": SqlSamples,
    "suggestions": SqlSuggestions,
}


class SqlTx:
    """A transaction's repositories, each made when it is first asked for."""

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

    def __init__(self, link: Link, ledger: SqlLedger, jobs: SqlJobs, pinned: dict[str, Pinned]) -> None:
        self._link = link
        self.ledger = ledger
        self.jobs = jobs
        self._makers: Mapping[str, Callable[[Link], Any]] = {
            **_REPOSITORIES,
            "keepsakes": partial(SqlKeepsakes, known=pinned),
        }

    def __getattr__(self, name: str) -> Any:
        """Python asks here for what is not made yet."""
        maker = self._makers.get(name)
        if maker is None:
            raise AttributeError(name)
        made = self._made(name, maker(self._link))
        setattr(self, name, made)
        return made

    def _made(self, name: str, repository: Any) -> Any:  # noqa: ARG002 - a reading transaction looks at it
        return repository


class _ReadTx(SqlTx):
    """The same where nothing changes meanwhile: what was asked once need not be asked again."""

    def _made(self, name: str, repository: Any) -> Any:
        return repository if name == "keepsakes" else remembering(repository)


class SqlStore:
    """The database, for use cases; `urgent` where a person waits for the answer."""

    def __init__(self, database: Database, *, urgent: bool = False) -> None:
        self._database = database
        self._urgent = urgent
        self._pinned: dict[str, Pinned] = {}  # never changes under its digest

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A transaction that commits at the end of the block and then wakes the workers it has work for.

        Raises StoreAway when the database is locked or gone, Stale when somebody else was first. Locks are
        taken in one order: incident, controls by id, then at the commit jobs by key and the ledger's head.
        """
        async with self._database.writing(urgent=self._urgent) as link:
            ledger, jobs = SqlLedger(link), SqlJobs(link)
            yield SqlTx(link, ledger, jobs, self._pinned)
            wake = await jobs.flush()
            await ledger.flush()
        if wake:
            self._database.wakes.ring()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A view of one moment that changes nothing. Raises StoreAway."""
        async with self._database.reading() as link:
            yield _ReadTx(link, _ReadLedger(link), _ReadJobs(link), self._pinned)


class _ReadLedger(SqlLedger):
    """The ledger where nothing can be appended: it would be lost without a word."""

    def append(self, entry: Entry) -> NoReturn:
        raise RuntimeError(f"{entry.kind} was appended in a transaction that only reads")


class _ReadJobs(SqlJobs):
    """Jobs where none can be asked for, for the same reason."""

    async def want(self, key: str, *_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(f"{key} was wanted in a transaction that only reads")
