"""Gates: shut unless everything they name is fresh, true, and true for long enough."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.gate import Condition, GateFacts, GateResult, GateSpec, Verdict, evaluate_gate, longest_window
from bot.domain.signal import Reading, Sample, read_signal
from tests.domain.builders import NOW, nothing_from, reading, sample, signal

STALE = 60


def gate(*conditions: Condition) -> GateSpec:
    return GateSpec(id="g", title="The gate", conditions=conditions)


def when(expression: str, seconds: int = 0, says: str = "") -> Condition:
    return Condition(when=expression, for_=timedelta(seconds=seconds), says=says)


def ask(spec: GateSpec, *readings: Reading, series: Mapping[str, Any] | None = None) -> GateResult:
    return evaluate_gate(
        spec, GateFacts(now=NOW, readings={r.spec.id: r for r in readings}, series=series or {})
    )


def test_a_gate_opens_on_fresh_signals_that_fulfil_it() -> None:
    result = ask(
        gate(when("drift == 0.0"), when("coverage >= 1.5")), reading("drift", 0), reading("coverage", 2)
    )
    assert (result.verdict, result.is_open, result.reason) == (Verdict.OPEN, True, "holds")


def test_a_shut_gate_says_what_is_wanted_and_what_is() -> None:
    result = ask(gate(when("coverage >= 1.5", says="coverage at least 1.5")), reading("coverage", "1.25", 12))
    assert result.verdict is Verdict.SHUT
    assert result.reason == "coverage at least 1.5 (coverage is 1.25 (12 s old))"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (reading("hot", 9, seconds_ago=61), "hot is unknown (last 9.00, 61 s old)"),
        (reading("hot", 9, seconds_ago=-61), "hot is unknown"),
        (nothing_from("hot"), "hot is unknown (nothing received)"),
        (reading("cold", 9), "hot is not a known signal"),
    ],
    ids=["stale", "from the future", "never received", "not known"],
)
@pytest.mark.parametrize(
    "expression", ["hot > 1.0", "hot > 1.0 || true", "true || hot > 1.0", "!(hot < 1.0)"]
)
def test_a_gate_is_unknown_while_a_signal_it_names_is(expression: str, said: Reading, why: str) -> None:
    result = ask(gate(when(expression)), said)
    assert result.verdict is Verdict.UNKNOWN
    assert why in result.reason


@pytest.mark.parametrize(
    "expression",
    [
        "hot",  # a number is no truth
        "hot * 2 > 1.0",  # CEL does not mix doubles and ints
        "hot > 'much'",
        "no_such_function(hot)",
        "hot.field == 1",
        "int(hot) / 0 > 1",
        "int(hot) + 9223372036854775807 > 1",
        "[1][5] == int(hot)",
        "{'a': 1}['b'] == int(hot)",
        "0.0 / (hot - hot) > 1.0",
    ],
)
def test_an_expression_that_cannot_be_evaluated_is_unknown_and_never_an_error(expression: str) -> None:
    for spec in (gate(when(expression)), gate(when(expression, seconds=10))):
        result = ask(spec, reading("hot", 7), series={"hot": [sample("hot", 7, 20), sample("hot", 7, 0)]})
        assert result.verdict is Verdict.UNKNOWN
        assert "could not be evaluated" in result.reason


def test_unknown_is_said_before_shut_and_all_reasons_of_a_kind_are_given() -> None:
    spec = gate(when("a > 9.0"), when("b > 0.0"), when("c > 0.0"))
    result = ask(spec, reading("a"), nothing_from("b"), nothing_from("c"))
    assert result.verdict is Verdict.UNKNOWN
    assert result.reason == "b is unknown (nothing received); c is unknown (nothing received)"
    both = ask(
        gate(when("a > 9.0", says="more a"), when("b > 9.0", says="more b")), reading("a"), reading("b")
    )
    assert both.verdict is Verdict.SHUT
    assert "more a" in both.reason
    assert "more b" in both.reason


def test_a_step_that_must_be_done_shuts_the_gate_until_it_is() -> None:
    spec = gate(Condition(step_done="reconcile_books", says="treasury reconciles the books"))
    shut = evaluate_gate(spec, GateFacts(now=NOW, readings={}))
    assert (shut.verdict, shut.reason) == (Verdict.SHUT, "treasury reconciles the books")
    done = GateFacts(now=NOW, readings={}, steps_done=frozenset({"reconcile_books"}))
    assert evaluate_gate(spec, done).is_open


# --- windows: `drift == 0.0` for 300 s, samples stale after 60 s -----------------------------------------

CALM = gate(when("drift == 0.0", seconds=300, says="books agree"))


def calm(samples: list[Sample]) -> GateResult:
    newest = max((s for s in samples if s.at <= NOW), key=lambda s: s.at, default=None)
    return ask(CALM, read_signal(signal("drift", STALE), newest, NOW), series={"drift": tuple(samples)})


def drift(*pairs: tuple[int, int]) -> list[Sample]:
    return [sample("drift", value, seconds_ago) for seconds_ago, value in pairs]


def every(step: int, *, first: int, last: int = 0, value: int = 0) -> list[Sample]:
    return drift(*((seconds, value) for seconds in range(first, last - 1, -step)))


def test_a_condition_that_held_just_long_enough_opens_the_gate() -> None:
    assert calm(every(30, first=300)).is_open


def test_a_condition_that_held_a_moment_too_short_does_not() -> None:
    result = calm(every(30, first=299))
    assert result.verdict is Verdict.UNKNOWN
    assert "must be known for 5m: there is no sample from before the window" in result.reason


def test_the_last_sample_before_the_window_speaks_for_its_beginning() -> None:
    assert calm(every(50, first=350)).is_open
    result = calm([*drift((350, 1)), *every(50, first=299)])
    assert result.verdict is Verdict.SHUT
    assert result.reason == "books agree must hold for 5m; it did not 5m ago"


def test_a_sample_too_old_to_speak_for_the_beginning_leaves_the_gate_unknown() -> None:
    assert calm([*drift((361, 0)), *every(50, first=299)]).verdict is Verdict.UNKNOWN


def test_one_sample_is_no_window_however_long_it_stays_fresh() -> None:
    spec = gate(when("drift == 0.0", seconds=300))
    result = ask(spec, reading("drift", 0, 0, stale_after=3600), series={"drift": (sample("drift", 0, 0),)})
    assert result.verdict is Verdict.UNKNOWN


def test_a_gap_in_the_samples_leaves_the_gate_unknown_and_says_how_long_it_was() -> None:
    result = calm([*every(30, first=300, last=180), *every(30, first=90)])
    assert result.verdict is Verdict.UNKNOWN
    assert "a gap of 1m30s" in result.reason


def test_a_flap_inside_the_window_shuts_the_gate_and_says_when_it_was() -> None:
    result = calm([*every(30, first=300, last=150), *drift((120, 5)), *every(30, first=90)])
    assert result.verdict is Verdict.SHUT
    assert result.reason == "books agree must hold for 5m; it did not 2m ago"


def test_samples_are_judged_by_their_times_not_by_the_order_they_came_in() -> None:
    flapped = [*every(30, first=300, last=150), *drift((120, 5)), *every(30, first=90)]
    assert calm(flapped[::-1]) == calm(flapped)
    assert calm(every(30, first=300)[::-1]).is_open


def test_samples_from_the_future_neither_close_a_gap_nor_count() -> None:
    future = drift((-10, 5), (-20, 0))
    assert calm([*every(30, first=300), *future]).is_open
    assert calm([*every(30, first=300, last=120), *future]).verdict is Verdict.UNKNOWN


def test_without_any_samples_a_window_is_unknown() -> None:
    assert ask(CALM, reading("drift", 0)).verdict is Verdict.UNKNOWN


def test_a_window_over_two_signals_sees_every_combination_they_passed_through() -> None:
    spec = gate(when("inflow >= outflow", seconds=100))
    crossed = {
        "inflow": [sample("inflow", v, t) for t, v in ((150, 5), (100, 5), (60, 9), (10, 9))],
        "outflow": [sample("outflow", v, t) for t, v in ((150, 4), (100, 4), (70, 6), (10, 6))],
    }
    result = ask(spec, reading("inflow", 9), reading("outflow", 6), series=crossed)
    assert result.verdict is Verdict.SHUT
    assert "1m10s ago" in result.reason


@given(
    st.lists(st.tuples(st.integers(-5, 40), st.integers(0, 4)), max_size=25, unique_by=lambda pair: pair[0]),
    st.integers(1, 30),
    st.integers(1, 12),
)
def test_a_window_is_open_exactly_when_every_instant_of_it_was_known_and_true(
    pairs: list[tuple[int, int]], window: int, stale_after: int
) -> None:
    samples = [sample("x", min(value, 1), seconds) for seconds, value in pairs]
    latest = min((s for s, _ in pairs if s >= 0), default=None)
    newest = None if latest is None else next(s for s in samples if s.at == NOW - timedelta(seconds=latest))
    said = read_signal(signal("x", stale_after), newest, NOW)

    def known_and_true(seconds: float) -> bool:
        heard = [pair for pair in pairs if pair[0] >= seconds]
        at, value = min(heard, default=(10**6, 0))
        return at - seconds <= stale_after and value > 0

    instants = [tick / 2 for tick in range(2 * window + 1)]
    result = ask(gate(when("x > 0.0", seconds=window)), said, series={"x": samples})
    assert result.is_open == all(known_and_true(instant) for instant in instants)


# --- the law ---------------------------------------------------------------------------------------------

_NAMES = ("a", "b", "c")
_SHAPES = ("{0} > 0.0", "{0} > 0.0 || true", "true || {1} > 0.0", "{0} > 0.0 && {1} > 0.0", "!({2} > 9.0)")
_HEARD = st.fixed_dictionaries(
    {name: st.sampled_from(["fresh", "stale", "future", "nothing", "absent"]) for name in _NAMES}
)


def heard(name: str, state: str) -> Reading:
    seconds = {"fresh": 1, "stale": STALE + 1, "future": -STALE - 1}
    return nothing_from(name) if state == "nothing" else reading(name, 1, seconds[state])


@given(
    st.lists(st.sampled_from(_SHAPES), min_size=1, max_size=3),
    st.permutations(_NAMES),
    st.sampled_from([0, 30]),
    _HEARD,
)
def test_a_gate_never_opens_while_any_signal_it_names_is_not_fresh(
    shapes: list[str], names: list[str], seconds: int, states: dict[str, str]
) -> None:
    spec = gate(*(when(shape.format(*names), seconds) for shape in shapes))
    readings = [heard(name, state) for name, state in states.items() if state != "absent"]
    full = {name: [sample(name, 1, s) for s in range(0, 91, 10)] for name in _NAMES}
    named = {name for condition in spec.conditions for name in condition.signals}
    everything_fresh = all(states[name] == "fresh" for name in named)
    assert ask(spec, *readings, series=full).is_open == everything_fresh


# --- what is refused at the start ------------------------------------------------------------------------


def test_a_condition_names_its_signals_whatever_the_expression_does_with_them() -> None:
    assert when("hot + refill > queue || has(cold.x) || [queue].exists(q, q > 1.0)").signals == (
        "cold",
        "hot",
        "q",
        "queue",
        "refill",
    )
    assert Condition(step_done="s").signals == ()


@pytest.mark.parametrize("expression", ["hot >", "hot > > 1", "(", "hot ?? 1"])
def test_an_expression_that_does_not_parse_is_refused_at_the_start(expression: str) -> None:
    with pytest.raises(ValidationError, match="not a CEL expression"):
        when(expression)


@pytest.mark.parametrize(
    "fields", [{}, {"when": "hot > 1.0", "step_done": "s"}, {"when": "", "step_done": ""}]
)
def test_a_condition_is_either_an_expression_or_a_step(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either `when` or `step_done`"):
        Condition.model_validate(fields)


def test_a_gate_without_conditions_is_refused_for_it_would_always_be_open() -> None:
    with pytest.raises(ValidationError):
        gate()


def test_the_longest_window_says_how_far_back_samples_are_needed() -> None:
    spec = gate(when("a > 0.0", 30), when("b > 0.0", 300), when("c > 0.0"))
    assert longest_window(spec) == timedelta(minutes=5)


def test_a_condition_is_written_with_for_as_in_yaml() -> None:
    condition = Condition.model_validate({"when": "a > 0.0", "for": "30m"})
    assert condition.for_ == timedelta(minutes=30)
    assert condition.model_dump(mode="json", by_alias=True)["for"] == "30m"
