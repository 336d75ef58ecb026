"""What an actuation must do: desired against observed, and who allowed the direction."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actuation import Course, Verb, choose, settle
from bot.domain.base import Environment, Outcome
from bot.domain.control import ControlState, Value
from tests.domain.builders import LEVELS, hold, withdrawals

CONTROL = withdrawals()
UNLISTED: Value = {"enabled": True, "max_per_transaction": "123"}


def value(level: str) -> Value:
    return CONTROL.level(level).value


def known(
    *,
    baseline: str | None = "normal",
    set_level: str | None = None,
    intent: str | None = None,
    is_open: bool = False,
) -> ControlState:
    return ControlState(
        environment=Environment.LIVE,
        control_id=CONTROL.id,
        baseline=None if baseline is None else value(baseline),
        set_level=set_level,
        intent_level=intent,
        intent_open=is_open,
    )


def decide(
    held: str | None, observed: str, state: ControlState | None = None, release: str | None = None
) -> Course:
    holds = [] if held is None else [hold("h", held)]
    return choose(CONTROL, holds, state or known(), value(observed), release)


def test_a_hold_tighter_than_observed_is_set_under_its_own_decision() -> None:
    course = decide("small_only", "normal")
    assert (course.verb, course.level, course.because) == (Verb.SET, "small_only", "decision-h")
    assert course.value == value("small_only")
    assert course.fresh
    assert not course.loosening


def test_what_is_so_already_is_not_set_again() -> None:
    assert decide("small_only", "small_only").verb is Verb.NOTHING


def test_nothing_is_done_where_nothing_is_held_and_nothing_was_ever_set() -> None:
    assert decide(None, "normal", known(baseline=None)).verb is Verb.NOTHING


def test_a_tighter_value_somebody_else_set_is_left_alone_even_under_a_release() -> None:
    for release in (None, "release-1"):
        course = decide("eased", "suspended", known(set_level="eased"), release)
        assert course.verb is Verb.LEAVE
        assert "somebody else" in course.reason


def test_our_own_tighter_value_is_loosened_under_an_approved_release_alone() -> None:
    state = known(set_level="small_only")
    assert decide("trickle", "small_only", state).verb is Verb.LEAVE
    course = decide("trickle", "small_only", state, "release-1")
    assert (course.verb, course.level, course.loosening, course.because) == (
        Verb.SET,
        "trickle",
        True,
        "release-1",
    )


def test_the_last_release_restores_the_baseline_and_not_normal() -> None:
    state = known(baseline="eased", set_level="small_only")
    course = decide(None, "small_only", state, "release-1")
    assert (course.verb, course.level, course.value) == (Verb.SET, None, value("eased"))
    assert decide(None, "small_only", state).verb is Verb.LEAVE


def test_a_value_set_without_hearing_back_is_ours_to_loosen() -> None:
    state = known(set_level="eased", intent="small_only", is_open=True)
    assert decide("eased", "small_only", state, "release-1").verb is Verb.SET


def test_a_retry_keeps_its_generation_and_a_new_wish_takes_another() -> None:
    assert not decide("small_only", "normal", known(intent="small_only", is_open=True)).fresh
    assert decide("suspended", "normal", known(intent="small_only", is_open=True)).fresh
    assert decide("small_only", "normal", known(intent="small_only")).fresh


@pytest.mark.parametrize(
    "state",
    [
        known(intent="small_only", is_open=True),
        known(intent="small_only").model_copy(update={"outcome": Outcome.MISMATCH}),
    ],
)
def test_a_release_does_not_trust_what_it_reads_while_an_earlier_attempt_may_still_arrive(
    state: ControlState,
) -> None:
    """Else that attempt takes effect when nothing is held any more, and nobody ever takes it back."""
    course = decide(None, "normal", state, release="release-1")
    assert (course.verb, course.value, course.because) == (Verb.SET, value("normal"), "release-1")
    assert course.fresh
    assert not course.loosening


def test_a_hold_does_not_trust_what_it_reads_while_a_stricter_attempt_may_still_arrive() -> None:
    course = decide("eased", "eased", known(intent="small_only", is_open=True))
    assert (course.verb, course.level, course.fresh) == (Verb.SET, "eased", True)


def test_what_was_answered_is_trusted() -> None:
    state = known(set_level="small_only", intent="small_only")
    answered = state.model_copy(update={"outcome": Outcome.CONFIRMED})
    assert decide(None, "normal", answered, release="release-1").verb is Verb.NOTHING
    assert decide("small_only", "small_only", known(intent="small_only", is_open=True)).verb is Verb.NOTHING


def test_a_value_nobody_wrote_down_is_brought_to_the_hold_but_not_to_the_baseline() -> None:
    state = known(set_level="small_only")
    looser = {**UNLISTED, "max_per_transaction": "777"}
    assert choose(CONTROL, [hold("h", "small_only")], state, looser, None).verb is Verb.SET
    assert choose(CONTROL, [], state, UNLISTED, "release-1").verb is Verb.LEAVE


def test_a_tighter_value_nobody_wrote_down_is_left_unless_it_is_our_own() -> None:
    state = known(set_level="small_only")
    left = choose(CONTROL, [hold("h", "small_only")], state, UNLISTED, None)
    assert (left.verb, left.loosening) == (Verb.LEAVE, True)
    tried = state.model_copy(update={"unheard": (UNLISTED,)})
    assert choose(CONTROL, [hold("h", "small_only")], tried, UNLISTED, None).verb is Verb.SET


@given(
    st.lists(st.sampled_from(LEVELS[1:]), max_size=3),
    st.sampled_from(LEVELS),
    st.sampled_from([None, *LEVELS]),
    st.sampled_from([None, *LEVELS]),
    st.booleans(),
    st.booleans(),
)
def test_nothing_is_ever_set_looser_than_observed_without_a_release_nor_past_what_is_held(
    held: list[str], observed: str, set_level: str | None, intent: str | None, is_open: bool, released: bool
) -> None:
    holds = [hold(f"h{i}", level) for i, level in enumerate(held)]
    state = known(set_level=set_level, intent=intent, is_open=is_open)
    release = "release-1" if released else None
    course = choose(CONTROL, holds, state, value(observed), release)
    if course.verb is not Verb.SET:
        return
    target = CONTROL.level_of(course.value)
    assert target is not None
    assert target.id == max(held, key=LEVELS.index, default="normal")
    loosens = CONTROL.index(target.id) < CONTROL.index(observed)
    assert course.loosening == loosens
    assert course.because in ({release} if loosens or not held else {h.decision_id for h in holds})
    assert course.because is not None
    assert not loosens or observed in (set_level, intent)


@dataclass(frozen=True)
class Wish:
    id: str
    hold_id: str
    level: str | None


def end(
    *pending: Wish, course: str | None, was_set: bool, state: ControlState | None = None
) -> dict[str, Outcome]:
    outcome = Course(verb=Verb.NOTHING, reason="it is so", level=course)
    return settle(pending, outcome, state or known(), was_set=was_set)


@pytest.mark.parametrize(("was_set", "outcome"), [(True, Outcome.CONFIRMED), (False, Outcome.ALREADY_SET)])
def test_a_decision_that_is_fulfilled_says_whether_we_made_it_so(was_set: bool, outcome: Outcome) -> None:
    assert end(Wish("d", "h", "eased"), course="eased", was_set=was_set) == {"d": outcome}


def test_an_answer_that_was_lost_still_counts_as_ours() -> None:
    state = known(intent="eased", is_open=True)
    assert end(Wish("d", "h", "eased"), course="eased", was_set=False, state=state) == {
        "d": Outcome.CONFIRMED
    }


def test_an_earlier_decision_on_the_same_hold_is_superseded() -> None:
    ends = end(Wish("one", "h", "eased"), Wish("two", "h", "suspended"), course="suspended", was_set=True)
    assert ends == {"one": Outcome.SUPERSEDED, "two": Outcome.CONFIRMED}


def test_a_decision_beneath_anothers_hold_changed_nothing_itself() -> None:
    ends = end(
        Wish("mine", "h1", "eased"), Wish("other", "h2", "suspended"), course="suspended", was_set=True
    )
    assert ends == {"mine": Outcome.ALREADY_SET, "other": Outcome.CONFIRMED}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, *LEVELS])), max_size=8),
    st.sampled_from([None, *LEVELS]),
    st.booleans(),
)
def test_every_pending_decision_gets_exactly_one_final_outcome(
    wishes: list[tuple[str, str | None]], course: str | None, was_set: bool
) -> None:
    pending = [Wish(f"d{i}", hold_id, level) for i, (hold_id, level) in enumerate(wishes)]
    ends = end(*pending, course=course, was_set=was_set)
    assert list(ends) == [w.id for w in pending]
    assert all(outcome.final for outcome in ends.values())
    assert sum(o is not Outcome.SUPERSEDED for o in ends.values()) == len({w.hold_id for w in pending})
