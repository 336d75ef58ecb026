"""What a release plan does next; pure, asked again at every look."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.approval import PlanStatus, ReleasePlan
from bot.domain.base import Frozen, Outcome
from bot.domain.gate import GateResult


class LadderVerb(StrEnum):
    """What a plan can do."""

    REST = "rest"
    BEGIN = "begin"
    CONFIRM = "confirm"
    WAIT = "wait"
    NEXT = "next"
    PAUSE = "pause"
    DONE = "done"


class LadderMove(Frozen):
    """The next move, why, and when to look again (UTC business time; None for when something happens)."""

    verb: LadderVerb
    reason: str = ""
    look_at: datetime | None = None


RECHECK = timedelta(seconds=30)


def next_move(
    plan: ReleasePlan,
    now: datetime,
    gate: GateResult | None,
    outcomes: tuple[Outcome, ...],
    frozen_reason: str = "",
) -> LadderMove:
    """Decide. `gate` is that of the stage at hand, `outcomes` those of its own actuations."""
    if plan.status not in (PlanStatus.RUNNING, PlanStatus.PAUSED):
        return LadderMove(verb=LadderVerb.REST)
    if plan.at_hand is None:
        return LadderMove(verb=LadderVerb.DONE)
    if plan.confirmed_at is not None:
        until = plan.confirmed_at + timedelta(seconds=plan.at_hand.wait_seconds)
        if now < until:
            return LadderMove(verb=LadderVerb.WAIT, look_at=until)
        return LadderMove(verb=LadderVerb.NEXT)
    if plan.begun:
        return _under_way(outcomes)
    if frozen_reason:
        return LadderMove(verb=LadderVerb.PAUSE, reason=frozen_reason, look_at=now + RECHECK)
    if gate is not None and not gate.is_open:
        return LadderMove(verb=LadderVerb.PAUSE, reason=f"{gate.title}: {gate.reason}", look_at=now + RECHECK)
    return LadderMove(verb=LadderVerb.BEGIN)


def _under_way(outcomes: tuple[Outcome, ...]) -> LadderMove:
    if any(o is Outcome.REJECTED for o in outcomes):
        return LadderMove(verb=LadderVerb.PAUSE, reason="a service refused this stage; see the control")
    if all(o.final for o in outcomes):
        return LadderMove(verb=LadderVerb.CONFIRM)
    return LadderMove(verb=LadderVerb.WAIT)
