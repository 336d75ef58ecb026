"""One connection as a transaction sees it, whichever database is behind it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ClauseElement

from bot.store.statements import Answer, Given, Ready, Statement

log = logging.getLogger("breakwater.sql")
Asked = Statement | ClauseElement
NOTHING: Mapping[str, Any] = {}


class Link(Protocol):
    """A connection with a transaction open on it."""

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        ...

    async def execute(self, statement: Asked, given: Given = NOTHING) -> Answer:
        """Run a statement and fetch everything it gives."""
        ...

    async def later(self, statement: Asked, given: Given = NOTHING) -> None:
        """Run a statement nobody needs the answer of: before the next one or with the commit."""
        ...

    async def later_many(self, statement: Asked, rows: Sequence[Given]) -> None:
        """The same for several sets of parameters."""
        ...


def ready(statement: Asked, *, sqlite: bool) -> Ready:
    """A statement in the words of the database; what is not kept is put into them each time."""
    found = statement if isinstance(statement, Statement) else Statement(statement)
    made = found.ready(sqlite=sqlite)
    if log.isEnabledFor(logging.DEBUG):
        log.debug("%s", made.text)
    return made
