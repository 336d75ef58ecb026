"""Deciding what an actuation must do: desired against observed, and who allowed the direction.

Pure. The worker asks again inside the transaction that writes its intent, because a job carries a key,
not a command (law 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.domain.base import Frozen, Outcome
from bot.domain.control import Control, ControlState, Hold, Value, desired_hold, same_value
from bot.domain.direction import at_least_as_tight

DRIFTS = 3
UNHEARD = 8
DRIFTS_WITHIN = timedelta(minutes=10)


AGAIN = "set again after it drifted looser"
UNWRITTEN = "it is tighter than asked, at a value that no level has, and somebody else set it so"
FORGOT = "set again after the service forgot it"


class Verb(StrEnum):
    """What is to be done."""

    NOTHING = "nothing"
    SET = "set"
    LEAVE = "leave"


class Course(Frozen):
    """What to do about one control, with the named reason.

    `level` is None when the baseline is restored. `fresh` says that the set takes a new generation; a retry
    after an unknown answer keeps its own. `because` is the decision that authorises a set. `owed` says that a
    decided release cannot go on for now, `drift` that somebody else loosened what we had confirmed.
    """

    verb: Verb
    reason: str
    level: str | None = None
    value: Value | None = None
    loosening: bool = False
    owed: bool = False
    drift: bool = False
    fresh: bool = True
    because: str | None = None


class Asked(Protocol):
    """What a pending decision asked for; `level` None when it released its hold."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def hold_id(self) -> str:
        """The hold it moved."""
        ...

    @property
    def level(self) -> str | None:
        """The level it asked for."""
        ...


def choose(
    control: Control,
    holds: Iterable[Hold],
    state: ControlState,
    observed: Value,
    release: str | None,
) -> Course:
    """Decide. `release` is the decision id of the approved release that covers this control, if any."""
    hold = desired_hold(control, holds)
    level, value = (hold.level, hold.value) if hold else (None, state.baseline)
    if value is None:
        return Course(verb=Verb.NOTHING, reason="nothing is held and nothing was ever set")
    fresh = not _goes_on(state, level, value)
    if same_value(observed, value):
        because = hold.decision_id if hold else release
        if because is None or not (fresh and _unheard_of(state)):
            return Course(verb=Verb.NOTHING, reason="it is so already", level=level, value=value, fresh=fresh)
        reason = "set past an earlier attempt that may still arrive"
        return Course(verb=Verb.SET, reason=reason, level=level, value=value, because=because)
    odd = level is not None and _tighter_elsewhere(control, state, value, observed)
    if not odd and not _loosens(control, level, value, observed):
        because = hold.decision_id if hold else release
        if because is None:
            return Course(verb=Verb.LEAVE, reason="no decision asks for it", level=level, value=value)
        off = not state.intent_open and level is not None and state.set_level == level
        drift = off and not _forgotten(control, state, observed)
        reason = "tighten" if not off else AGAIN if drift else FORGOT
        return Course(
            verb=Verb.SET, reason=reason, level=level, value=value, fresh=fresh, because=because, drift=drift
        )
    if odd or not _ours(control, state, observed):
        reason = UNWRITTEN if odd else "it is tighter than asked, and somebody else set it so"
        return Course(verb=Verb.LEAVE, reason=reason, level=level, value=value, loosening=True)
    if release is None:
        reason = "it is tighter than asked, and no approved release covers loosening it"
        return Course(verb=Verb.LEAVE, reason=reason, level=level, value=value, loosening=True, owed=True)
    return Course(
        verb=Verb.SET, reason="loosen", level=level, value=value, loosening=True, fresh=fresh, because=release
    )


def changed_elsewhere(state: ControlState, value: Value, observed: Value | None) -> bool:
    """Whether what is there after a set that came too late is somebody else's, not known to any decision.

    `value` is what we wanted; `state` is that of our intent, whose `observed` is what we had read.
    """
    if observed is None:
        return True
    known = (value, *state.unheard, *([state.observed] if state.observed else []))
    return not any(same_value(observed, one) for one in known)


def would_overwrite(state: ControlState, decision: str, observed: Value) -> bool:
    """Whether to set now would overwrite somebody else's change that no decision has been taken on since.

    Not when they have put back what we had read, or when what is there is a late effect of our own.
    """
    foreign = state.foreign
    if foreign is None or foreign.under != decision:
        return False
    return not any(same_value(observed, one) for one in (foreign.over, *state.unheard))


def with_unheard(state: ControlState, value: Value | None) -> tuple[Value, ...]:
    """The values that may still take effect, and this one with them."""
    if value is None or any(same_value(value, one) for one in state.unheard):
        return state.unheard
    return (*state.unheard, value)[-UNHEARD:]


def contested(state: ControlState, now: datetime) -> bool:
    """Whether somebody has loosened a held control so often of late that setting it again is a fight."""
    return sum(1 for at in state.drifts if now - at < DRIFTS_WITHIN) >= DRIFTS


def settle(
    pending: Sequence[Asked], course: Course, state: ControlState, *, was_set: bool
) -> dict[str, Outcome]:
    """The final outcome of each pending decision once observed is as desired; oldest first in `pending`.

    An earlier decision on the same hold is superseded by a later one. `was_set` says that our own set,
    of this attempt or of one whose answer was lost, made it so.
    """
    made_it = was_set or (state.intent_open and state.intent_level == course.level)
    last_of = {a.hold_id: a.id for a in pending}
    out: dict[str, Outcome] = {}
    for asked in pending:
        if last_of[asked.hold_id] != asked.id:
            out[asked.id] = Outcome.SUPERSEDED
        elif made_it and (asked.level == course.level or asked.level is None):
            out[asked.id] = Outcome.CONFIRMED
        else:
            out[asked.id] = Outcome.ALREADY_SET
    return out


def _goes_on(state: ControlState, level: str | None, value: Value) -> bool:
    """Whether this is the intent still open, so that a retry keeps its generation and its key."""
    if not state.intent_open or state.intent_level != level:
        return False
    return state.intent_value is None or same_value(state.intent_value, value)


def _forgotten(control: Control, state: ControlState, observed: Value) -> bool:
    """Whether a service that keeps nothing through a restart is back where it starts: nobody's doing."""
    if control.adapter.durable:
        return False
    starts = [control.levels[0].value, *([state.baseline] if state.baseline else [])]
    return any(same_value(observed, start) for start in starts)


def _unheard_of(state: ControlState) -> bool:
    """Whether a request of ours may still be on its way: only a higher generation keeps it from its effect.

    After a mismatch too, for an attempt before the one that was answered may have gone unanswered.
    """
    tried = state.intent_level is not None or state.intent_open
    return tried and (state.intent_open or state.outcome in (Outcome.UNKNOWN, Outcome.MISMATCH))


def _loosens(control: Control, level: str | None, value: Value, observed: Value) -> bool:
    """Whether going from observed to the wanted value loosens; an unwritten value tells no direction."""
    now = control.level_of(observed)
    want = control.level_of(value)
    if level is None:
        return now is None or want is None or control.index(want.id) < control.index(now.id)
    return now is not None and control.index(level) < control.index(now.id)


def _tighter_elsewhere(control: Control, state: ControlState, value: Value, observed: Value) -> bool:
    """Whether it is somebody else's, at no level, and nowhere looser than ours, which would loosen it."""
    ours = (*state.unheard, *([state.intent_value] if state.intent_value else []))
    if control.level_of(observed) is not None or any(same_value(observed, one) for one in ours):
        return False
    return at_least_as_tight(control, observed, value) is True


def _ours(control: Control, state: ControlState, observed: Value) -> bool:
    """Whether what is observed is what we last set, or tried to set without hearing back."""
    ours = {state.set_level, state.intent_level}
    level = control.level_of(observed)
    return level is not None and level.id in ours
