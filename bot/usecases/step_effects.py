"""Carrying out a step that does more than say that it was done: one decision, one transaction."""

from __future__ import annotations

from bot.domain.base import Role
from bot.domain.errors import BadInput, NotFound
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.domain.runbook import Step, StepKind, StepState
from bot.domain.text import clean
from bot.usecases import controls, modes, publications, steps
from bot.usecases.gates import numbers
from bot.usecases.incidents import page_role
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.steps import StepRef

STRICTER = list(ModeId)


async def carry_out(ctx: Context, actor: Actor, ref: StepRef, why: str = "") -> StepState:
    """Do what a control, mode, page or publish step says and finish it in the same transaction.

    A publish step raises its draft and is finished when that is approved. Without words of the person's own
    the runbook's title is the justification. Raises NotEntitled, AlreadyDone, NotFound, BadInput.
    """
    async with ctx.store.write() as tx:
        incident, _, step, state = await steps.at_hand(ctx, tx, actor, ref)
        said = clean(why, limit=2000) or f"Runbook step: {step.title}"
        if step.kind is StepKind.PUBLISH and step.publish:
            await publications.raise_draft(ctx, tx, incident, step.publish, actor)
            return state
        if step.kind is StepKind.CONTROL:
            await _tighten(ctx, tx, actor, incident, step, said)
            await controls.finish_held(ctx, tx, actor, incident, said)
        elif step.kind is StepKind.MODE and step.mode:
            await _mode(ctx, tx, actor, incident, step.mode, said)
        elif step.kind is StepKind.PAGE and step.page:
            await _page(ctx, tx, actor, incident, step)
        else:
            raise BadInput(f"“{step.title}” has nothing to carry out; say when it is done.")
        after = await tx.steps.of(incident.id)
        found = next(s for s in after if _same(s, ref))
        if found.status.finished:
            return found
        return await steps.close_step(ctx, tx, actor, incident, step, found, said)


async def _tighten(ctx: Context, tx: Tx, actor: Actor, incident: Incident, step: Step, said: str) -> None:
    if step.control is None or not (wanted := controls.matches(ctx, step.control.id)):
        raise NotFound(f"There is no control for “{step.title}”.")
    pairs = [(c, c.level(step.control.level)) for c in wanted]
    role: Role = controls.entitled_to_tighten(ctx, actor, wanted)
    controls.refuse_irreversible(wanted)
    decision = record(
        ctx,
        tx,
        "control.decided",
        actor,
        incident=incident,
        role=role,
        step=step.id,
        levels={c.id: level.id for c, level in pairs},
        before=await controls.levels_before(tx, incident, wanted),
        numbers=await numbers(ctx, tx),
        justification=said,
    )
    await controls.tighten(ctx, tx, actor, incident, pairs, decision)


async def _mode(ctx: Context, tx: Tx, actor: Actor, incident: Incident, mode: ModeId, said: str) -> None:
    if STRICTER.index(incident.mode) < STRICTER.index(mode):
        await modes.set_mode_in(ctx, tx, actor, incident, mode, said)


async def _page(ctx: Context, tx: Tx, actor: Actor, incident: Incident, step: Step) -> None:
    """Everyone who may hold these roles hears it, once each; the ledger says who was called."""
    asks = f"{actor.person.name} needs you: {step.title}"
    for role in step.page:
        await page_role(ctx, tx, incident, role, asks)
    called = [p.id for p in ctx.content.now.directory.holders(step.page)]
    roles = [role.value for role in step.page]
    record(ctx, tx, "role.paged", actor, incident=incident, step=step.id, roles=roles, people=called)


def _same(state: StepState, ref: StepRef) -> bool:
    return (state.runbook_id, state.step_id, state.round) == (ref.runbook_id, ref.step_id, ref.round)
