"""Reviewing holds: whoever may protect may let what is held stand longer, with the reason.

A review put off keeps everything as it is: nothing is set, nothing loosened, and no second person's word on a
full suspension is asked later for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.authority import Person
from bot.domain.base import Role, format_duration
from bot.domain.control import Hold
from bot.domain.errors import AlreadyDone, BadInput, NotFound, Refusal, Stale
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.gates import numbers
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

ACT, PROTECTS = "extend_review", "protected_mode_on"
EXAMPLE = "/protected-mode extend 1h Northbank's answer is due at 05:00"
MINUTE = timedelta(minutes=1)


async def extend_holds(
    ctx: Context, actor: Actor, incident_id: str, by: timedelta, why: str
) -> tuple[list[Hold], datetime]:
    """Put the review of an incident's holds off, to the whole minute after `by`; the holds, and until when.

    A hold that is reviewed later already stays so. Raises NotEntitled, BadInput, NotFound when nothing is
    held, AlreadyDone when every hold stands so long already.
    """
    said = justification(why, example=EXAMPLE)
    _refuse_length(ctx, by)
    until = _whole_minute(ctx.clock.now() + by)
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        role = entitled(ctx, actor, incident.id)
        holds = [h for h in await tx.holds.of(incident.id) if h.in_force]
        if not holds:
            raise NotFound(f"{incident.id} holds nothing, so there is nothing to review.")
        await tx.controls.lock(incident.environment, [h.control_id for h in holds])
        late = [h for h in holds if h.review_at < until]
        if not late:
            raise await _already(tx, incident.id, min(h.review_at for h in holds))
        record(
            ctx,
            tx,
            "hold.extended",
            actor,
            incident=incident,
            role=role,
            holds=[h.id for h in late],
            controls=[h.control_id for h in late],
            before={h.id: f"{h.review_at:%Y-%m-%dT%H:%M:%SZ}" for h in late},
            until=f"{until:%Y-%m-%dT%H:%M:%SZ}",
            numbers=await numbers(ctx, tx),
            justification=said,
        )
        moved = []
        for hold in late:
            moved.append(await tx.holds.save(hold.put_off(until)))
            await work.at(ctx, tx, until, "hold_review", hold.id)
        await tx.keepsakes.set_fact(_fact(incident.id), f"{ctx.clock.now().isoformat()} {actor.person.name}")
        await work.draw(tx, incident.id)
        return moved, until


def reviewers(ctx: Context) -> tuple[Role, ...]:
    """The roles that may put a review off: those of the policy, else those that may protect."""
    acts = ctx.content.now.authority.acts
    return acts.get(ACT, acts.get(PROTECTS, (Role.INCIDENT_COMMANDER,)))


def entitled(ctx: Context, actor: Actor, incident_id: str) -> Role:
    """The role in which a person may put a review off. Raises NotEntitled, saying who may."""
    return may_as(ctx, actor, reviewers(ctx), f"put off the review of holds in {incident_id}")


def may_extend(ctx: Context, person: Person) -> bool:
    """Whether a person may put a review off."""
    return bool(ctx.content.now.directory.eligible(person.id) & set(reviewers(ctx)))


def _refuse_length(ctx: Context, by: timedelta) -> None:
    most = ctx.content.now.authority.extend_at_most
    if by < MINUTE:
        raise BadInput("A review is put off by a minute at least.", example=EXAMPLE)
    if by > most:
        raise BadInput(
            f"A review is put off by {format_duration(most)} at most, so that somebody looks again.",
            example=EXAMPLE,
        )


def _whole_minute(moment: datetime) -> datetime:
    """The next whole minute: so the same wish twice in one breath is one wish."""
    floor = moment.replace(second=0, microsecond=0)
    return floor if floor == moment else floor + MINUTE


def _fact(incident_id: str) -> str:
    return f"review_put_off:{incident_id}"


async def _already(tx: Tx, incident_id: str, first: datetime) -> Refusal:
    """Nothing is reviewed before `first` as it is; who saw to that, if somebody did."""
    stands = f"No hold of {incident_id} is reviewed before {first:%H:%M} UTC"
    known = await tx.keepsakes.fact(_fact(incident_id))
    if known is None:
        return Stale(f"{stands} as it is; nothing was changed.")
    moment, _, name = known.partition(" ")
    at = datetime.fromisoformat(moment)
    return AlreadyDone(f"{name} put the review off at {at:%H:%M:%S} UTC. {stands}.", by=name, at=at)
