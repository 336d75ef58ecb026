"""Small things to remember: seen events, pinned content, sent messages, deployment facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import col

from bot.domain.content import Pinned
from bot.domain.errors import NotFound
from bot.store.link import Link
from bot.store.statements import Spelling, Statement, given, given_all
from bot.store.tables import FactRow, PinnedRow, ReceiptRow, SentRow, Table
from bot.usecases.ports.rows import Sent

_SENT = ("key", "channel", "ts", "digest")


def _once(row: type[Table], *names: str) -> Statement:
    """Insert what is not there yet."""

    def built(say: Spelling) -> Any:
        new = say.insert(row).values(given_all(row, names)).on_conflict_do_nothing()
        return new.returning(col(getattr(row, names[0])))

    return Statement(built)


def _put(row: type[Table], key: str, *names: str) -> Statement:
    """Insert, or replace what is there."""

    def built(say: Spelling) -> Any:
        new = say.insert(row).values(given_all(row, (key, *names)))
        new = new.on_conflict_do_update(
            index_elements=[key], set_={name: new.excluded[name] for name in names}
        )
        return new.inline()

    return Statement(built)


_FIRST_TIME = _once(ReceiptRow, "kind", "event_id", "at")
_PIN = _once(PinnedRow, "digest", "body")
_PINNED = Statement(select(col(PinnedRow.body)).where(col(PinnedRow.digest) == given(col(PinnedRow.digest))))
_KEPT = Statement(select(col(PinnedRow.digest), col(PinnedRow.body)).order_by(col(PinnedRow.digest)))
_FIND_SENT = Statement(
    select(*(col(getattr(SentRow, name)) for name in _SENT)).where(
        col(SentRow.key) == given(col(SentRow.key))
    )
)
_PUT_SENT = _put(SentRow, *_SENT)
_FACT = Statement(select(col(FactRow.value)).where(col(FactRow.name) == given(col(FactRow.name))))
_PREFIX = given(col(FactRow.name), "prefix")
_FACTS = Statement(
    select(col(FactRow.name), col(FactRow.value))
    .where(func.substr(col(FactRow.name), 1, func.length(_PREFIX)) == _PREFIX)
    .order_by(col(FactRow.name))
)
_SET_FACT = _put(FactRow, "name", "value")
_FORGET_FACT = Statement(delete(FactRow).where(col(FactRow.name) == given(col(FactRow.name))))


class SqlKeepsakes:
    """Keepsakes, each kind in its own table."""

    def __init__(self, link: Link, known: dict[str, Pinned] | None = None) -> None:
        self._link = link
        self._known = {} if known is None else known

    async def first_time(self, kind: str, event_id: str, at: datetime) -> bool:
        """Whether an event is seen for the first time; remembers it.

        A second transaction with the same event waits until the first has committed or gone.
        """
        row = {"kind": kind, "event_id": event_id, "at": at}
        return (await self._link.execute(_FIRST_TIME, row)).first() is not None

    async def pin(self, pinned: Pinned) -> None:
        """Keep content under its digest."""
        await self.keep(pinned.digest, pinned.model_dump(mode="json", by_alias=True))

    async def keep(self, content_digest: str, body: Mapping[str, Any]) -> None:
        """Keep any JSON under its digest."""
        await self._link.later(_PIN, {"digest": content_digest, "body": dict(body)})

    async def kept(self) -> dict[str, dict[str, Any]]:
        """Everything that is kept under a digest."""
        return dict(await self._link.execute(_KEPT))

    async def pinned(self, content_digest: str) -> Pinned:
        """Content kept earlier. Raises NotFound."""
        if content_digest in self._known:
            return self._known[content_digest]
        body = (await self._link.execute(_PINNED, {"digest": content_digest})).value()
        if body is None:
            raise NotFound(f"No content is kept under {content_digest[:12]}.")
        self._known[content_digest] = Pinned.model_validate(body)
        return self._known[content_digest]

    async def sent(self, key: str) -> Sent | None:
        """What a job has posted."""
        row = (await self._link.execute(_FIND_SENT, {"key": key})).first()
        return Sent(*row) if row else None

    async def remember_sent(self, sent: Sent) -> None:
        """Remember what a job has posted, in place of what it posted before."""
        await self._link.later(_PUT_SENT, {name: getattr(sent, name) for name in _SENT})

    async def fact(self, name: str) -> str | None:
        """A deployment fact, such as `team_id` or `epoch`."""
        value: str | None = (await self._link.execute(_FACT, {"name": name})).value()
        return value

    async def facts(self, prefix: str) -> dict[str, str]:
        """Deployment facts whose names begin so, in order of name."""
        return dict(await self._link.execute(_FACTS, {"prefix": prefix}))

    async def set_fact(self, name: str, value: str) -> None:
        """Set a deployment fact."""
        await self._link.later(_SET_FACT, {"name": name, "value": value})

    async def forget_fact(self, name: str) -> None:
        """Forget a deployment fact; nothing happens where there is none."""
        await self._link.later(_FORGET_FACT, {"name": name})
