"""One attempt to set: what was read, intended and answered, and the state that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.actuation import Course, with_unheard
from bot.domain.base import Outcome
from bot.domain.control import ControlState, Value, same_value
from bot.usecases.ports import Order, Sight

GOOD = (Outcome.CONFIRMED, Outcome.ALREADY_SET)


@dataclass(frozen=True, slots=True)
class Look:
    """What was just read. `effect` is what the probe says of it, `doubt` why that is not confirmed."""

    value: Value
    etag: str | None = None
    effect: Outcome = Outcome.CONFIRMED
    doubt: str = ""
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A committed intent to set: the value and the order to send with it, and the decisions it answers."""

    course: Course
    value: Value
    order: Order
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be set, and yet it is not as it should be: look again soon."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """It may be loosened once a signed head is kept outside that knows row `seq`, its approved decision."""

    seq: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a set: the outcome, what was read last (None when nothing could be), and a sentence.

    `changed` says that the service had been changed by somebody else since we read it.
    """

    outcome: Outcome
    observed: Value | None
    detail: str = ""
    changed: bool = False


def settled(
    before: ControlState, course: Course, ends: dict[str, Outcome], *, so: bool, waits: bool
) -> dict[str, object]:
    """What changes once every decision that could end has ended; `so` when observed is as wanted."""
    if waits:
        outcome = Outcome.PENDING
    elif Outcome.CONFIRMED in ends.values():
        outcome = Outcome.CONFIRMED
    else:
        outcome = before.outcome if so and not ends and before.outcome in GOOD else Outcome.ALREADY_SET
    changes: dict[str, object] = {"outcome": outcome, "attempts": 0, "intent_open": False, "foreign": None}
    if course.level is not None and so:
        changes |= {"set_level": course.level}
    if course.level is None and not waits:
        changes |= forgotten()
    return changes


def forgotten() -> dict[str, object]:
    """Nothing is held any more: the next hold takes its own baseline."""
    gone = dict.fromkeys(("baseline", "baseline_at", "set_level", "intent_level", "intent_value"))
    return {**gone, "drifts": (), "unheard": ()}


def after(state: ControlState, intent: Intent, attempt: Attempt) -> ControlState:
    """The state once an attempt to set has come to something; `state` holds what was read last."""
    changes: dict[str, object] = {"outcome": attempt.outcome, "detail": attempt.detail}
    if attempt.outcome in (Outcome.UNKNOWN, Outcome.MISMATCH) and not attempt.changed:
        changes["unheard"] = with_unheard(state, intent.value)
    if attempt.outcome is Outcome.CONFIRMED:
        changes |= {"intent_open": False, "attempts": 0, "set_level": intent.course.level, "unheard": ()}
        if intent.course.level is None:
            changes |= forgotten()
    elif attempt.outcome is Outcome.MISMATCH and not _reads_back(intent, attempt):
        changes |= {"intent_open": False}
    elif attempt.outcome is Outcome.REJECTED:
        changes |= {"intent_open": False, "intent_level": state.set_level, "intent_value": None}
    return state.model_copy(update=changes)


def _reads_back(intent: Intent, attempt: Attempt) -> bool:
    return attempt.observed is not None and same_value(attempt.observed, intent.value)
