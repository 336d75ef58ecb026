"""Asking the policy whether a person may do something, in an incident or at large."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.authority import acting_roles, require_any
from bot.domain.base import Role
from bot.domain.errors import BadInput, Ended, NotFound
from bot.domain.incident import Incident
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

COMMANDER = (Role.INCIDENT_COMMANDER,)


def may(ctx: Context, actor: Actor, incident: Incident, act: str, words: str) -> Role:
    """The role in which the person does an act of the policy. Raises NotEntitled, saying who may."""
    content = ctx.content.now
    wanted = content.authority.acts.get(act, COMMANDER)
    held = acting_roles(content.directory, actor.person.id, incident.assigned)
    return require_any(content.directory, held, wanted, words)


def may_as(ctx: Context, actor: Actor, roles: Iterable[Role], words: str) -> Role:
    """The first of these roles that the person may hold at all. Raises NotEntitled, saying who may."""
    directory = ctx.content.now.directory
    return require_any(directory, directory.eligible(actor.person.id), roles, words)


async def live(tx: Tx, incident_id: str) -> Incident:
    """An incident that still takes events, locked. Raises NotFound or Ended."""
    incident = await tx.incidents.get(incident_id, lock=True)
    if incident.ended:
        raise Ended(
            f"{incident.id} has ended ({incident.phase.value.replace('_', ' ')}); nothing was changed."
        )
    return incident


async def take_part(ctx: Context, tx: Tx, actor: Actor, incident_id: str) -> Incident:
    """The same, for a deed of a person: whoever acts has answered for the roles they hold."""
    incident = await live(tx, incident_id)
    me = actor.person.id
    silent = [r for r, p in incident.assigned.items() if p == me and r not in incident.acknowledged]
    if not silent:
        return incident
    record(ctx, tx, "role.acknowledged", actor, incident=incident, roles=[r.value for r in silent])
    answered = {"acknowledged": (*incident.acknowledged, *silent)}
    return await tx.incidents.save(incident.model_copy(update=answered))


async def which(tx: Tx, named: str | None, channel: str | None) -> Incident:
    """The incident a command means: the one named, the channel's, or the only open one.

    Raises NotFound when there is none, BadInput when it could be several.
    """
    if named:
        return await tx.incidents.get(named.upper())
    if channel and (found := await tx.incidents.in_channel(channel)):
        return found
    running = await tx.incidents.open()
    if not running:
        raise NotFound("No incident is open. Declare one with /incident declare <summary>.")
    if len(running) > 1:
        keys = ", ".join(i.id for i in running[:10])
        raise BadInput(
            f"Several incidents are open ({keys}). Name one first.",
            example=f"/incident status {running[0].id}",
        )
    return running[0]
