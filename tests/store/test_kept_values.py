"""Incidents, holds, steps and all else come back as they were put, and only at the version that was read."""

# ruff: noqa: PT012 - a transaction fails at the end of its block or within it

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.base import Environment, Outcome, Phase, Role
from bot.domain.classification import Answer
from bot.domain.errors import NotFound, Stale
from bot.domain.incident import SlackPlace
from bot.domain.lifecycle import Standing
from bot.domain.runbook import StepState, StepStatus
from bot.store import SqlStore
from bot.usecases.ports import Sent
from tests.support.clock import START, FakeClock
from tests.support.made import actuation, hold, incident, pinned

LIVE = Environment.LIVE


async def test_an_incident_comes_back_as_it_was(any_store: SqlStore) -> None:
    whole = incident(
        summary="Run 🏃 on “USDT” \u0000\u202e",
        assigned={Role.TREASURY_LEAD: "bob"},
        slack=SlackPlace(channel="C1"),
        next_update_at=START + timedelta(microseconds=1),
    )
    async with any_store.write() as tx:
        await tx.incidents.add(whole)
    async with any_store.read() as tx:
        assert await tx.incidents.get("INC-1") == whole


async def test_a_save_over_a_newer_version_is_refused_and_changes_nothing(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        read = await tx.incidents.get("INC-1", lock=True)
        saved = await tx.incidents.save(read.model_copy(update={"summary": "first"}))
    assert saved.version == read.version + 1
    with pytest.raises(Stale, match="changed since you looked"):
        async with any_store.write() as tx:
            await tx.incidents.save(read.model_copy(update={"summary": "second"}))
    async with any_store.read() as tx:
        assert await tx.incidents.get("INC-1") == saved


async def test_nothing_of_that_name_is_said_in_a_sentence(any_store: SqlStore) -> None:
    async with any_store.read() as tx:
        with pytest.raises(NotFound, match="There is no incident INC-9"):
            await tx.incidents.get("INC-9")


async def test_drills_count_apart(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        numbers = [
            await tx.incidents.next_number(e)
            for e in (LIVE, Environment.DRILL, Environment.SANDBOX, Environment.DRILL)
        ]
    assert numbers == [1, 1, 2, 2]


async def test_a_number_given_in_a_transaction_that_failed_is_given_again(any_store: SqlStore) -> None:
    with pytest.raises(RuntimeError):
        async with any_store.write() as tx:
            await tx.incidents.next_number(LIVE)
            raise RuntimeError
    async with any_store.write() as tx:
        assert await tx.incidents.next_number(LIVE) == 1


async def test_open_and_recent_are_newest_first(any_store: SqlStore) -> None:
    ended = incident(2, standing=Standing(phase=Phase.CLOSED), ended_at=START)
    async with any_store.write() as tx:
        for each in (incident(1), ended, incident(3)):
            await tx.incidents.add(each)
    async with any_store.read() as tx:
        assert [i.number for i in await tx.incidents.open()] == [3, 1]
        assert [i.number for i in await tx.incidents.recent(2)] == [3, 2]


async def test_in_a_shared_channel_the_incident_that_still_runs_is_meant(any_store: SqlStore) -> None:
    shared = SlackPlace(channel="C1", own=False)
    async with any_store.write() as tx:
        for number in (1, 2):
            await tx.incidents.add(incident(number, slack=shared))
        await tx.incidents.add(incident(3, slack=shared, ended_at=START))
    async with any_store.read() as tx:
        found = await tx.incidents.in_channel("C1")
        assert found is not None
        assert found.number == 2
        assert await tx.incidents.in_channel("C2") is None


def _step(step_id: str, minutes: int, **more: object) -> StepState:
    state = StepState(
        incident_id="INC-1",
        step_id=step_id,
        runbook_id="first_minutes",
        phase=Phase.STABILIZE,
        due_at=START + timedelta(minutes=minutes),
    )
    return state.model_copy(update=more)


async def test_steps_come_in_order_of_their_budgets_walk_by_walk(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        await tx.steps.add([_step("b", 5), _step("a", 9), _step("a", 1, round=2), _step("c", 1)])
    async with any_store.read() as tx:
        assert [(s.step_id, s.round) for s in await tx.steps.of("INC-1")] == [
            ("c", 1),
            ("b", 1),
            ("a", 1),
            ("a", 2),
        ]


async def test_a_step_of_one_walk_is_saved_apart_from_the_next(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        await tx.steps.add([_step("a", 1), _step("a", 1, round=2)])
        done = await tx.steps.save(_step("a", 1, status=StepStatus.DONE))
        with pytest.raises(Stale):
            await tx.steps.save(_step("a", 1, status=StepStatus.SKIPPED))
    assert done.version == 2
    async with any_store.read() as tx:
        states = {s.round: s.status for s in await tx.steps.of("INC-1")}
        assert states == {1: StepStatus.DONE, 2: StepStatus.OPEN}


async def test_a_later_answer_replaces_an_earlier_one(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        await tx.steps.answer("INC-1", "venue", Answer.UNKNOWN)
        await tx.steps.answer("INC-1", "venue", Answer.YES)
    async with any_store.read() as tx:
        assert await tx.steps.answers("INC-1") == {"venue": Answer.YES}
        assert await tx.steps.answers("INC-2") == {}


async def test_an_incident_has_one_hold_in_force_on_a_control(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        await tx.holds.add(hold("hold_1"))
    with pytest.raises(Stale):
        async with any_store.write() as tx:
            await tx.holds.add(hold("hold_2"))
    async with any_store.write() as tx:
        await tx.holds.save(hold("hold_1").model_copy(update={"released_at": START}))
        await tx.holds.add(hold("hold_3"))
    async with any_store.read() as tx:
        assert [h.id for h in await tx.holds.in_force(LIVE)] == ["hold_3"]
        assert [h.id for h in await tx.holds.of("INC-1")] == ["hold_1", "hold_3"]


async def test_two_incidents_hold_one_control_and_drills_are_apart(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        for number in (1, 2, 3):
            await tx.incidents.add(incident(number))
        await tx.holds.add(hold("hold_1"))
        await tx.holds.add(hold("hold_2", incident_id="INC-2"))
        await tx.holds.add(hold("hold_3", incident_id="INC-3", environment=Environment.DRILL))
        await tx.holds.add(hold("hold_4", "swaps.spread.BTC"))
    async with any_store.read() as tx:
        on_limit = await tx.holds.in_force(LIVE, "withdrawals.limit.USDT.tron")
        assert [h.id for h in on_limit] == ["hold_1", "hold_2"]


async def test_a_final_outcome_is_never_revised(any_store: SqlStore) -> None:
    held = hold()
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        await tx.holds.add(held)
        await tx.holds.add_actuations([actuation("act_1", held), actuation("act_2", held, level=None)])
        await tx.holds.finish("act_1", Outcome.SUPERSEDED, 7, START)
        await tx.holds.finish("act_1", Outcome.CONFIRMED, 8, START)
    async with any_store.read() as tx:
        first, second = await tx.holds.actuations("INC-1")
        assert (first.outcome, first.generation, first.finished_at) == (Outcome.SUPERSEDED, 7, START)
        assert await tx.holds.pending(LIVE, held.control_id, held.target) == [second]


async def test_an_outcome_that_ends_nothing_finishes_no_decision(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        with pytest.raises(ValueError, match="unknown ends no decision"):
            await tx.holds.finish("act_1", Outcome.UNKNOWN, 1, START)


async def test_controls_are_made_when_first_locked_and_kept(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        states = await tx.controls.lock(LIVE, ["b", "a", "b"])
        assert list(states) == ["a", "b"]
        await tx.controls.save(states["a"].model_copy(update={"generation": 3}))
    async with any_store.write() as tx:
        again = await tx.controls.lock(LIVE, ["a", "c"])
        assert [again[i].generation for i in ("a", "c")] == [3, 0]
    async with any_store.read() as tx:
        assert list(await tx.controls.all(LIVE)) == ["a", "b", "c"]
        assert await tx.controls.all(Environment.DRILL) == {}


async def test_an_event_is_seen_for_the_first_time_once(any_store: SqlStore, clock: FakeClock) -> None:
    async with any_store.write() as tx:
        assert await tx.keepsakes.first_time("trigger", "1.2", clock.now())
        assert not await tx.keepsakes.first_time("trigger", "1.2", clock.now())
        assert await tx.keepsakes.first_time("event", "1.2", clock.now())
    async with any_store.write() as tx:
        assert not await tx.keepsakes.first_time("trigger", "1.2", clock.now())


async def test_keepsakes_are_replaced_and_pinned_content_is_not_made_twice(any_store: SqlStore) -> None:
    content = pinned()
    async with any_store.write() as tx:
        await tx.keepsakes.pin(content)
        await tx.keepsakes.pin(content)
        await tx.keepsakes.set_fact("epoch", "1")
        await tx.keepsakes.set_fact("epoch", "2")
        await tx.keepsakes.remember_sent(Sent("card:INC-1", "C1", "1.0", "a"))
        await tx.keepsakes.remember_sent(Sent("card:INC-1", "C1", "1.0", "b"))
    async with any_store.read() as tx:
        assert await tx.keepsakes.pinned(content.digest) == content
        assert await tx.keepsakes.fact("epoch") == "2"
        assert await tx.keepsakes.fact("team_id") is None
        assert await tx.keepsakes.sent("card:INC-1") == Sent("card:INC-1", "C1", "1.0", "b")
        assert await tx.keepsakes.sent("card:INC-2") is None
        with pytest.raises(NotFound):
            await tx.keepsakes.pinned("beef")
