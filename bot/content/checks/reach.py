"""What can never come about: questions nobody asks, ladder steps without effect, gates that never open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.content.draft import Draft, Part
from bot.content.source import Loc
from bot.domain.base import IncidentClass, Phase
from bot.domain.classification import DecisionTree
from bot.domain.control import Control, matching
from bot.domain.errors import ContentError
from bot.domain.mode import ServiceMode
from bot.domain.runbook import Step

_ORDER = list(Phase)


def check_reach(draft: Draft) -> Iterator[ContentError]:
    """Everything that is written and can never happen."""
    if draft.classification is not None:
        yield from _questions(draft.classification)
    if draft.modes is not None and draft.controls is not None:
        controls = draft.controls.value.controls
        for mode in draft.modes.value.modes.values():
            yield from _idle(draft, mode, controls)
    if draft.signals is not None and draft.every_runbook:
        yield from _gates(draft)


def _questions(part: Part[DecisionTree]) -> Iterator[ContentError]:
    questions = part.value.questions
    asked = {questions[0].id, *(way for question in questions for way in (question.yes, question.no))}
    for index, question in enumerate(questions):
        if question.id not in asked:
            reason = f"never asked: no earlier answer leads to {question.id}"
            yield part.source.error(("questions", index, "id"), reason)


def _idle(draft: Draft, mode: ServiceMode, controls: tuple[Control, ...]) -> Iterator[ContentError]:
    """Ladder steps after which every control stands where it stood before."""
    if mode.ladder is None or draft.modes is None:
        return
    stand: dict[str, str] = {}
    _take(mode.levels, {}, controls, stand)
    for index, step in enumerate(mode.ladder.steps):
        before = dict(stand)
        _take(step.levels, step.rest or {}, controls, stand)
        if stand == before:
            loc: Loc = ("modes", mode.id.value, "ladder", "steps", index, "id")
            reason = f"step {step.id} changes nothing: every control it names stands there already"
            yield draft.modes.source.error(loc, reason)


def _take(
    levels: Mapping[str, str],
    rest: Mapping[str, tuple[str, ...]],
    controls: tuple[Control, ...],
    stand: dict[str, str],
) -> None:
    for pattern, level in levels.items():
        stand.update({control.id: level for control in matching(controls, pattern)})
    for pattern, stages in rest.items():
        if stages:
            stand.update({control.id: stages[-1] for control in matching(controls, pattern)})


def _gates(draft: Draft) -> Iterator[ContentError]:
    """Steps that a gate before a phase waits for, that no incident of some class can have done by then."""
    if draft.signals is None:
        return
    source, found = draft.signals.source, draft.signals.value
    for phase, gates in found.phase_gates.items():
        for gate in [found.gates[one] for one in gates if one in found.gates]:
            for index, condition in enumerate(gate.conditions):
                if reason := _never(draft, phase, condition.step_done):
                    yield source.error(("gates", gate.id, "conditions", index, "step_done"), reason)


def _never(draft: Draft, phase: Phase, wanted: tuple[str, ...]) -> str:
    steps = [(part.value, s) for part in draft.runbooks for s in part.value.steps if s.id in wanted]
    if not steps:
        return ""  # unknown steps are told elsewhere
    early = [(book, step) for book, step in steps if _before(step, phase)]
    if not early:
        return (
            f"step {steps[0][1].id} is in phase {steps[0][1].phase}, which comes after this gate to {phase}"
        )
    if any(book.class_ is None for book, _ in early):
        return ""
    # A runbook for a situation runs only where somebody adds it.
    covered = {book.class_ for book, _ in early if not book.situation}
    others = sorted(set(IncidentClass) - covered)
    if not others:
        return ""
    return (
        f"an incident of class {others[0]} has no step {' or '.join(wanted)}, so it could never enter {phase}"
    )


def _before(step: Step, phase: Phase) -> bool:
    return _ORDER.index(step.phase) < _ORDER.index(phase)
