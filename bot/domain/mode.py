"""Service modes: what the platform promises, the level each control takes, and the ladder out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum

from bot.domain.base import Duration, Frozen
from bot.domain.control import Control, Level, matching


class ModeId(StrEnum):
    """The three promises, least restrictive first."""

    NORMAL = "normal"
    STRESSED = "stressed"
    PROTECTED = "protected"


class Guarantee(Frozen):
    """A promise. It stands while every control that `needs` names is observed at or below that level."""

    id: str
    text: str
    needs: dict[str, str] = {}


class LadderStep(Frozen):
    """A stage of reopening: the levels to lower holds to, the gate before it, how long to wait after it.

    `rest` leads further controls out by stages of their own, such as `route.*: [settle_only, half, normal]`.
    """

    id: str
    title: str
    levels: dict[str, str] = {}
    rest: dict[str, tuple[str, ...]] | None = None
    gate: str = ""
    wait: Duration = timedelta()


class Ladder(Frozen):
    """The planned way out of a mode; `begin` names the gates that must be open before the first step.

    `step_back` names the gates whose failing takes the last step back by itself: shut, not unknown.
    """

    begin: tuple[str, ...]
    steps: tuple[LadderStep, ...]
    step_back: tuple[str, ...] = ()


class ServiceMode(Frozen):
    """What the platform promises, and the level each control takes; control ids or patterns as keys."""

    id: ModeId
    title: str
    says: str
    guarantees: tuple[Guarantee, ...]
    levels: dict[str, str] = {}
    ladder: Ladder | None = None


def strictest(modes: Iterable[ModeId]) -> ModeId:
    """The platform-wide mode: the strictest that any incident holds."""
    order = list(ModeId)
    return max(modes, key=order.index, default=ModeId.NORMAL)


def mode_levels(mode: ServiceMode, controls: Iterable[Control]) -> list[tuple[Control, Level]]:
    """Every control the mode sets once, at the strictest level any pattern gives it, in the mode's order."""
    known = list(controls)
    found: dict[str, tuple[Control, int]] = {}
    for pattern, level in mode.levels.items():
        for control in matching(known, pattern):
            index = max(control.index(level), found.get(control.id, (control, 0))[1])
            found[control.id] = (control, index)
    return [(control, control.levels[index]) for control, index in found.values()]


def standing_guarantees(
    mode: ServiceMode, controls: Iterable[Control], observed: Mapping[str, str | None]
) -> tuple[list[Guarantee], list[Guarantee]]:
    """Split the mode's promises into those that stand on what is observed and those that have lapsed."""
    known = list(controls)
    standing: list[Guarantee] = []
    lapsed: list[Guarantee] = []
    for guarantee in mode.guarantees:
        (standing if _stands(guarantee, known, observed) else lapsed).append(guarantee)
    return standing, lapsed


def _stands(guarantee: Guarantee, controls: list[Control], observed: Mapping[str, str | None]) -> bool:
    for pattern, allowed in guarantee.needs.items():
        needed = matching(controls, pattern)
        if not needed or not all(_within(c, observed.get(c.id), allowed) for c in needed):
            return False
    return True


def _within(control: Control, level: str | None, allowed: str) -> bool:
    """Whether a level is known and at most `allowed`; one that a reload has removed is unknown too."""
    permitted = {known.id for known in control.levels[: control.index(allowed) + 1]}
    return level in permitted
