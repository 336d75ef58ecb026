"""Small things to remember: seen events, pinned content, sent messages, deployment facts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.domain.content import Pinned
from bot.domain.errors import NotFound
from bot.store.tables import FactRow, PinnedRow, ReceiptRow, SentRow
from bot.store.upsert import upsert
from bot.usecases.ports.rows import Sent


class SqlKeepsakes:
    """Keepsakes, each kind in its own table."""

    def __init__(self, connection: AsyncConnection, known: dict[str, Pinned] | None = None) -> None:
        self._connection = connection
        self._known = {} if known is None else known

    async def first_time(self, kind: str, event_id: str, at: datetime) -> bool:
        """Whether an event is seen for the first time; remembers it.

        A second transaction with the same event waits until the first has committed or gone.
        """
        statement = upsert(self._connection, ReceiptRow).values(kind=kind, event_id=event_id, at=at)
        statement = statement.on_conflict_do_nothing().returning(col(ReceiptRow.event_id))
        return (await self._connection.execute(statement)).first() is not None

    async def pin(self, pinned: Pinned) -> None:
        """Keep content under its digest."""
        row = {"digest": pinned.digest, "body": pinned.model_dump(mode="json", by_alias=True)}
        await self._connection.execute(
            upsert(self._connection, PinnedRow).values(row).on_conflict_do_nothing()
        )

    async def pinned(self, content_digest: str) -> Pinned:
        """Content kept earlier. Raises NotFound."""
        if content_digest in self._known:
            return self._known[content_digest]
        query = select(col(PinnedRow.body)).where(col(PinnedRow.digest) == content_digest)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        if body is None:
            raise NotFound(f"No content is kept under {content_digest[:12]}.")
        self._known[content_digest] = Pinned.model_validate(body)
        return self._known[content_digest]

    async def sent(self, key: str) -> Sent | None:
        """What a job has posted."""
        query = select(col(SentRow.key), col(SentRow.channel), col(SentRow.ts), col(SentRow.digest))
        row = (await self._connection.execute(query.where(col(SentRow.key) == key))).first()
        return Sent(*row) if row else None

    async def remember_sent(self, sent: Sent) -> None:
        """Remember what a job has posted, in place of what it posted before."""
        row = {"channel": sent.channel, "ts": sent.ts, "digest": sent.digest}
        statement = upsert(self._connection, SentRow).values(key=sent.key, **row)
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=row))

    async def fact(self, name: str) -> str | None:
        """A deployment fact, such as `team_id` or `epoch`."""
        query = select(col(FactRow.value)).where(col(FactRow.name) == name)
        value: str | None = (await self._connection.execute(query)).scalar_one_or_none()
        return value

    async def set_fact(self, name: str, value: str) -> None:
        """Set a deployment fact."""
        statement = upsert(self._connection, FactRow).values(name=name, value=value)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )
