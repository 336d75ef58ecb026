"""Runbooks: what their steps point at exists, and no phase asks for more typing than people can give."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content.checks.ids import ids
from bot.content.draft import Draft, Part
from bot.content.problems import listed, near
from bot.content.source import Loc, Source
from bot.domain.base import IncidentClass, Phase
from bot.domain.control import matching
from bot.domain.errors import ContentError
from bot.domain.mode import ModeId
from bot.domain.runbook import Runbook, Step, StepKind

MAX_ASKS = 2
LEAST_OPTIONS, MOST_OPTIONS = 2, 10  # Slack's radio buttons have no more
DECIDES = ("class", "ladder")
Wrong = Iterator[tuple[str, str]]


def check_runbooks(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with runbooks beyond their own fields."""
    yield from _unique(draft)
    for part in draft.runbooks:
        source, book = part.source, part.value
        yield from ids(source, [(book.id, ("id",))])
        yield from ids(source, [(step.id, ("steps", i, "id")) for i, step in enumerate(book.steps)])
        for index, step in enumerate(book.steps):
            for field, reason in (*_points(draft, step), *_people(draft, step), *_time(step)):
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
    if step.decide is not None and step.decide not in DECIDES:
        yield "decide", f"`{step.decide}` is none of {listed(DECIDES)}{near(step.decide, DECIDES)}"


def _people(draft: Draft, step: Step) -> Wrong:
    """Who decides between what, who is paged, who is called, and what a transfer may come out of."""
    if step.kind is StepKind.DECIDE and not step.decide:
        yield from _options([option.id for option in step.options])
    if step.kind is StepKind.PAGE and not step.page:
        yield "kind", "a page names the roles it goes to, for example `page: [executive]`"
    if step.kind is StepKind.TRANSFER:
        if step.asks:
            yield "asks", "the form of a transfer asks for all of it; leave `asks` out"
        if draft.authority and not any(b.movable for b in draft.authority.value.buckets.values()):
            yield "kind", "authority.yaml names no bucket (`buckets`) that a transfer may come out of"
    if draft.people is not None:
        known = draft.people.value.contacts
        for contact in step.contacts:
            if contact not in known:
                yield "contacts", f"people.yaml has no contact `{contact}`{near(contact, known)}"


def _options(chosen: list[str]) -> Wrong:
    if len(chosen) < LEAST_OPTIONS:
        yield "kind", "a decision is `decide: class`, `decide: ladder`, or names at least two `options`"
    elif len(set(chosen)) < len(chosen):
        yield "options", "two options bear the same id"
    elif len(chosen) > MOST_OPTIONS:
        yield "options", f"a decision has at most {MOST_OPTIONS} options"


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
    """At most two steps that ask for typing in any phase of any class, with one situation's runbook added.

    The form of a transfer is not counted: money is never moved by one tap.
    """
    situations = [p.value for p in draft.runbooks if p.value.situation]
    for class_, added in [*((c, "") for c in IncidentClass), *((b.class_, b.id) for b in situations)]:
        mine = [p for p in draft.runbooks if p.value.runs_in(class_, (added,))]
        mine.sort(key=lambda part: (part.value.class_ is not None, bool(part.value.situation)))
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
