"""Taking a request once: its receipt is written in the same transaction as its effect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

from bot.usecases.ports import Clock, Context, Store, Tx

REQUEST = "request"


class Repeated(Exception):
    """This very request has had its effect before; nothing was done again."""


@dataclass(frozen=True, slots=True)
class OnceStore:
    """A store whose first writing transaction claims a request's id. A refused request stays unclaimed."""

    inner: Store
    clock: Clock
    request_id: str

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A transaction as the inner store's; raises Repeated when the request was taken before."""
        async with self.inner.write() as tx:
            if not await tx.keepsakes.first_time(REQUEST, self.request_id, self.clock.now()):
                raise Repeated
            yield tx

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """A view as the inner store's."""
        return self.inner.read()


def once(ctx: Context, request_id: str) -> Context:
    """The same context, for one use case under one request id (a trigger id, or a view id and its step)."""
    return replace(ctx, store=OnceStore(ctx.store, ctx.clock, request_id))
