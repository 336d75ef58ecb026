"""Freezing: one entitled person stops loosening everywhere, or everything; two people lift it.

A freeze locks every control before it is kept, so that each intent is either written before it, and listed
until it drains, or meets it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.base import Environment, Role
from bot.domain.control import ControlState
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, NotFound, Stale
from bot.domain.freeze import LIFT, TYPED, Freeze, FreezeScope, Word, in_flight, unread
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.entitlement import may_as
from bot.usecases.frozen import drop_freeze, freezers, keep_freeze, name_of, standing_freeze
from bot.usecases.gates import numbers
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.releases import GOING

EXAMPLE = "/control freeze Two reopenings are fighting over the hot wallet"
LIFT_EXAMPLE = "/control unfreeze Books agree again and both reopenings were looked through"
LOOK_AGAIN = timedelta(seconds=2)
READ_WITHIN, READ_EACH = timedelta(minutes=1), timedelta(milliseconds=100)


async def freeze(ctx: Context, actor: Actor, scope: FreezeScope, why: str, typed: str = "") -> Freeze:
    """Stop loosening everywhere at once, or everything; that takes `freeze all` typed out in `typed`.

    Raises NotEntitled, BadInput, AlreadyDone.
    """
    said = justification(why, example=EXAMPLE)
    role = entitled(ctx, actor, scope)
    if scope is FreezeScope.ALL and " ".join(typed.casefold().split()) != TYPED:
        raise BadInput(f"To stop tightening too, type “{TYPED}” in full.", example=TYPED, field="typed")
    async with ctx.store.write() as tx:
        states = await _lock(ctx, tx)
        before = await standing_freeze(tx, ctx.environment)
        if before and before.agreed is None and before.scope in (scope, FreezeScope.ALL):
            by, at = name_of(ctx, before.frozen.by), before.frozen.at
            raise AlreadyDone(f"{by} froze {before.scope.words} at {at:%H:%M:%S} UTC.", by=by, at=at)
        flying = in_flight(ctx.content.now.controls, states, scope)
        word = Word(by=actor.person.id, role=role, at=ctx.clock.now(), why=said)
        facts = {"scope": scope.value, "in_flight": flying, "numbers": await numbers(ctx, tx)}
        entry = await _record(ctx, tx, "freeze.begun", actor, role, **facts, justification=said)
        made = Freeze(id=entry, environment=ctx.environment, scope=scope, frozen=word)
        await keep_freeze(tx, made)
        await tx.jobs.cancel(f"unfreeze:{ctx.environment}")
        await _tell(ctx, tx, entry, f"{actor.person.name} froze {scope.words}; the cards say why.")
        return made


async def lift(ctx: Context, actor: Actor, why: str, freeze_id: str = "") -> Freeze:
    """Propose to lift a freeze or, as the second person, agree: then everything is read again.

    `freeze_id` is the one that was shown, if any was. Raises NotEntitled (also to the one who proposed it),
    NotFound, Stale, AlreadyDone.
    """
    said = justification(why, example=LIFT_EXAMPLE)
    role = may_as(ctx, actor, freezers(ctx, LIFT), "lift a freeze")
    async with ctx.store.write() as tx:
        await _lock(ctx, tx)
        found = await standing_freeze(tx, ctx.environment)
        if found is None:
            raise NotFound("Nothing is frozen.")
        if freeze_id and found.id != freeze_id:
            raise Stale("It was frozen anew since this was shown; look again.")
        if found.agreed is not None:
            by, at = name_of(ctx, found.agreed.by), found.agreed.at
            raise AlreadyDone(
                f"{by} agreed at {at:%H:%M:%S} UTC; every control is being read again.", by=by, at=at
            )
        word = Word(by=actor.person.id, role=role, at=ctx.clock.now(), why=said)
        asked = found.waits(word.at, ctx.content.now.authority.proposal_ttl)
        return await (
            _agree(ctx, tx, actor, found, word, asked) if asked else _ask(ctx, tx, actor, found, word)
        )


async def go_on_lifting(ctx: Context, environment: Environment) -> datetime | None:
    """End a freeze that two people agreed to lift, once everything was read again; for its job.

    What cannot be read within the time is named: it is read again in any case before it is set.
    """
    async with ctx.store.write() as tx:
        states = await _lock(ctx, tx)
        found = await standing_freeze(tx, environment)
        if found is None or found.agreed is None or environment is not ctx.environment:
            return None
        controls, now = ctx.content.now.controls, ctx.clock.now()
        left = unread(controls, states, found.agreed.at)
        if left and now < found.agreed.at + READ_WITHIN + READ_EACH * len(controls):
            return now + LOOK_AGAIN
        await _record(ctx, tx, "freeze.lifted", None, None, freeze=found.id, unread=left)
        await drop_freeze(tx, environment)
        await _go_on(ctx, tx)
        unknown = f" Not read: {', '.join(left[:10])}." if left else ""
        text = f"The freeze is lifted: every control was read again and reopenings go on.{unknown}"
        await _tell(ctx, tx, f"{found.id}:lifted", text)
        return None


def entitled(ctx: Context, actor: Actor, scope: FreezeScope) -> Role:
    """The role in which a person may freeze. Raises NotEntitled, saying who may."""
    return may_as(ctx, actor, freezers(ctx, scope.act), f"freeze {scope.words}")


async def _ask(ctx: Context, tx: Tx, actor: Actor, found: Freeze, word: Word) -> Freeze:
    said = {"freeze": found.id, "scope": found.scope.value, "justification": word.why}
    entry = await _record(ctx, tx, "freeze.lift_proposed", actor, word.role, **said)
    made = found.model_copy(update={"asked": word})
    await keep_freeze(tx, made)
    others = [p.id for p in ctx.content.now.directory.holders(freezers(ctx, LIFT)) if p.id != word.by]
    text = f"{actor.person.name} proposes to lift the freeze; it waits for a second person"
    await work.page(ctx, tx, f"unfreeze:{entry}", others, f"{text}: {word.why}")
    await _tell(ctx, tx, entry, f"{text}.")
    return made


async def _agree(ctx: Context, tx: Tx, actor: Actor, found: Freeze, word: Word, asked: Word) -> Freeze:
    if asked.by == word.by:
        who = [p.name for p in ctx.content.now.directory.holders(freezers(ctx, LIFT)) if p.id != word.by]
        raise NotEntitled(f"You proposed this; the second person must be another: {', '.join(who)}.", who=who)
    said = {"freeze": found.id, "proposer": asked.by, "justification": word.why}
    entry = await _record(ctx, tx, "freeze.lift_agreed", actor, word.role, **said)
    made = found.model_copy(update={"agreed": word})
    await keep_freeze(tx, made)
    for control in ctx.content.now.controls:
        await work.actuate(tx, found.environment, control.id)
    await work.at(ctx, tx, word.at + LOOK_AGAIN, "unfreeze", found.environment)
    text = f"{actor.person.name} agrees to lift the freeze. Every control is read again first."
    await _tell(ctx, tx, entry, text)
    return made


async def _lock(ctx: Context, tx: Tx) -> dict[str, ControlState]:
    return await tx.controls.lock(ctx.environment, [c.id for c in ctx.content.now.controls])


async def _record(
    ctx: Context, tx: Tx, kind: str, actor: Actor | None, role: Role | None, **data: Any
) -> str:
    """A row of the platform's own, and one in the timeline of every open incident it concerns."""
    entry = record(ctx, tx, kind, actor, role=role, **data)
    for incident in await tx.incidents.open():
        if incident.environment is ctx.environment:
            record(ctx, tx, kind, actor, incident=incident, role=role, **data)
    return entry


async def _go_on(ctx: Context, tx: Tx) -> None:
    """What waited is looked at again: every control, and every reopening under way."""
    for control in ctx.content.now.controls:
        await work.actuate(tx, ctx.environment, control.id)
    for incident in await tx.incidents.open():
        for plan in await tx.proposals.plans(incident.id):
            if plan.status in GOING:
                await work.at(ctx, tx, ctx.clock.now(), "ladder", plan.id)


async def _tell(ctx: Context, tx: Tx, key: str, text: str) -> None:
    """Say it where every incident is read, in the incidents channel, and on every card and Home."""
    await work.warn(tx, f"freeze:{key}", text)
    for incident in await tx.incidents.open():
        if incident.environment is ctx.environment:
            await work.say(tx, f"freeze:{key}:{incident.id}", incident.id, text)
            await work.draw(tx, incident.id)
    await work.homes(tx)
