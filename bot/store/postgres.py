"""PostgreSQL: a pool of connections that say several things at once where no answer is needed in between.

What a statement costs here is the wait for its answer: the beginning of a transaction, statements whose
answer nobody needs and the commit are sent along with others.

Outside facts this rests on:
- A PostgreSQL that stopped answering without closing its sockets never times a statement out, and psycopg
  waits for such a statement even when it is cancelled: a timer shuts the socket instead.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from collections.abc import Sequence
from typing import Any, Final

import psycopg

from bot.store.link import NOTHING, Asked, ready
from bot.store.statements import Answer, Given

_CONNECTING = 5  # seconds, a whole number as libpq wants it
_IDLE_MS = 60_000  # a transaction that says nothing for so long is forgotten by somebody
_BEGIN: Final = {
    True: "BEGIN ISOLATION LEVEL READ COMMITTED",
    False: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}
Own = psycopg.AsyncConnection[Any]
Said = tuple[str, Any]


class PostgresLink:
    """One connection. Made by `PostgresLinks`."""

    is_sqlite = False

    def __init__(self, own: Own) -> None:
        self.own = own
        self.writes = True
        self._unsaid: list[Said] = []
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self, seconds: float) -> None:  # noqa: ARG002 - the server knows how long to wait
        """Begin with the first statement."""
        self._unsaid = [(_BEGIN[self.writes], None)]

    async def execute(self, statement: Asked, given: Given = NOTHING) -> Answer:
        """Run a statement and fetch everything it gives."""
        told = ready(statement, sqlite=False)
        cursor = await self._say((told.text, told.parameters(given)))
        rows = await cursor.fetchall() if cursor.description else []
        return Answer(told.read(rows), cursor.rowcount)

    async def later(self, statement: Asked, given: Given = NOTHING) -> None:
        """Run a statement nobody needs the answer of along with the next."""
        told = ready(statement, sqlite=False)
        self._unsaid.append((told.text, told.parameters(given)))

    async def later_many(self, statement: Asked, rows: Sequence[Given]) -> None:
        """The same for several sets of parameters."""
        told = ready(statement, sqlite=False)
        self._unsaid += [(told.text, told.parameters(given)) for given in rows]

    async def commit(self) -> None:
        """Make it last, along with what was not said yet."""
        await self._say(("COMMIT", None))

    async def rollback(self) -> None:
        """Undo what was not committed."""
        unsaid, self._unsaid = self._unsaid, []
        if not unsaid or unsaid[0][0] not in _BEGIN.values():
            await self.own.execute("ROLLBACK")

    async def discard(self) -> None:
        """Give the connection up, with whatever is going on."""
        self._unsaid = []
        await self.own.close()

    def give_up_at(self, moment: float) -> None:
        """Shut the socket at that moment of the loop's clock, unless called off."""
        self._timer = asyncio.get_running_loop().call_at(moment, _shut, self.own.pgconn)

    def call_off(self) -> None:
        """The transaction ended in time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _say(self, last: Said) -> psycopg.AsyncCursor[Any]:
        if not self._unsaid:
            return await self.own.execute(*last)
        unsaid, self._unsaid = self._unsaid, []
        async with self.own.pipeline():
            for text, given in unsaid:
                await self.own.execute(text, given)
            return await self.own.execute(*last)


class PostgresLinks:
    """At most `limit` connections to one database; `patience` in seconds is the server's for a lock."""

    def __init__(self, dsn: str, patience: float, limit: int) -> None:
        self._dsn = dsn
        self._free = asyncio.Semaphore(limit)
        self._idle: list[PostgresLink] = []
        waits = int(patience * 1000)
        settings = {
            "lock_timeout": waits,
            "statement_timeout": waits + 500,
            "idle_in_transaction_session_timeout": _IDLE_MS,
            "timezone": "UTC",
        }
        self._arguments: dict[str, Any] = {
            "connect_timeout": _CONNECTING,
            "tcp_user_timeout": waits,
            "application_name": "breakwater",
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        }

    async def take(self, *, writes: bool, seconds: float) -> PostgresLink:
        """A connection that nobody else uses meanwhile. Raises TimeoutError and psycopg.Error."""
        async with asyncio.timeout(seconds):
            await self._free.acquire()
            try:
                link = self._kept() or PostgresLink(await self._connected())
            # Whatever came in between, the place is free again; the error goes on.
            except BaseException:
                self._free.release()
                raise
        link.writes = writes
        return link

    def give_back(self, link: PostgresLink) -> None:
        """Keep a connection without a transaction for the next who asks."""
        self._idle.append(link)
        self._free.release()

    def let_go(self, link: PostgresLink) -> None:  # noqa: ARG002 - it is closed
        """A connection was discarded."""
        self._free.release()

    async def close(self) -> None:
        """Close every connection."""
        idle, self._idle = self._idle, []
        for link in idle:
            await link.own.close()

    def _kept(self) -> PostgresLink | None:
        while self._idle:
            link = self._idle.pop()
            if not _has_gone(link.own):
                return link
            link.own.pgconn.finish()
        return None

    async def _connected(self) -> Own:
        return await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, **self._arguments)


def _has_gone(own: Own) -> bool:
    """A connection at rest that has something to read was closed by the server; this costs no round trip."""
    if own.closed:
        return True
    poll = select.poll()
    poll.register(own.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


def _shut(pgconn: Any) -> None:
    try:
        # Raises when it was closed meanwhile and its number may be another's.
        own = socket.socket(fileno=os.dup(pgconn.socket))
    except (OSError, psycopg.Error):
        return
    with own:
        try:
            own.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
