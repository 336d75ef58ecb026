"""Every step of every shipped runbook can be done, in the way of its kind, by somebody who holds its role."""

from __future__ import annotations

import pytest

from bot.domain.base import IncidentClass, Phase, Role
from bot.domain.runbook import Runbook, Step, StepKind, StepState
from bot.usecases import classification, phases, publications, situations, steps, transfers
from bot.usecases.step_effects import carry_out
from bot.usecases.transfers import Wish
from tests.support.world import WHY, World, shipped

BOOKS = {b.id: b for b in shipped().pinned.runbooks}
WALK = (Phase.CLASSIFY, Phase.STABILIZE, Phase.PROTECTED, Phase.RECOVER, Phase.REVIEW)
SEEN = {
    "books_drift": "0",
    "unclaimed_outflow": "0",
    "coverage": "2",
    "net_outflow_hour": "1000",
    "refill_available": "900000",
    "price_move_pct": "0.4",
    "withdrawal_failure_rate": "0",
    "api_errors": "0.2",
    "settlement_lag": "30",
    "chain_delay": "14",
}
WORDS = "Eleven items, 2.3 M USDT, as of 03:00"


def holder(world: World, role: Role) -> str:
    return world.ctx.content.now.directory.holders([role])[0].id


async def walked(world: World, step: Step, state: StepState) -> None:
    """Do one step in the way of its kind."""
    ref, who = world.ref(state), world.actor(holder(world, step.role))
    match step.kind:
        case StepKind.CONTROL | StepKind.MODE | StepKind.PAGE:
            await carry_out(world.ctx, who, ref)
        case StepKind.PUBLISH:
            await carry_out(world.ctx, who, ref)
            draft = next(p for p in reversed(await world.publications()) if p.spec_id == step.publish)
            await publications.approve_publication(world.ctx, world.actor("dana"), draft.id, draft.version)
        case StepKind.DECIDE if step.options:
            await steps.choose(world.ctx, who, ref, step.options[0].id, WORDS)
        case StepKind.TRANSFER:
            await moved(world, state, who.person.id)
        case _:
            await steps.finish_step(world.ctx, who, ref, WORDS)
    await world.drain()


async def moved(world: World, state: StepState, first: str) -> None:
    """A transfer on two people's word."""
    ref, ctx = world.ref(state), world.ctx
    wish = Wish("operational_float", "1000", "USDT", "Hot wallet on Tron", "The runbook asks for it")
    after = await transfers.propose_transfer(ctx, world.actor(first), ref, wish)
    assert after.transfer
    second = world.actor("bob" if first == "frank" else "frank")
    await transfers.agree_transfer(ctx, second, ref, after.transfer.id)
    await transfers.send_transfer(ctx, world.actor(first), ref, after.transfer.id, "0x5eed1e55c0ffee")
    await transfers.confirm_transfer(ctx, second, ref, after.transfer.id)
    await steps.finish_step(ctx, world.actor(first), ref)


async def entered(world: World, phase: Phase) -> None:
    """Stand in a phase; its gates have tests of their own."""
    async with world.ctx.store.write() as tx:
        await phases.enter(world.ctx, tx, await tx.incidents.get("INC-1", lock=True), phase)
    await world.drain()


async def begun(world: World, book: Runbook) -> None:
    """An incident in which the runbook runs."""
    await world.declared()
    await world.feed(SEEN, minutes=31)
    alice = world.actor("alice")
    if book.situation:
        await situations.add_runbook(world.ctx, alice, "INC-1", book.id, WHY)
    elif book.class_:
        await classification.set_class(world.ctx, alice, "INC-1", book.class_, WHY)


@pytest.mark.parametrize("book_id", [b for b in BOOKS if BOOKS[b].class_])
async def test_every_step_is_done_in_its_phase_by_its_role(full_world: World, book_id: str) -> None:
    book = BOOKS[book_id]
    await begun(full_world, book)
    done = []
    for phase in WALK:
        if phase is not Phase.CLASSIFY:
            await entered(full_world, phase)
        for step in (s for s in book.steps if s.phase is phase):
            state = await full_world.step("INC-1", step.id)
            if not state.status.finished:  # a control that another step has set is done with it
                await walked(full_world, step, state)
            assert (await full_world.step("INC-1", step.id)).status == "done", step.id
            done.append(step.id)
    assert done == [s.id for phase in WALK for s in book.steps if s.phase is phase]


@pytest.mark.parametrize("class_", IncidentClass)
async def test_a_class_with_a_special_situation_brings_both_runbooks_steps(
    world: World, class_: IncidentClass
) -> None:
    mine = [b for b in BOOKS.values() if b.situation and b.class_ is class_]
    await world.declared()
    await classification.set_class(world.ctx, world.actor("alice"), "INC-1", class_, WHY)
    for book in mine:
        await situations.add_runbook(world.ctx, world.actor("alice"), "INC-1", book.id, WHY)
    here = {s.runbook_id for s in await world.steps() if not s.status.finished}
    assert here >= {class_.value.replace("_", "-"), *(b.id for b in mine)}
