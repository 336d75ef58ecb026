"""Walking the runbook: doing, skipping and blocking its steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain.authority import acting_roles, require_any
from bot.domain.base import Role
from bot.domain.errors import AlreadyDone, BadInput, NotFound
from bot.domain.gate import not_yet
from bot.domain.incident import Incident
from bot.domain.runbook import Runbook, Step, StepKind, StepState, StepStatus, find_step
from bot.domain.text import clean, justification
from bot.usecases import work
from bot.usecases.entitlement import take_part
from bot.usecases.gates import ask_gate, numbers
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

LISTED = 15
_WORD = re.compile(r"\w+")
CARRIED_OUT = (StepKind.CONTROL, StepKind.MODE, StepKind.PUBLISH, StepKind.PAGE)


@dataclass(frozen=True, slots=True)
class StepRef:
    """One step of one incident, as a button names it."""

    incident_id: str
    runbook_id: str
    step_id: str
    round: int


async def finish_step(ctx: Context, actor: Actor, ref: StepRef, said: str = "") -> StepState:
    """Do a step: who, when and the signals at that moment are recorded. Raises AlreadyDone to the second.

    A step that changes something is done by carrying it out, and a gate's only while it is open: else
    BadInput or TransitionRefused.
    """
    async with ctx.store.write() as tx:
        incident, role, step, state = await at_hand(ctx, tx, actor, ref)
        _refuse_tick(step, state)
        if step.gate:
            result = await ask_gate(ctx, tx, step.gate, incident)
            if not result.is_open:
                raise not_yet([result], then="Block or skip it with the reason.")
        words = justification(said, example=step.asks) if step.asks else clean(said, limit=2000)
        return await close_step(ctx, tx, actor, incident, step, state, words, role=role)


async def choose(ctx: Context, actor: Actor, ref: StepRef, option_id: str, said: str = "") -> StepState:
    """Decide for one of a step's options; its role alone may, so that no boundary of authority is crossed.

    Without words of the person's own the option is the justification. Raises NotEntitled, BadInput.
    """
    async with ctx.store.write() as tx:
        incident, role, step, state = await at_hand(ctx, tx, actor, ref, decides=True)
        option = next((o for o in step.options if o.id == option_id), None)
        if option is None:
            known = "; ".join(o.text for o in step.options) or "none"
            raise BadInput("Choose one of the options.", example=known, field="option")
        words = justification(said, example=step.asks) if step.asks else clean(said, limit=2000)
        told = f"{option.text} — {words}" if words else option.text
        state = state.model_copy(update={"choice": option.id})
        choice = {"choice": option.id, "options": [o.id for o in step.options]}
        return await close_step(ctx, tx, actor, incident, step, state, told, role=role, **choice)


async def close_step(
    ctx: Context,
    tx: Tx,
    actor: Actor,
    incident: Incident,
    step: Step,
    state: StepState,
    said: str,
    *,
    role: Role | None = None,
    **more: Any,
) -> StepState:
    """Mark a step done within the caller's transaction, with the signals at that moment."""
    if role is None and step.role in ctx.content.now.directory.eligible(actor.person.id):
        role = step.role
    record(
        ctx,
        tx,
        "step.done",
        actor,
        incident=incident,
        role=role,
        step=step.id,
        runbook=state.runbook_id,
        said=said,
        signals=await numbers(ctx, tx),
        **more,
    )
    return await _set(ctx, tx, actor, state, StepStatus.DONE, said)


async def skip_step(ctx: Context, actor: Actor, ref: StepRef, why: str) -> StepState:
    """Pass a step over, with the reason."""
    return await _put_aside(ctx, actor, ref, why, StepStatus.SKIPPED)


async def block_step(ctx: Context, actor: Actor, ref: StepRef, why: str) -> StepState:
    """Say that a step cannot go on, with the reason; the commander is told."""
    return await _put_aside(ctx, actor, ref, why, StepStatus.BLOCKED)


async def find(tx: Tx, ref: StepRef) -> tuple[Incident, Step, StepState]:
    """The written step and how it stands. Raises NotFound."""
    incident = await tx.incidents.get(ref.incident_id)
    state = await _state(tx, ref)
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    step = find_step(pinned.by_id, state)
    if step is None:
        raise NotFound(f"{incident.id} has no step {ref.step_id}.")
    return incident, step, state


async def by_title(tx: Tx, incident: Incident, wanted: str) -> tuple[Runbook, Step, StepState]:
    """The unfinished step that some words begin, else one that has them all. Raises NotFound."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    waiting = [s for s in await tx.steps.of(incident.id) if not s.status.finished]
    pairs = [(pinned.by_id[s.runbook_id], find_step(pinned.by_id, s), s) for s in waiting]
    known = [(b, step, s) for b, step, s in pairs if step is not None]
    low = wanted.casefold()
    for book, step, state in known:
        if step.id == low or step.title.casefold().startswith(low):
            return book, step, state
    asked = _WORD.findall(low)
    for book, step, state in known:
        words = _WORD.findall(f"{step.id} {step.title}".casefold())
        if asked and all(any(w.startswith(a) for w in words) for a in asked):
            return book, step, state
    titles = "".join(f"\n• {step.title}" for _, step, _ in known[:LISTED]) or " none"
    more = f"\n… and {len(known) - LISTED} more" if len(known) > LISTED else ""
    raise NotFound(f"No open step has “{clean(wanted, limit=60)}” in it. Open steps:{titles}{more}")


async def finish_matching(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, fits: Callable[[Step], bool], said: str
) -> None:
    """Finish the open steps that a decision of the caller's transaction has just carried out."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    for state in await tx.steps.of(incident.id):
        step = find_step(pinned.by_id, state)
        if step is not None and not state.status.finished and fits(step):
            await close_step(ctx, tx, actor, incident, step, state, said)


async def at_hand(
    ctx: Context, tx: Tx, actor: Actor, ref: StepRef, *, decides: bool = False
) -> tuple[Incident, Role, Step, StepState]:
    """An unfinished step and the role in which this person may do it. Raises AlreadyDone, NotEntitled."""
    incident = await take_part(ctx, tx, actor, ref.incident_id)
    _, step, state = await find(tx, ref)
    return incident, may_do(ctx, actor, incident, step, state, decides=decides), step, state


def may_do(
    ctx: Context, actor: Actor, incident: Incident, step: Step, state: StepState, *, decides: bool = False
) -> Role:
    """The role in which a person may act on a step, or decide it where that is its role's alone.

    Raises AlreadyDone, NotFound, NotEntitled.
    """
    if state.status.finished and state.by and state.at:
        who = ctx.content.now.directory.people.get(state.by)
        name = who.name if who else state.by
        raise AlreadyDone(
            f"“{step.title}” was {state.status} by {name} at {state.at:%H:%M:%S} UTC.", by=name, at=state.at
        )
    if state.status.finished:
        raise NotFound(f"“{step.title}” is no longer asked for; the incident has moved on.")
    directory = ctx.content.now.directory
    held = acting_roles(directory, actor.person.id, incident.assigned)
    alone = decides and step.holders_alone
    wanted = (step.role,) if alone else (step.role, Role.INCIDENT_COMMANDER)
    return require_any(directory, held, wanted, f"{'decide' if alone else 'do'} “{step.title}”")


def _refuse_tick(step: Step, state: StepState) -> None:
    """What is not done by saying so. Raises BadInput."""
    how = ""
    if step.kind in CARRIED_OUT:
        how = "is done by carrying it out"
    elif step.options:
        how = "is done by choosing one of its options"
    elif state.transfer:
        how = f"has a transfer under way ({state.transfer.words}); see it confirmed, or call it off"
    elif step.kind is StepKind.TRANSFER and not any(t.confirmed_at for t in state.transfers):
        how = "is done by a transfer that two people agreed on"
    if how:
        raise BadInput(
            f"“{step.title}” {how}, or passed over with the reason.", example=f"/incident step {step.id}"
        )


async def _put_aside(ctx: Context, actor: Actor, ref: StepRef, why: str, status: StepStatus) -> StepState:
    said = justification(why, example="Northbank's desk does not answer; Bob keeps calling")
    async with ctx.store.write() as tx:
        incident, role, step, state = await at_hand(ctx, tx, actor, ref)
        if status is StepStatus.SKIPPED and state.transfer:
            sentence = f"A transfer is under way ({state.transfer.words}): see it confirmed, or call it off."
            raise BadInput(sentence, example=f"/incident step {step.id}")
        record(
            ctx,
            tx,
            f"step.{status}",
            actor,
            incident=incident,
            role=role,
            step=step.id,
            runbook=state.runbook_id,
            justification=said,
        )
        commander = incident.assigned.get(Role.INCIDENT_COMMANDER)
        if status is StepStatus.BLOCKED and commander and commander != actor.person.id:
            text = f"{incident.id}: “{step.title}” is blocked by {actor.person.name}: {said}"
            await work.page(
                ctx, tx, f"blocked:{incident.id}:{step.id}:{state.version}", [commander], text, incident.id
            )
        return await _set(ctx, tx, actor, state, status, said)


async def _set(
    ctx: Context, tx: Tx, actor: Actor, state: StepState, status: StepStatus, said: str
) -> StepState:
    changed = {"status": status, "by": actor.person.id, "at": ctx.clock.now(), "said": said}
    state = await tx.steps.save(state.model_copy(update=changed))
    if status.finished:
        await tx.jobs.cancel(f"step_due:{state.incident_id}:{state.round}:{state.runbook_id}:{state.step_id}")
    await work.draw(tx, state.incident_id)
    return state


async def _state(tx: Tx, ref: StepRef) -> StepState:
    for state in await tx.steps.of(ref.incident_id):
        if (state.runbook_id, state.step_id, state.round) == (ref.runbook_id, ref.step_id, ref.round):
            return state
    raise NotFound(f"{ref.incident_id} has no step {ref.step_id}.")
