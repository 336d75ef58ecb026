"""The phase machine of an incident, and beside it what the public has heard.

Moves are decided here and nowhere else. A refused move names the gates that are shut and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from statemachine import State, StateChart
from statemachine.exceptions import TransitionNotAllowed

from bot.domain.base import Frozen, Phase, PublicState
from bot.domain.errors import Ended, TransitionRefused
from bot.domain.gate import GateResult, not_yet

SCHEMA = 1
_HEARD = ("inform", "lapse")


class Standing(Frozen):
    """Where an incident stands, as it is stored: phase, public state and the schema of both."""

    phase: Phase = Phase.CLASSIFY
    public: PublicState = PublicState.SILENT
    schema_version: int = SCHEMA


class _Chart(StateChart[Any]):
    """The chart itself. python-statemachine swallows errors and half-made moves unless told not to."""

    catch_errors_as_events = False
    allow_event_without_transition = False
    atomic_configuration_update = True

    class live(State.Parallel):  # noqa: N801 - a state's name is its id
        """An incident that still takes events."""

        class phases(State.Compound):  # noqa: N801 - as above
            """The phase region."""

            classify = State(initial=True)
            stabilize = State()
            protected = State()
            recover = State()
            review = State()
            to_stabilize = classify.to(stabilize, validators="gates_open") | recover.to(
                stabilize, validators="gates_open"
            )
            to_protected = (
                classify.to(protected, validators="gates_open")
                | stabilize.to(protected, validators="gates_open")
                | recover.to(protected, validators="gates_open")
            )
            to_recover = stabilize.to(recover, validators="gates_open") | protected.to(
                recover, validators="gates_open"
            )
            to_review = recover.to(review, validators="gates_open")

        class public(State.Compound):  # noqa: N801 - as above
            """The region of what the public has heard."""

            silent = State(initial=True)
            informed = State()
            overdue = State()
            inform = silent.to(informed) | overdue.to(informed) | informed.to(informed)
            lapse = silent.to(overdue) | informed.to(overdue)

    closed = State(final=True)
    stood_down = State(final=True)
    to_closed = live.phases.review.to(closed, validators="gates_open")
    to_stood_down = live.phases.classify.to(stood_down, validators="gates_open")

    def gates_open(self, gates: Sequence[GateResult] = ()) -> None:
        """Refuse the move while a gate is shut, saying which and why."""
        shut = [g for g in gates if not g.is_open]
        if shut:
            raise not_yet(shut)


class _Stored:
    """The model that the chart reads its configuration from."""

    def __init__(self, values: set[str]) -> None:
        self.state: Any = values


_ENDS: dict[Phase, set[str]] = {Phase.CLOSED: {"closed"}, Phase.STOOD_DOWN: {"stood_down"}}
_WAYS: dict[Phase, tuple[Phase, ...]] = {
    Phase.CLASSIFY: (Phase.STABILIZE, Phase.PROTECTED, Phase.STOOD_DOWN),
    Phase.STABILIZE: (Phase.PROTECTED, Phase.RECOVER),
    Phase.PROTECTED: (Phase.RECOVER,),
    Phase.RECOVER: (Phase.REVIEW, Phase.PROTECTED, Phase.STABILIZE),
    Phase.REVIEW: (Phase.CLOSED,),
    Phase.CLOSED: (),
    Phase.STOOD_DOWN: (),
}


class Lifecycle:
    """Answers whether a move is allowed and what stands after it."""

    ways: ClassVar[dict[Phase, tuple[Phase, ...]]] = _WAYS

    @staticmethod
    def move(standing: Standing, to: Phase, gates: Sequence[GateResult] = ()) -> Standing:
        """Move to another phase. Raises Ended, or TransitionRefused with the shut gates."""
        chart = _restore(standing)
        try:
            chart.send(f"to_{to.value}", gates=tuple(gates))
        except TransitionNotAllowed:
            raise TransitionRefused(_no_way(standing.phase, to)) from None
        return _read(chart, standing)

    @staticmethod
    def tell(standing: Standing, event: str) -> Standing:
        """Take `inform` or `lapse` in the public region. Raises Ended or TransitionRefused."""
        chart = _restore(standing)
        if event not in _HEARD:
            raise TransitionRefused(f"{event} is nothing that the public hears; it is {' or '.join(_HEARD)}.")
        try:
            chart.send(event)
        except TransitionNotAllowed:
            raise TransitionRefused(f"The public state {standing.public} does not take {event}.") from None
        return _read(chart, standing)


def _no_way(here: Phase, to: Phase) -> str:
    ways = ", ".join(_WAYS[here]) or "nowhere"
    return f"From {here} there is no way to {to}; from here one can go to: {ways}."


def _restore(standing: Standing) -> _Chart:
    """Make the chart stand where the incident stands; an illegal stored state is refused at once."""
    if standing.schema_version != SCHEMA:
        raise TransitionRefused(
            f"This incident was stored under lifecycle schema {standing.schema_version}, "
            f"and this version speaks {SCHEMA}; upgrade the workers first."
        )
    if standing.phase.ended:
        raise Ended(
            f"This incident is {standing.phase.value.replace('_', ' ')}; nothing more can happen to it."
        )
    values = {"live", "phases", standing.phase.value, "public", standing.public.value}
    return _Chart(_Stored(values))


def _read(chart: _Chart, before: Standing) -> Standing:
    values = set(chart.configuration_values)
    for phase, end in _ENDS.items():
        if values == end:
            return before.model_copy(update={"phase": phase})
    phase = next(p for p in Phase if p.value in values)
    public = next(p for p in PublicState if p.value in values)
    return Standing(phase=phase, public=public)
