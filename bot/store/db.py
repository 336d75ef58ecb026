"""Opening the database: its connections, its transactions, and one sentence when it is locked or gone.

SQLite takes its write lock at the first write of a deferred transaction and cannot wait for it there, so
writers begin with BEGIN IMMEDIATE; readers have connections of their own that cannot write at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bot.store.engines import Url, make_folder, parse_url
from bot.store.failures import DRIVERS, GONE, LOCKED, told
from bot.store.link import Link
from bot.store.postgres import PostgresLinks
from bot.store.sqlite import SqliteLinks
from bot.store.turns import Turns
from bot.store.wakes import Wakes
from bot.usecases.ports.errors import StoreAway

WEB_PATIENCE: Final = timedelta(seconds=1.5)
WORKER_PATIENCE: Final = timedelta(seconds=30)
_AT_LEAST = 0.05  # seconds that are always left to try
_GRACE = 1.0  # seconds a transaction may take beyond the wait for its locks


class Database:
    """One database as one process sees it.

    `patience` is how long to wait for a lock or a connection: 1.5 s where Slack waits for an answer, 30 s in
    workers. Close it before the event loop ends.
    """

    def __init__(self, url: Url, patience: timedelta, pool: int) -> None:
        self.url: Final = url
        self.wakes: Final = Wakes()
        self._patience = patience.total_seconds()
        self._turns = Turns()
        # Either kind; a transaction only ever takes a connection and gives the same one back.
        self._links: Any = (
            SqliteLinks(_file(url))
            if url.is_sqlite
            else PostgresLinks(url.for_libpq, self._patience, 2 * pool)
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.is_sqlite

    @asynccontextmanager
    async def writing(self, *, urgent: bool = False) -> AsyncIterator[Link]:
        """A transaction that commits at the end of the block; `urgent` where a person waits for it.

        Raises StoreAway when the database is locked or gone, Stale when somebody else wrote the same unique
        row first, StoreError when it was never migrated.
        """
        until = self._until()
        async with self._my_turn(urgent=urgent), self._transaction(until, writes=True) as link:
            yield link

    def reading(self) -> AbstractAsyncContextManager[Link]:
        """A view of one moment that cannot write. Raises StoreAway and StoreError."""
        return self._transaction(self._until(), writes=False)

    async def close(self) -> None:
        """Close every connection."""
        await self._links.close()

    @asynccontextmanager
    async def _my_turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """SQLite lets writers of one process queue here, where waiting is fair and costs nothing."""
        if not self.is_sqlite:
            yield
            return
        try:
            # Python 3.11's wait_for would swallow a cancellation that comes just then.
            async with asyncio.timeout(self._patience):
                await self._turns.take(urgent=urgent)
        except TimeoutError:
            raise StoreAway(LOCKED) from None
        try:
            yield
        finally:
            self._turns.give_back()

    def _until(self) -> float:
        return asyncio.get_running_loop().time() + self._patience

    def _left(self, until: float) -> float:
        return max(until - asyncio.get_running_loop().time(), _AT_LEAST)

    @asynccontextmanager
    async def _transaction(self, until: float, *, writes: bool) -> AsyncIterator[Link]:
        link = await self._take(until, writes=writes)
        link.give_up_at(until + _GRACE)
        try:
            await self._surely(link, link.begin(self._left(until)))
            try:
                with told():
                    yield link
            # Whatever the caller's block raised, its transaction must not be left open; the error goes on.
            except Exception:
                await self._roll_back(link)
                raise
            # A cancellation may have come in the midst of a statement: the connection is not to be trusted.
            except BaseException:
                await self._discard(link)
                raise
            await self._surely(link, link.commit() if writes else link.rollback(), committing=writes)
            self._links.give_back(link)
        finally:
            link.call_off()

    async def _take(self, until: float, *, writes: bool) -> Any:
        try:
            with told():
                return await self._links.take(writes=writes, seconds=self._left(until))
        except (TimeoutError, OSError) as error:
            raise StoreAway(GONE) from error

    async def _surely(self, link: Any, step: Awaitable[None], *, committing: bool = False) -> None:
        """Begin or end. Failed or interrupted there, nobody knows whether a transaction is open."""
        try:
            with told(committing=committing):
                await step
        # The error goes on.
        except BaseException:
            await self._discard(link)
            raise

    async def _roll_back(self, link: Any) -> None:
        try:
            await asyncio.shield(asyncio.ensure_future(link.rollback()))
        except DRIVERS:
            await self._discard(link)
        else:
            self._links.give_back(link)

    async def _discard(self, link: Any) -> None:
        """Give a connection up for good."""

        async def discard() -> None:
            with suppress(TimeoutError, ValueError, *DRIVERS):
                async with asyncio.timeout(_GRACE):
                    await link.discard()
            self._links.let_go(link)

        await asyncio.shield(asyncio.ensure_future(discard()))


def open_database(url: str, *, patience: timedelta = WEB_PATIENCE, pool: int = 10) -> Database:
    """Open `sqlite:///path` or `postgresql://…` without connecting yet. Raises ValueError for other URLs."""
    return Database(parse_url(url), patience, pool)


def _file(url: Url) -> Path:
    make_folder(url)
    return Path(url.parsed.database or "").expanduser().absolute()
