"""What a release plan does next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.approval import PlanStage, PlanStatus, ReleasePlan
from bot.domain.base import Environment, Outcome
from bot.domain.gate import GateResult, Verdict
from bot.domain.ladder import LadderVerb, next_move
from tests.domain.builders import NOW, ago

STAGES = (
    PlanStage(id="one", title="First", levels={"swaps": "low_risk"}, gate="refill", wait_seconds=1800),
    PlanStage(id="two", title="Second", levels={"swaps": "normal"}),
)
PLAN = ReleasePlan(
    id="plan",
    proposal_id="p",
    incident_id="INC-1",
    environment=Environment.LIVE,
    decision_id="d",
    content_digest="c0ffee",
    stages=STAGES,
)


def plan(**changes: object) -> ReleasePlan:
    return PLAN.model_copy(update=changes)


def gate(verdict: Verdict) -> GateResult:
    return GateResult(
        id="refill", title="Refill covers outflow", verdict=verdict, reason="outflow is 9 (5 s old)"
    )


def test_a_stage_begins_through_an_open_gate_or_none() -> None:
    assert next_move(PLAN, NOW, gate(Verdict.OPEN), ()).verb is LadderVerb.BEGIN
    assert next_move(plan(stage=1), NOW, None, ()).verb is LadderVerb.BEGIN


@pytest.mark.parametrize("verdict", [Verdict.SHUT, Verdict.UNKNOWN])
def test_a_gate_that_is_not_open_pauses_the_plan_with_its_reason_and_is_asked_again(verdict: Verdict) -> None:
    move = next_move(PLAN, NOW, gate(verdict), ())
    assert move.verb is LadderVerb.PAUSE
    assert move.reason == "Refill covers outflow: outflow is 9 (5 s old)"
    assert move.look_at is not None
    assert move.look_at > NOW


def test_what_was_approved_under_other_content_does_not_begin() -> None:
    move = next_move(PLAN, NOW, gate(Verdict.OPEN), (), "the policy has changed")
    assert (move.verb, move.reason) == (LadderVerb.PAUSE, "the policy has changed")


def test_a_stage_under_way_waits_for_every_outcome() -> None:
    begun = plan(begun=True)
    assert next_move(begun, NOW, None, (Outcome.CONFIRMED, Outcome.PENDING)).verb is LadderVerb.WAIT
    assert next_move(begun, NOW, None, (Outcome.CONFIRMED, Outcome.ALREADY_SET)).verb is LadderVerb.CONFIRM


def test_a_refusal_by_a_service_pauses_the_plan_whatever_else_is_pending() -> None:
    move = next_move(plan(begun=True), NOW, None, (Outcome.PENDING, Outcome.REJECTED))
    assert move.verb is LadderVerb.PAUSE


def test_the_wait_counts_from_the_confirmation() -> None:
    confirmed = plan(begun=True, confirmed_at=ago(1799))
    waiting = next_move(confirmed, NOW, None, ())
    assert (waiting.verb, waiting.look_at) == (LadderVerb.WAIT, NOW + timedelta(seconds=1))
    assert next_move(confirmed, NOW + timedelta(seconds=1), None, ()).verb is LadderVerb.NEXT


def test_after_the_last_stage_the_plan_is_done() -> None:
    assert next_move(plan(stage=2), NOW, None, ()).verb is LadderVerb.DONE


@pytest.mark.parametrize("status", [PlanStatus.DONE, PlanStatus.ENDED])
def test_a_plan_that_has_ended_rests(status: PlanStatus) -> None:
    for stage in range(3):
        assert (
            next_move(plan(status=status, stage=stage), NOW, gate(Verdict.OPEN), ()).verb is LadderVerb.REST
        )


@given(
    st.sampled_from(PlanStatus),
    st.integers(0, 2),
    st.booleans(),
    st.none() | st.integers(-10, 5000).map(ago),
    st.none() | st.sampled_from(Verdict).map(gate),
    st.lists(st.sampled_from(Outcome), max_size=3).map(tuple),
    st.sampled_from(["", "changed"]),
)
def test_nothing_is_loosened_but_by_a_running_plan_through_an_open_gate(
    status: PlanStatus,
    stage: int,
    begun: bool,
    confirmed: object,
    asked: GateResult | None,
    outcomes: tuple[Outcome, ...],
    frozen: str,
) -> None:
    at_hand = plan(status=status, stage=stage, begun=begun, confirmed_at=confirmed)
    move = next_move(at_hand, NOW, asked, outcomes, frozen)
    if move.verb is LadderVerb.BEGIN:
        assert status in (PlanStatus.RUNNING, PlanStatus.PAUSED)
        assert not begun
        assert not frozen
        assert asked is None or asked.is_open
    if move.verb is LadderVerb.CONFIRM:
        assert all(outcome.final and outcome is not Outcome.REJECTED for outcome in outcomes)
