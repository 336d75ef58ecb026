"""Runbooks: what their steps point at exists, and no phase asks for more typing than people can give."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content.checks.ids import ids
from bot.content.draft import Draft, Part
from bot.content.problems import near
from bot.content.source import Loc, Source
from bot.domain.base import IncidentClass, Phase
from bot.domain.control import matching
from bot.domain.errors import ContentError
from bot.domain.mode import ModeId
from bot.domain.runbook import Runbook, Step

MAX_ASKS = 2
Wrong = Iterator[tuple[str, str]]


def check_runbooks(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with runbooks beyond their own fields."""
    yield from _unique(draft)
    for part in draft.runbooks:
        source, book = part.source, part.value
        yield from ids(source, [(book.id, ("id",))])
        yield from ids(source, [(step.id, ("steps", i, "id")) for i, step in enumerate(book.steps)])
        for index, step in enumerate(book.steps):
            for field, reason in (*_points(draft, step), *_time(step)):
                yield source.error(("steps", index, field), reason)
    yield from _asks(draft)
    if draft.every_runbook and not any(part.value.class_ is None for part in draft.runbooks):
        yield ContentError("runbooks", 1, 1, "no runbook runs in every incident; one must have no `class`")


def _unique(draft: Draft) -> Iterator[ContentError]:
    books: dict[str, Source] = {}
    steps: dict[str, str] = {}
    for part in draft.runbooks:
        source, book = part.source, part.value
        if book.id in books:
            reason = f"the id {book.id} is already taken by {books[book.id].file}"
            yield source.error(("id",), reason)
        books[book.id] = source
        for index, step in enumerate(book.steps):
            if steps.get(step.id, book.id) != book.id:
                reason = f"the step id {step.id} is already taken by runbook {steps[step.id]}"
                yield source.error(("steps", index, "id"), reason)
            steps.setdefault(step.id, book.id)


def _points(draft: Draft, step: Step) -> Wrong:
    if step.control is not None and draft.controls is not None:
        yield from _control(draft, step)
    if step.gate is not None and draft.signals is not None:
        gates = draft.signals.value.gates
        if step.gate not in gates:
            yield "gate", f"there is no gate `{step.gate}`{near(step.gate, gates)}"
    if step.publish is not None and draft.publications is not None:
        statuses = draft.publications.value.statuses
        if step.publish not in statuses:
            yield "publish", f"there is no status text `{step.publish}`{near(step.publish, statuses)}"
    if step.mode is ModeId.NORMAL:
        yield "mode", "a step tightens; the way back to normal is the ladder"


def _control(draft: Draft, step: Step) -> Wrong:
    if draft.controls is None or step.control is None:
        return
    controls, wanted = draft.controls.value.controls, step.control
    found = matching(controls, wanted.id)
    if not found:
        yield "control", f"no control matches `{wanted.id}`{near(wanted.id, [c.id for c in controls])}"
    for control in found:
        known = [level.id for level in control.levels]
        if wanted.level not in known:
            reason = f"{control.id} has no level `{wanted.level}`{near(wanted.level, known)}"
            yield "control", reason
        elif wanted.level == "normal":
            yield "control", "a step tightens; the way back to normal is a release"


def _time(step: Step) -> Wrong:
    if step.at < 0:
        yield "at", "`at` counts minutes from the beginning of the phase"
    if step.budget.total_seconds() <= 0:
        yield "budget", "a step needs some time; write for example 5m"


def _asks(draft: Draft) -> Iterator[ContentError]:
    """At most two steps that ask for typing in any phase of any class of incident."""
    for class_ in IncidentClass:
        mine = [p for p in draft.runbooks if p.value.class_ in (None, class_)]
        mine.sort(key=lambda part: part.value.class_ is not None)
        for phase in Phase:
            for part, loc, step in _asking(mine, phase)[MAX_ASKS:]:
                reason = f"step {step.id} is one more than the {MAX_ASKS} that may ask for typing in {phase}"
                yield part.source.error(loc, reason)


def _asking(parts: list[Part[Runbook]], phase: Phase) -> list[tuple[Part[Runbook], Loc, Step]]:
    return [
        (part, ("steps", i, "asks"), step)
        for part in parts
        for i, step in enumerate(part.value.steps)
        if step.phase is phase and step.asks
    ]
