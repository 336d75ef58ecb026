"""Read, commit the intent, set if different, read back, probe, record: one decision, one final outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.base import Environment, Outcome
from bot.usecases import controls, incidents
from bot.usecases.incidents import Declaration
from bot.usecases.ports import LeaseLost
from tests.support.service import Fault
from tests.support.world import FEW, USDT, WHY, World

KEY = f"actuate:live:{USDT}:all"


async def tightened(
    world: World, level: str = "small_only", by: str = "bob", incident: str = "INC-1"
) -> None:
    await controls.set_control(world.ctx, world.actor(by), incident, USDT, level, WHY)


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def test_a_decision_is_carried_out_read_back_and_recorded(declared: World) -> None:
    await tightened(declared)
    await declared.drain()
    assert declared.service.level(declared.control(USDT)) == "small_only"
    assert await declared.outcomes() == [Outcome.CONFIRMED]
    state = await declared.state()
    assert (state.observed_level, state.set_level, state.generation) == ("small_only", "small_only", 1)
    kinds = [r.kind for r in await declared.rows() if r.data.get("control") == USDT]
    assert kinds == ["control.decided", "actuation.intended", "actuation.confirmed"]


async def test_the_order_says_who_decided_and_bears_environment_epoch_control_target_and_generation(
    declared: World,
) -> None:
    await tightened(declared)
    await declared.drain()
    (order,) = declared.service.orders
    (decision,) = await declared.rows("control.decided")
    assert order.key == f"live/1/{USDT}/all/1"
    assert decision.id in order.reason


async def test_what_is_so_already_is_not_set(declared: World) -> None:
    declared.service.elsewhere(declared.control(USDT), "small_only")
    await tightened(declared)
    await declared.drain()
    assert declared.service.orders == []
    assert await declared.outcomes() == [Outcome.ALREADY_SET]


async def test_the_baseline_is_committed_before_the_first_set(declared: World) -> None:
    seen = []

    async def look() -> None:
        seen.append(await declared.state())

    declared.service.elsewhere(declared.control(USDT), "eased")
    declared.service.meanwhile[USDT] = look
    await tightened(declared)
    await declared.drain()
    assert seen[0].baseline == declared.control(USDT).level("eased").value


async def test_a_crash_after_the_set_cannot_capture_our_own_restriction_as_baseline(declared: World) -> None:
    async def crash() -> None:
        raise KeyboardInterrupt

    declared.service.meanwhile[USDT] = crash
    await tightened(declared)
    job = await declared.claim(KEY)
    with pytest.raises(KeyboardInterrupt):
        await declared.actuator(job)
    declared.service.elsewhere(declared.control(USDT), "small_only")  # it had arrived all the same
    await declared.expire_leases()
    await declared.drain()
    state = await declared.state()
    assert state.baseline == declared.control(USDT).level("normal").value
    assert await declared.outcomes() == [Outcome.CONFIRMED]


async def test_a_lease_that_ran_out_starts_again_at_read(declared: World) -> None:
    await tightened(declared)
    await declared.claim(KEY)  # a worker that dies
    declared.service.elsewhere(declared.control(USDT), "suspended")
    await declared.expire_leases()
    await declared.drain()
    assert declared.service.orders == []
    assert (await declared.state()).observed_level == "suspended"


async def test_a_worker_that_lost_its_lease_can_neither_intend_nor_record(declared: World) -> None:
    await tightened(declared)
    slow = await declared.claim(KEY)

    async def overtaken() -> None:
        await declared.expire_leases()
        await declared.drain()

    declared.service.meanwhile[USDT] = overtaken
    with pytest.raises(LeaseLost):
        await declared.actuator(slow)
    assert await declared.outcomes() == [Outcome.CONFIRMED]
    assert len(await declared.rows("actuation.confirmed")) == 1
    with pytest.raises(LeaseLost):
        await declared.actuator(slow)
    marks = [(e.epoch, e.generation) for e in declared.service.effects if e.control == USDT]
    assert marks == sorted(set(marks))


async def test_a_job_carries_a_key_and_what_is_desired_is_read_when_it_runs(declared: World) -> None:
    await tightened(declared, "tightened")
    await tightened(declared, "small_only", by="frank")
    await declared.drain()
    assert [e.level for e in declared.service.effects] == ["small_only"]
    assert await declared.outcomes() == [Outcome.SUPERSEDED, Outcome.CONFIRMED]


async def test_a_decision_made_during_the_set_is_carried_out_after_it(declared: World) -> None:
    async def more() -> None:
        await tightened(declared, "suspended", by="frank")

    declared.service.meanwhile[USDT] = more
    await tightened(declared, "small_only")
    await declared.drain()
    assert [(e.level, e.generation) for e in declared.service.effects] == [
        ("small_only", 1),
        ("suspended", 2),
    ]
    assert await declared.outcomes() == [Outcome.CONFIRMED, Outcome.CONFIRMED]


async def test_nothing_is_set_without_a_decision_in_the_ledger(declared: World) -> None:
    await tightened(declared)
    holds = await declared.holds()
    async with declared.ctx.store.write() as tx:
        await tx.holds.save(holds[USDT].model_copy(update={"decision_id": "never-recorded"}))
    await declared.drain()
    assert declared.service.orders == []
    assert await declared.outcomes() == [Outcome.PENDING]
    state = await declared.state()
    assert state.outcome is Outcome.MISMATCH
    assert "no decision in the ledger" in state.detail
    await declared.retry(2)
    assert any("no decision in the ledger" in p for p in declared.pages("alice"))


async def test_a_watched_control_is_looked_at_again_while_an_incident_is_open(declared: World) -> None:
    before = declared.service.reads
    await declared.pass_time(minutes=2)
    assert declared.service.reads > before


async def test_one_slow_control_does_not_hold_up_another_control(declared: World) -> None:
    await tightened(declared)
    await declared.claim(KEY)  # hangs
    await controls.set_control(declared.ctx, declared.actor("alice"), "INC-1", "swaps", "none", WHY)
    await declared.drain()
    assert declared.service.level(declared.control("swaps")) == "none"


async def test_every_control_of_a_mode_gets_exactly_one_final_outcome_under_faults(world: World) -> None:
    for n, control_id in enumerate(FEW):
        fault = (Fault.LOSE_BEFORE, Fault.LOSE_AFTER, Fault.OK_WITHOUT_EFFECT, Fault.CHANGED)[n % 4]
        world.service.fail(control_id, fault)
    incident = await world.protected()
    await world.retry(3)
    async with world.ctx.store.read() as tx:
        every = await tx.holds.actuations(incident.id)
    assert {a.outcome for a in every} == {Outcome.CONFIRMED}
    held = await world.holds(incident.id)
    assert {i: h.level for i, h in held.items()} == {i: world.levels()[i] for i in held}
    for control_id in held:
        marks = [(e.epoch, e.generation) for e in world.service.effects if e.control == control_id]
        assert marks == sorted(set(marks))


async def test_a_restored_backup_takes_a_new_epoch_and_with_it_a_new_key(declared: World) -> None:
    async with declared.ctx.store.write() as tx:
        await tx.keepsakes.set_fact("epoch", "2")
    await tightened(declared)
    await declared.drain()
    assert declared.service.orders[0].key == f"live/2/{USDT}/all/1"


async def test_a_drill_reaches_the_drills_own_services_and_nothing_else(declared: World) -> None:
    drill = replace(declared.ctx, environment=Environment.DRILL)
    made = await incidents.declare(drill, declared.actor("alice"), Declaration("A drill"))
    assert made.id == "DRL-1"
    await controls.set_control(drill, declared.actor("bob"), made.id, USDT, "suspended", WHY)
    await declared.drain()
    assert declared.drills.level(declared.control(USDT)) == "suspended"
    assert declared.drills.orders[0].key == f"drill/1/{USDT}/all/1"
    assert declared.service.orders == []
    assert (await declared.state()).observed_level == "normal"
