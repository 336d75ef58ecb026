"""The phase machine: which moves there are, what stops them, and that an end is an end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.base import Phase, PublicState
from bot.domain.errors import Ended, Refusal, TransitionRefused
from bot.domain.gate import GateResult, Verdict
from bot.domain.lifecycle import Lifecycle, Standing

WAYS = {
    "classify": {"stabilize", "protected", "stood_down"},
    "stabilize": {"protected", "recover"},
    "protected": {"recover"},
    "recover": {"review", "protected", "stabilize"},
    "review": {"closed"},
}
RUNNING = [Phase(name) for name in WAYS]
ENDS = [Phase.CLOSED, Phase.STOOD_DOWN]
ALLOWED = [(Phase(here), Phase(to)) for here, ways in WAYS.items() for to in sorted(ways)]
FORBIDDEN = [pair for pair in itertools.product(RUNNING, Phase) if pair not in ALLOWED]


def gate(title: str, verdict: Verdict, reason: str = "because") -> GateResult:
    return GateResult(id=title, title=title, verdict=verdict, reason=reason)


OPEN = gate("Books agree", Verdict.OPEN, "holds")
SHUT = gate("No hold in force", Verdict.SHUT, "withdrawals are still held")
UNKNOWN = gate("Coverage", Verdict.UNKNOWN, "hot wallet balance is 400 s old")


@pytest.mark.parametrize(("here", "to"), ALLOWED)
def test_an_allowed_move_is_made_through_open_gates_and_leaves_the_public_state_alone(
    here: Phase, to: Phase
) -> None:
    for heard in PublicState:
        after = Lifecycle.move(Standing(phase=here, public=heard), to, [OPEN])
        assert (after.phase, after.public) == (to, heard)


@pytest.mark.parametrize(("here", "to"), FORBIDDEN)
def test_a_move_that_is_not_in_the_chart_is_refused_and_says_where_one_can_go(here: Phase, to: Phase) -> None:
    with pytest.raises(TransitionRefused) as refused:
        Lifecycle.move(Standing(phase=here), to, [OPEN])
    sentence = str(refused.value)
    assert f"From {here} there is no way to {to}" in sentence
    ways = sentence.split("one can go to: ")[1].rstrip(".").split(", ")
    assert set(ways) == WAYS[here.value]
    assert refused.value.shut == ()


@pytest.mark.parametrize("shut", [SHUT, UNKNOWN])
@pytest.mark.parametrize(("here", "to"), ALLOWED)
def test_a_gate_that_is_not_open_stops_every_move_and_is_named_with_its_reason(
    here: Phase, to: Phase, shut: GateResult
) -> None:
    with pytest.raises(TransitionRefused) as refused:
        Lifecycle.move(Standing(phase=here), to, [OPEN, shut])
    assert refused.value.shut == (f"{shut.title}: {shut.reason}",)
    assert shut.reason in str(refused.value)
    assert OPEN.title not in str(refused.value)


def test_all_shut_gates_are_named_at_once() -> None:
    with pytest.raises(TransitionRefused) as refused:
        Lifecycle.move(Standing(phase=Phase.REVIEW), Phase.CLOSED, [SHUT, OPEN, UNKNOWN])
    assert str(refused.value) == (
        "Not yet. Still shut:\n"
        "• No hold in force: withdrawals are still held\n"
        "• Coverage: hot wallet balance is 400 s old"
    )


def test_the_table_that_buttons_are_drawn_from_is_the_chart() -> None:
    drawn = {(here, to) for here, ways in Lifecycle.ways.items() for to in ways}
    assert drawn == set(ALLOWED)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("heard", list(PublicState))
def test_an_ended_incident_refuses_every_event_in_both_regions(end: Phase, heard: PublicState) -> None:
    standing = Standing(phase=end, public=heard)
    for to in Phase:
        with pytest.raises(Ended, match=end.value.replace("_", " ")):
            Lifecycle.move(standing, to)
    for event in ("inform", "lapse"):
        with pytest.raises(Ended):
            Lifecycle.tell(standing, event)


@pytest.mark.parametrize("phase", RUNNING)
@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        ("silent", "inform", "informed"),
        ("silent", "lapse", "overdue"),
        ("informed", "inform", "informed"),
        ("informed", "lapse", "overdue"),
        ("overdue", "inform", "informed"),
    ],
)
def test_what_the_public_has_heard_moves_beside_the_phase(
    phase: Phase, before: str, event: str, after: str
) -> None:
    told = Lifecycle.tell(Standing(phase=phase, public=PublicState(before)), event)
    assert told == Standing(phase=phase, public=PublicState(after))


def test_an_overdue_word_does_not_lapse_twice() -> None:
    with pytest.raises(TransitionRefused, match="overdue"):
        Lifecycle.tell(Standing(public=PublicState.OVERDUE), "lapse")


@pytest.mark.parametrize("event", ["to_stood_down", "to_protected", "whisper", ""])
def test_telling_the_public_never_moves_the_phase(event: str) -> None:
    with pytest.raises(TransitionRefused):
        Lifecycle.tell(Standing(), event)


@pytest.mark.parametrize("stored", [{"phase": "limbo"}, {"public": "shouting"}, {"phase": "live"}])
def test_a_stored_state_that_is_not_in_the_chart_is_refused(stored: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Standing.model_validate(stored)


@pytest.mark.parametrize("version", [0, 2])
def test_a_standing_stored_under_another_schema_is_refused_in_both_regions(version: int) -> None:
    standing = Standing(schema_version=version)
    with pytest.raises(TransitionRefused, match=f"schema {version}"):
        Lifecycle.move(standing, Phase.STABILIZE)
    with pytest.raises(TransitionRefused, match=f"schema {version}"):
        Lifecycle.tell(standing, "inform")


happenings = st.lists(
    st.one_of(st.sampled_from(Phase), st.sampled_from(["inform", "lapse", "hold", "release"])), max_size=40
)


@given(happenings)
def test_no_sequence_of_events_ends_an_incident_while_a_hold_is_in_force(
    events: list[Phase | str],
) -> None:
    standing, holds = Standing(), 0
    for event in events:
        if event == "hold":
            holds += not standing.phase.ended
        elif event == "release":
            holds = max(0, holds - 1)
        else:
            before = standing
            gates = [SHUT if holds else OPEN]
            try:
                if isinstance(event, Phase):
                    standing = Lifecycle.move(standing, event, gates if event.ended else ())
                else:
                    standing = Lifecycle.tell(standing, event)
            except Refusal:
                assert standing is before
            else:
                assert not before.phase.ended
        assert not (standing.phase.ended and holds)


@given(st.lists(st.sampled_from(Phase), max_size=12))
def test_every_walk_that_is_accepted_follows_the_chart(walk: list[Phase]) -> None:
    standing = Standing()
    for to in walk:
        may = to.value in WAYS.get(standing.phase.value, set())
        try:
            after = Lifecycle.move(standing, to)
        except Refusal:
            assert not may
        else:
            assert may
            standing = after
