"""Two-person attestation: when a feed is dead, two people attest to what they see with their own eyes.

It opens what is unknown in one named gate for a quarter of an hour, never what is known to be shut.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.authority import Person
from bot.domain.base import Role
from bot.domain.errors import AlreadyDone, BadInput, NotFound
from bot.domain.gate import GateSpec, unknown_signals
from bot.domain.incident import Incident
from bot.domain.ledger import Row
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.entitlement import COMMANDER, may_as, take_part
from bot.usecases.gates import gate_facts, numbers
from bot.usecases.opened import ATTESTED
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

ACT = "attest"
EXAMPLE = "/incident attest coverage-restored The custody console shows 41m hot and 3m waiting"
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Attested:
    """One person's word on a gate. `until` is when it shuts again; None while a second is waited for."""

    gate: GateSpec
    signals: tuple[str, ...]
    until: datetime | None
    second: tuple[Person, ...]


async def attest(ctx: Context, actor: Actor, incident_id: str, gate_id: str, said: str) -> Attested:
    """Attest to what one sees while a gate's signals are unknown; the second person's word opens it.

    Raises NotEntitled, AlreadyDone to who has attested and waits, NotFound, and BadInput where nothing of
    the gate is unknown.
    """
    words = justification(said, example=EXAMPLE)
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        role = may_as(ctx, actor, attesters(ctx), "attest to what a dead feed would say")
        gate = named_gate(ctx, gate_id)
        signals = unknown_signals(gate, await gate_facts(ctx, tx, gate, incident))
        if not signals:
            raise BadInput(f"Nothing of “{gate.title}” is unknown just now.", example=EXAMPLE)
        first = await _first(ctx, tx, incident, gate)
        if first is not None and first.actor == actor.person.id:
            said = f"You attested to it at {first.at:%H:%M:%S} UTC; a second person must."
            raise AlreadyDone(said, by=actor.person.name, at=first.at)
        until = ctx.clock.now() + ctx.content.now.authority.attested_for if first else None
        pair: dict[str, Any] = {"with": first.id, "until": until.isoformat()} if first and until else {}
        about: dict[str, Any] = {"gate": gate.id, "title": gate.title, "signals": list(signals), **pair}
        why: dict[str, Any] = {"numbers": await numbers(ctx, tx), "justification": words}
        record(ctx, tx, ATTESTED, actor, incident=incident, role=role, **about, **why)
        await work.draw(tx, incident.id)
        others = ctx.content.now.directory.holders(attesters(ctx))
        second = tuple(p for p in others if p.id != actor.person.id)
        if first is None:
            await _call_second(ctx, tx, actor, incident, gate, second)
        return Attested(gate, signals, until, second)


async def _call_second(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, gate: GateSpec, second: tuple[Person, ...]
) -> None:
    said = f"{actor.person.name} attests to “{gate.title}”, whose feed is dead"
    text = f"{incident.id}: {said}; a second person must, within a quarter of an hour."
    key = f"attest:{incident.id}:{gate.id}:{ctx.clock.now():%Y-%m-%dT%H:%M}"
    await work.page(ctx, tx, key, [p.id for p in second], text, incident.id)


def attesters(ctx: Context) -> tuple[Role, ...]:
    """The roles whose word on a dead feed counts."""
    return ctx.content.now.authority.acts.get(ACT, COMMANDER)


def named_gate(ctx: Context, name: str) -> GateSpec:
    """The gate of that id, or whose title begins so. Raises NotFound with what there is."""
    gates, low = ctx.content.now.gates, name.strip().casefold()
    if low in gates:
        return gates[low]
    found = [g for g in gates.values() if low and g.title.casefold().startswith(low)]
    if len(found) == 1:
        return found[0]
    raise NotFound(f"There is no gate of that name. There are: {', '.join(sorted(gates))}.")


async def _first(ctx: Context, tx: Tx, incident: Incident, gate: GateSpec) -> Row | None:
    """The newest word on the gate that still waits for a second person."""
    since = ctx.clock.now() - ctx.content.now.authority.attested_for
    rows = await tx.ledger.tail(incident.id, NEWEST, kinds=(ATTESTED,), since=since)
    mine = [r for r in rows if r.data["gate"] == gate.id]
    taken = {r.data["with"] for r in mine if "with" in r.data}
    return next((r for r in mine if "with" not in r.data and r.id not in taken), None)
