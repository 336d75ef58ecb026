"""A second person's word on a full suspension, which stands on one person's meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.base import Environment, Role
from bot.domain.control import Control, Hold
from bot.domain.errors import AlreadyDone, NotEntitled, NotFound, Stale
from bot.usecases import work
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record


async def ratify(ctx: Context, actor: Actor, hold_id: str) -> Hold:
    """A second person's word that a full suspension stands. Raises NotEntitled, NotFound, AlreadyDone."""
    async with ctx.store.write() as tx:
        incident = await take_part(
            ctx, tx, actor, (await find_hold(tx, ctx.environment, hold_id)).incident_id
        )
        hold = await find_hold(tx, ctx.environment, hold_id)
        control = ctx.content.now.by_id[hold.control_id]
        if not control.level(hold.level).full_suspension:
            raise Stale(f"{control.id} is at {hold.level} by now; only a full suspension is ratified.")
        role = may_as(ctx, actor, ratifiers(ctx, control), f"ratify {control.id}")
        if hold.owner == actor.person.id:
            names = [p.name for p in ctx.content.now.directory.holders(ratifiers(ctx, control))]
            who = [name for name in names if name != actor.person.name]
            raise NotEntitled(
                f"You suspended it; the second person must be another: {', '.join(who)}.", who=who
            )
        if (said := await ratified(tx, hold)) is not None:
            raise AlreadyDone(f"{said.by} ratified this at {said.at:%H:%M:%S} UTC.", by=said.by, at=said.at)
        await tx.keepsakes.set_fact(_ratified(hold), f"{ctx.clock.now().isoformat()} {actor.person.name}")
        record(
            ctx,
            tx,
            "hold.ratified",
            actor,
            incident=incident,
            role=role,
            hold=hold.id,
            control=control.id,
            level=hold.level,
            decision=hold.decision_id,
        )
        await tx.jobs.cancel(f"ratify:{hold.id}")
        await work.draw(tx, incident.id)
        return hold


def ratifiers(ctx: Context, control: Control) -> tuple[Role, ...]:
    """The roles whose word makes a full suspension two people's."""
    authority = ctx.content.now.authority
    return (*authority.rules[control.rule].tighten, authority.executive)


@dataclass(frozen=True, slots=True)
class Ratified:
    """Who ratified a full suspension, by name, and when."""

    by: str
    at: datetime


async def ratified(tx: Tx, hold: Hold) -> Ratified | None:
    """Whose word made a full suspension two people's; None while it stands on one's."""
    said = await tx.keepsakes.fact(_ratified(hold))
    if said is None:
        return None
    at, _, by = said.partition(" ")
    return Ratified(by, datetime.fromisoformat(at))


async def count_as_ratified(ctx: Context, tx: Tx, hold: Hold, person_id: str) -> None:
    """A second person's word was given with the decision itself; the deadline has nothing left to ask."""
    known = ctx.content.now.directory.people.get(person_id)
    said = f"{ctx.clock.now().isoformat()} {known.name if known else person_id}"
    await tx.keepsakes.set_fact(_ratified(hold), said)
    await tx.jobs.cancel(f"ratify:{hold.id}")


def _ratified(hold: Hold) -> str:
    """A suspension that is decided anew is ratified anew."""
    return f"ratified:{hold.id}:{hold.decision_id}"


async def find_hold(tx: Tx, environment: Environment, hold_id: str) -> Hold:
    """A hold in force. Raises NotFound."""
    for hold in await tx.holds.in_force(environment):
        if hold.id == hold_id:
            return hold
    raise NotFound("That hold is no longer in force.")
