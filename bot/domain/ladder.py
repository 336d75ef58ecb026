"""What a release plan does next; pure, asked again at every look."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.approval import PlanStatus, ReleasePlan, Shown
from bot.domain.base import Frozen, Outcome
from bot.domain.gate import GateResult


class LadderVerb(StrEnum):
    """What a plan can do."""

    REST = "rest"
    BEGIN = "begin"
    CONFIRM = "confirm"
    BACK = "step back"
    RETURNED = "stepped back"
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
BACK_APART = timedelta(minutes=10)
REFUSED = "a service refused this stage, and the hold stands again; see the control, then propose anew"


def next_move(
    plan: ReleasePlan,
    now: datetime,
    gate: GateResult | None,
    outcomes: tuple[Outcome, ...],
    frozen_reason: str = "",
    failing: GateResult | None = None,
) -> LadderMove:
    """Decide. `gate` is that of the stage at hand, `outcomes` those of its actuations, or of a step back's.

    `failing` is a shut gate at which, by the approval, the last stage is taken back.
    """
    if plan.status not in (PlanStatus.RUNNING, PlanStatus.PAUSED):
        return LadderMove(verb=LadderVerb.REST)
    watch = now + RECHECK if plan.step_back else None
    if failing and plan.standing is not None and _may_step_back(plan, now):
        return LadderMove(verb=LadderVerb.BACK, reason=f"{failing.title}: {failing.reason}")
    if plan.back is not None and plan.back_at is None:
        verb = LadderVerb.RETURNED if all(o.final for o in outcomes) else LadderVerb.WAIT
        return LadderMove(verb=verb, look_at=watch)
    if plan.asks:
        return LadderMove(verb=LadderVerb.PAUSE, reason=plan.paused_because, look_at=watch)
    return _onward(plan, now, gate, outcomes, frozen_reason, watch)


def _onward(
    plan: ReleasePlan,
    now: datetime,
    gate: GateResult | None,
    outcomes: tuple[Outcome, ...],
    frozen_reason: str,
    watch: datetime | None,
) -> LadderMove:
    if plan.at_hand is None:
        return LadderMove(verb=LadderVerb.DONE)
    if plan.confirmed_at is not None:
        until = plan.confirmed_at + timedelta(seconds=plan.at_hand.wait_seconds)
        if now < until:
            return LadderMove(verb=LadderVerb.WAIT, look_at=min(until, watch or until))
        return LadderMove(verb=LadderVerb.NEXT)
    if plan.begun and any(o is Outcome.REJECTED for o in outcomes):
        return LadderMove(verb=LadderVerb.PAUSE, reason=REFUSED)
    if plan.begun and all(o.final for o in outcomes):
        return LadderMove(verb=LadderVerb.CONFIRM)
    if stop := frozen_reason or _shut(gate):
        return LadderMove(verb=LadderVerb.PAUSE, reason=stop, look_at=now + RECHECK)
    return LadderMove(verb=LadderVerb.WAIT if plan.begun else LadderVerb.BEGIN, look_at=watch)


def _may_step_back(plan: ReleasePlan, now: datetime) -> bool:
    """One step at a time, and what the last one tightened gets time to show in the numbers."""
    if plan.back is None:
        return True
    return plan.back_at is not None and now >= plan.back_at + BACK_APART


def _shut(gate: GateResult | None) -> str:
    return "" if gate is None or gate.is_open else f"{gate.title}: {gate.reason}"


def level_before(plan: ReleasePlan, shown: Shown, control_id: str) -> str | None:
    """The level a control stood at before the stage at hand; None when the plan does not touch it."""
    for stage in reversed(plan.stages[: plan.stage]):
        if control_id in stage.levels:
            return stage.levels[control_id]
    return next((m.from_level for m in shown.moves if m.control_id == control_id), None)
