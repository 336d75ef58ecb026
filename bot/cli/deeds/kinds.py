"""The shape of a verb: how what was typed is settled before it is signed, and what is then done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.cli.deeds.answer import Answer
from bot.domain.authority import Person
from bot.domain.errors import BadInput
from bot.usecases.entitlement import which
from bot.usecases.ports import Actor, Context

Arguments = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, before anything is signed. `sign` gives their key's signature in base64.

    `agreed` shows something and says whether they want it. Raises BadInput where nobody can be asked.
    """

    ctx: Context
    person: Person
    key: str
    sign: Callable[[bytes], str]
    agreed: Callable[[Answer], bool]


Settle = Callable[[Asked, Arguments], Awaitable[dict[str, str]]]
Do = Callable[[Context, Actor, Arguments], Awaitable[Answer]]
Show = Callable[[Context, Arguments], Awaitable[Answer]]


async def as_given(_asked: Asked, given: Arguments) -> dict[str, str]:
    """Nothing to settle."""
    return dict(given)


async def in_incident(asked: Asked, given: Arguments) -> dict[str, str]:
    """The incident named, or the only open one, so that what is signed says which. Raises NotFound."""
    return {**given, "incident": await incident_id(asked.ctx, given)}


async def incident_id(ctx: Context, given: Arguments) -> str:
    """The incident meant: the one named, or the only open one. Raises NotFound, BadInput."""
    async with ctx.store.read() as tx:
        return (await which(tx, given.get("incident"), None)).id


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb that writes."""

    do: Do
    settled: Settle = in_incident


def person_called(ctx: Context, name: str) -> Person:
    """The person of that id or name in people.yaml. Raises BadInput with who there is."""
    people = ctx.content.now.directory.people
    low = name.strip().removeprefix("@").casefold()
    found = [p for p in people.values() if low in (p.id.casefold(), p.name.casefold())]
    if len(found) != 1:
        known = ", ".join(sorted(people)[:20])
        raise BadInput(f"people.yaml has nobody called {name[:40]}. There are: {known}.")
    return found[0]
