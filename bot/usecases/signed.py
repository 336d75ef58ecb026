"""Requests that bear a personal key's signature: checked by the process that writes, taken once, kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.authority import Person
from bot.domain.errors import NotEntitled, Stale
from bot.domain.proof import SignedRequest
from bot.usecases.once import REQUEST, Repeated
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedStore:
    """A store whose first writing transaction claims a signed request and keeps it in the ledger."""

    outer: Context
    actor: Actor
    request: SignedRequest

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A transaction as the inner store's; raises Repeated when the request was taken before."""
        async with self.outer.store.write() as tx:
            if not await tx.keepsakes.first_time(REQUEST, f"cli:{self.request.id}", self.outer.clock.now()):
                raise Repeated
            kept = self.request.model_dump(mode="json")
            record(self.outer, tx, "request.signed", self.actor, signed=kept)
            yield tx

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """A view as the inner store's."""
        return self.outer.store.read()


def accept(ctx: Context, request: SignedRequest) -> tuple[Context, Actor]:
    """Who asks, known by their key alone, and a context for one use case under this request.

    Raises NotEntitled for a key or a signature that is nobody's, Stale for one of another time or place.
    """
    person = known_by(ctx, request.key)
    if person.id != request.person or not request.holds:
        raise NotEntitled("The signature is not this person's over this request; nothing was done.")
    if request.environment is not ctx.environment:
        raise Stale(f"The request was signed for {request.environment}, and this is {ctx.environment}.")
    now = ctx.clock.wall()
    if abs(now - request.at) > WINDOW:
        raise Stale(
            f"The request was signed at {request.at:%H:%M:%S} UTC and it is {now:%H:%M:%S} UTC here: "
            "more than five minutes apart. Set the clock right and ask again."
        )
    proof = {"key": request.key, "signature": request.signature}
    actor = Actor(person, via="cli", request_id=request.id, proof=proof)
    return replace(ctx, store=SignedStore(ctx, actor, request)), actor


def known_by(ctx: Context, key: str) -> Person:
    """The person whose key this is. Raises NotEntitled."""
    person = ctx.content.now.directory.by_key(key)
    if person is None:
        raise NotEntitled(
            "This key is nobody's in people.yaml; `breakwater operator show` prints the line to add there."
        )
    return person
