"""Runbooks for special situations: added by the commander, once, with the steps that were missed so far."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.base import IncidentClass, Phase
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled
from bot.domain.trigger import Alert
from bot.usecases import classification, incidents, phases, publications, signals, situations
from bot.usecases.incidents import Declaration
from tests.support.clock import START
from tests.support.world import WHY, World, changed

LAPTOP = "Frank's signing laptop was stolen"


async def add(world: World, book: str = "wallet-compromise", by: str = "alice", why: str = LAPTOP) -> None:
    await situations.add_runbook(world.ctx, world.actor(by), "INC-1", book, why)


async def steps_of(world: World, book: str) -> set[str]:
    return {s.step_id for s in await world.steps() if s.runbook_id == book and not s.status.finished}


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def test_an_added_runbook_brings_its_steps_and_its_class_provisionally(declared: World) -> None:
    await add(declared)
    incident = await declared.incident()
    assert (incident.runbooks, incident.class_) == (("wallet-compromise",), IncidentClass.CUSTODY_INCIDENT)
    assert not incident.class_confirmed
    assert await steps_of(declared, "wallet-compromise") == {"what-is-out", "out-of-use", "what-it-reaches"}
    (row,) = await declared.rows("runbook.added")
    assert (row.actor, row.role, row.data["justification"]) == ("alice", "incident_commander", LAPTOP)
    assert (row.data["runbook"], row.data["class_"]) == ("wallet-compromise", "custody_incident")


async def test_an_incident_of_another_class_keeps_it_and_bears_the_runbooks_as_contributing(
    declared: World,
) -> None:
    failure = IncidentClass.COUNTERPARTY_FAILURE
    await classification.set_class(declared.ctx, declared.actor("alice"), "INC-1", failure, WHY)
    await add(declared)
    incident = await declared.incident()
    assert (incident.class_, incident.class_contributing) == (failure, IncidentClass.CUSTODY_INCIDENT)
    assert await steps_of(declared, "counterparty-failure")


async def test_adding_it_again_has_no_effect_and_says_who_was_first(declared: World) -> None:
    await add(declared)
    before = await declared.steps()
    with pytest.raises(AlreadyDone, match="Alice Ng added “Wallet compromise” at 03:00:00 UTC"):
        await add(declared)
    assert await declared.steps() == before
    assert len(await declared.rows("runbook.added")) == 1


async def test_two_who_add_it_at_the_same_moment_add_it_once(any_world: World) -> None:
    await any_world.declared()
    came = await asyncio.gather(add(any_world), add(any_world), return_exceptions=True)
    assert sum(isinstance(c, AlreadyDone) for c in came) == 1
    assert len(await any_world.rows("runbook.added")) == 1


@pytest.mark.parametrize("who", ["bob", "carol", "dana"])
async def test_adding_is_the_commanders(declared: World, who: str) -> None:
    with pytest.raises(NotEntitled, match="incident commander: Alice Ng"):
        await add(declared, by=who)


@pytest.mark.parametrize(
    ("book", "why", "says"),
    [
        ("wallet-compromize", LAPTOP, "Did you mean wallet-compromise"),
        ("custody-incident", LAPTOP, "runs by itself with the class custody incident"),
        ("first-15-minutes", LAPTOP, "runs by itself in every incident"),
        ("wallet-compromise", "", "Say why"),
    ],
)
async def test_what_cannot_be_added_is_refused_with_what_can(
    declared: World, book: str, why: str, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        await add(declared, book, why=why)
    assert (await declared.incident()).runbooks == ()


async def test_steps_of_phases_already_passed_are_not_lost(declared: World) -> None:
    await declared.protected("INC-1")
    await add(declared)
    assert {"what-is-out", "suspend-reached-rails", "sweep", "publish-addresses"} <= await steps_of(
        declared, "wallet-compromise"
    )
    sweep = await declared.step("INC-1", "sweep")
    assert (sweep.phase, sweep.due_at > declared.clock.now()) == (Phase.PROTECTED, True)


async def test_a_class_found_under_protection_brings_its_first_steps_too(declared: World) -> None:
    await declared.protected("INC-1")
    custody = IncidentClass.CUSTODY_INCIDENT
    await classification.set_class(declared.ctx, declared.actor("alice"), "INC-1", custody, WHY)
    assert {"which-signing-domain", "suspend-affected-rails", "new-keys"} <= await steps_of(
        declared, "custody-incident"
    )


async def test_reclassifying_keeps_the_steps_of_an_added_runbook(declared: World) -> None:
    await add(declared)
    await classification.set_class(
        declared.ctx, declared.actor("alice"), "INC-1", IncidentClass.MARKET_MOVE, WHY
    )
    assert "out-of-use" in await steps_of(declared, "wallet-compromise")
    assert "which-signing-domain" not in await steps_of(declared, "custody-incident")


async def test_an_open_incident_keeps_its_own_runbooks(declared: World) -> None:
    pinned = declared.ctx.content.now.pinned
    without = tuple(b for b in pinned.runbooks if b.id != "wallet-compromise")
    declared.reload(pinned=pinned.model_copy(update={"runbooks": without}))
    await add(declared)
    assert "sweep" not in await steps_of(declared, "wallet-compromise")
    await phases.move_phase(declared.ctx, declared.actor("alice"), "INC-1", Phase.STABILIZE, WHY)
    assert "sweep" in await steps_of(declared, "wallet-compromise")


async def test_a_suggestion_taken_up_brings_the_runbook_it_names(world: World) -> None:
    labels = {"alertname": "KeyCompromiseSuspected", "severity": "critical"}
    alert = Alert(
        key="k",
        source="alertmanager",
        firing=True,
        summary="A signer logged in from abroad",
        labels=labels,
        started_at=START,
        received_at=START,
    )
    (found,) = await signals.take_alerts(world.ctx, [alert])
    made = await incidents.declare(
        world.ctx, world.actor("alice"), Declaration("Key", suggestion_id=found.id)
    )
    assert (made.runbooks, made.class_) == (("wallet-compromise",), IncidentClass.CUSTODY_INCIDENT)
    assert "out-of-use" in await steps_of(world, "wallet-compromise")
    (row,) = await world.rows("runbook.added")
    assert (row.actor, row.data["suggested"]) == ("alice", True)


async def test_a_suggestion_whose_runbook_is_gone_declares_all_the_same(world: World) -> None:
    triggers = tuple(
        t.model_copy(update={"runbook": "gone"}) if t.runbook else t for t in world.ctx.content.now.triggers
    )
    world.content._content = changed(world.content.now, triggers=triggers)
    labels = {"alertname": "KeyCompromiseSuspected"}
    alert = Alert(
        key="k",
        source="alertmanager",
        firing=True,
        summary="A signer logged in from abroad",
        labels=labels,
        started_at=START,
        received_at=START,
    )
    (found,) = await signals.take_alerts(world.ctx, [alert])
    made = await incidents.declare(
        world.ctx, world.actor("alice"), Declaration("Key", suggestion_id=found.id)
    )
    assert made.runbooks == ()


async def test_macros_of_a_runbook_are_in_force_where_it_runs_and_nowhere_else(declared: World) -> None:
    async def questions() -> set[str]:
        found = await publications.draft_macros(declared.ctx, declared.actor("dana"), "INC-1")
        return {m.id for m in found.macros}

    assert "address" not in await questions()
    await add(declared)
    assert {"address", "money"} <= await questions()
    assert "network" not in await questions()


async def test_published_macros_take_in_what_an_added_runbook_makes_customers_ask(declared: World) -> None:
    found = await publications.draft_macros(declared.ctx, declared.actor("dana"), "INC-1")
    await publications.approve_publication(declared.ctx, declared.actor("dana"), found.id, found.version)
    await declared.drain()
    await add(declared, "chain-congestion", why="Blocks come every forty minutes")
    await declared.drain()
    (told,) = [p for p in await declared.publications() if p.macros and p.state == "published"]
    assert "network" in {m.id for m in told.macros}
    assert len(await declared.rows("macros.followed")) == 1
