"""A card is drawn from the database, and costs the same however long the record is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.base import Outcome
from bot.domain.ledger import Entry
from bot.usecases import controls, incidents
from bot.usecases.views import timeline
from tests.support.service import Fault
from tests.support.world import USDT, WHY, World


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement sent to the database meanwhile, from its log."""
    said: list[str] = []
    heard = logging.Handler()
    heard.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("breakwater.sql")
    log.addHandler(heard)
    log.setLevel(logging.DEBUG)
    yield said
    log.setLevel(logging.NOTSET)
    log.removeHandler(heard)


async def noted(world: World, count: int) -> None:
    async with world.ctx.store.write() as tx:
        for _ in range(count):
            tx.ledger.append(
                Entry(
                    id=world.ctx.ids.new("rec"),
                    at=world.clock.now(),
                    environment=world.ctx.environment,
                    kind="note",
                    actor="carol",
                    incident_id="INC-1",
                )
            )


async def test_a_card_asks_the_ledger_nothing_and_as_little_with_many_rows_holds_and_steps(
    world: World,
) -> None:
    await world.declared()
    with statements() as few:
        await world.view()
    await world.protected()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "suspended", WHY)
    await noted(world, 3000)
    with statements() as many:
        await world.view()
    assert not [s for s in many if "ledger" in s]
    assert len(many) <= len(few) + 1  # one more for the suspension that waits to be ratified


async def test_a_timeline_reads_no_more_than_it_shows(world: World) -> None:
    await world.declared()
    await noted(world, 300)
    await incidents.add_note(world.ctx, world.actor("carol"), "INC-1", "the newest")
    async with world.ctx.store.read() as tx:
        shown = await timeline(world.ctx, tx, await tx.incidents.get("INC-1"), 20)
    assert len(shown) == 20
    assert (shown[0].who, shown[0].what) == ("Carol Reyes", "noted: the newest")


async def test_progress_counts_what_is_confirmed_and_names_the_worst_first(world: World) -> None:
    world.service.fail("swaps", Fault.REFUSE)
    world.service.fail(USDT, Fault.LOSE_BEFORE)
    await world.protected()
    view = await world.view()
    done, every = view.progress
    assert (done, every) == (every - 2, len(await world.holds()))
    assert view.worst is not None
    assert (view.worst.control.id, view.worst.outcome) == ("swaps", Outcome.REJECTED)


async def test_controls_at_normal_are_not_on_the_card(world: World) -> None:
    await world.declared()
    assert (await world.view()).controls == ()


async def test_somebody_to_command_is_what_is_awaited_first(world: World) -> None:
    await world.declared(by="bob")
    awaited = (await world.view()).awaited[0]
    assert (awaited.what, awaited.who) == ("somebody to command", ("Alice Ng", "Frank Moreau"))


async def test_a_decision_that_waits_names_those_it_waits_for_and_since_when(world: World) -> None:
    made = await world.proposed_off()
    waits = next(a for a in (await world.view()).awaited if a.what.startswith("approve: reopen along"))
    assert waits.who == ("Alice Ng", "Frank Moreau")
    assert waits.since == made.proposed_at
