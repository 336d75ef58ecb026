"""Turning a mode's written ladder into the stages of one incident's release plan."""

from __future__ import annotations

from bot.domain.approval import PlanStage
from bot.domain.content import Content
from bot.domain.control import Control, Hold, matching
from bot.domain.mode import Ladder, LadderStep, ModeId


def off_stages(content: Content, holds: list[Hold]) -> tuple[PlanStage, ...]:
    """The stages that release these holds: those of the ladder that touch them, then whatever it left."""
    ladder = content.modes[ModeId.PROTECTED].ladder or Ladder(begin=(), steps=())
    left = {h.control_id: content.by_id[h.control_id].index(h.level) for h in holds}
    stages: list[PlanStage] = []
    for i, step in enumerate(ladder.steps):
        later = {c.id for s in ladder.steps[i + 1 :] for p in s.levels for c in _known(content, p, left)}
        rounds = 0
        while levels := _levels(content, step, left, later):
            rounds += 1
            stages.append(_stage(step, levels, rounds))
            _lower(content, left, levels)
    if left:
        rest = dict.fromkeys(sorted(left), "normal")
        stages.append(PlanStage(id="rest", title="Release what is left", levels=rest))
    return tuple(stages)


def _stage(step: LadderStep, levels: dict[str, str], rounds: int) -> PlanStage:
    return PlanStage(
        id=step.id if rounds == 1 else f"{step.id}.{rounds}",
        title=step.title,
        levels=levels,
        gate=step.gate,
        wait_seconds=int(step.wait.total_seconds()),
    )


def _levels(content: Content, step: LadderStep, left: dict[str, int], later: set[str]) -> dict[str, str]:
    """What this step lowers: its own controls where they stand stricter, the rest by its next stage each."""
    out: dict[str, str] = {}
    for pattern, level in step.levels.items():
        for control in _known(content, pattern, left):
            if control.index(level) < left[control.id]:
                out[control.id] = level
    for pattern, ways in (step.rest or {}).items():
        for control in _known(content, pattern, left):
            looser = [w for w in ways if control.index(w) < left[control.id]]
            if looser and control.id not in out and control.id not in later:
                out[control.id] = looser[0]
    return out


def _known(content: Content, pattern: str, left: dict[str, int]) -> list[Control]:
    return [c for c in matching(content.controls, pattern) if c.id in left]


def _lower(content: Content, left: dict[str, int], levels: dict[str, str]) -> None:
    for control_id, level in levels.items():
        index = content.by_id[control_id].index(level)
        if index == 0:
            del left[control_id]
        else:
            left[control_id] = index
