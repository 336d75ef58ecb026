"""Runbooks: which steps a phase brings, when they are due, and which to show first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.base import IncidentClass, Phase, Role
from bot.domain.runbook import (
    Runbook,
    Step,
    StepKind,
    StepState,
    StepStatus,
    current_steps,
    due_at,
    find_step,
    steps_for,
)
from tests.domain.builders import NOW, ago


def step(step_id: str, *, at: int = 0, phase: Phase = Phase.STABILIZE, budget: int = 5) -> Step:
    return Step(
        id=step_id,
        phase=phase,
        at=at,
        role=Role.TREASURY_LEAD,
        kind=StepKind.CONFIRM,
        title=step_id,
        why="so that we know",
        budget=timedelta(minutes=budget),
    )


def book(book_id: str, class_: IncidentClass | None, *steps: Step) -> Runbook:
    return Runbook(id=book_id, title=book_id, class_=class_, steps=steps)


EVERYONE = book("first_minutes", None, step("mode", at=5), step("names", phase=Phase.CLASSIFY))
VENUE = book("counterparty", IncidentClass.COUNTERPARTY_FAILURE, step("exposure", at=10), step("route", at=5))
MARKET = book("market", IncidentClass.MARKET_MOVE, step("depth", at=1))
BOOKS = [VENUE, MARKET, EVERYONE]


def named(phase: Phase, class_: IncidentClass | None) -> list[str]:
    return [s.id for _, s in steps_for(BOOKS, phase, class_)]


def test_a_phase_brings_the_steps_of_every_incident_and_of_its_class_by_minute() -> None:
    assert named(Phase.STABILIZE, IncidentClass.COUNTERPARTY_FAILURE) == ["mode", "route", "exposure"]


def test_without_a_class_only_the_steps_of_every_incident_come() -> None:
    assert named(Phase.STABILIZE, None) == ["mode"]
    assert named(Phase.CLASSIFY, IncidentClass.MARKET_MOVE) == ["names"]
    assert named(Phase.REVIEW, IncidentClass.MARKET_MOVE) == []


def test_a_step_is_due_when_its_minute_and_its_budget_have_passed() -> None:
    assert due_at(step("s", at=5, budget=10), NOW) == NOW + timedelta(minutes=15)


def state(step_id: str, due_in: int, status: StepStatus = StepStatus.OPEN) -> StepState:
    return StepState(
        incident_id="INC-1",
        step_id=step_id,
        runbook_id="market",
        phase=Phase.STABILIZE,
        due_at=ago(-due_in),
        status=status,
    )


def test_overdue_steps_come_first_then_those_due_soonest_and_three_at_most() -> None:
    states = [state("later", 300), state("soon", 10), state("overdue", -10), state("long_overdue", -100)]
    assert [s.step_id for s in current_steps(states, NOW)] == ["long_overdue", "overdue", "soon"]


def test_a_blocked_step_still_needs_somebody() -> None:
    states = [state("blocked", -5, StepStatus.BLOCKED), state("open", 5)]
    assert [s.step_id for s in current_steps(states, NOW)] == ["blocked", "open"]


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.sampled_from(StepStatus)), max_size=12), st.integers(1, 12)
)
def test_no_finished_step_is_shown_and_no_waiting_one_hides_a_more_urgent_one(
    given_states: list[tuple[int, StepStatus]], limit: int
) -> None:
    states = [state(f"s{i}", due, status) for i, (due, status) in enumerate(given_states)]
    shown = current_steps(states, NOW, limit)
    waiting = [s for s in states if s.status in (StepStatus.OPEN, StepStatus.BLOCKED)]
    assert len(shown) == min(limit, len(waiting))
    assert all(s in waiting for s in shown)
    hidden = [s for s in waiting if s not in shown]
    assert all(s.due_at <= h.due_at for s in shown for h in hidden)
    assert [s.due_at for s in shown] == sorted(s.due_at for s in shown)


def test_the_written_step_behind_a_state_is_found_or_admitted_to_be_gone() -> None:
    by_id = {b.id: b for b in BOOKS}
    assert find_step(by_id, state("depth", 0)) == MARKET.steps[0]
    assert find_step(by_id, state("vanished", 0)) is None
    assert find_step({}, state("depth", 0)) is None


RAW = {"id": "s", "phase": "stabilize", "role": "treasury_lead", "title": "t", "why": "w", "budget": "5m"}
GOOD: list[dict[str, Any]] = [
    {"kind": "control", "control": {"id": "swaps", "level": "none"}},
    {"kind": "mode", "mode": "stressed"},
    {"kind": "gate", "gate": "books_agree"},
    {"kind": "publish", "publish": "holding"},
    {"kind": "task"},
]


@pytest.mark.parametrize("fields", GOOD, ids=lambda f: f["kind"])
def test_a_step_says_what_its_kind_needs(fields: dict[str, Any]) -> None:
    assert Step.model_validate(RAW | fields).kind == fields["kind"]
    if len(fields) > 1:
        with pytest.raises(ValidationError, match="belongs to steps of kind"):
            Step.model_validate(RAW | {"kind": fields["kind"]})
        with pytest.raises(ValidationError, match="belongs to steps of kind"):
            Step.model_validate(RAW | fields | {"kind": "task"})


@pytest.mark.parametrize("phase", ["closed", "stood_down"])
def test_no_step_waits_after_the_end(phase: str) -> None:
    with pytest.raises(ValidationError, match=phase):
        Step.model_validate(RAW | {"kind": "task", "phase": phase})


def test_two_steps_of_one_runbook_bear_different_ids() -> None:
    with pytest.raises(ValidationError, match="two steps bear the id twice"):
        book("b", None, step("once"), step("twice"), step("twice"))
