"""What a step asks for, in words: what it sets, which gate it waits for, what must be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain.base import Phase, format_duration
from bot.domain.content import Content
from bot.domain.control import matching
from bot.domain.gate import Condition, GateSpec
from bot.domain.runbook import Runbook, Step

PHASES = tuple(phase for phase in Phase if not phase.ended)


def by_phase(book: Runbook) -> list[tuple[Phase, list[Step]]]:
    """The phases in which a runbook has steps, each with its steps by minute."""
    found = [(phase, sorted((s for s in book.steps if s.phase is phase), key=_minute)) for phase in PHASES]
    return [(phase, steps) for phase, steps in found if steps]


def in_order(books: Iterable[Runbook]) -> list[Runbook]:
    """Runbooks of every incident first, then those of a class, then those that somebody adds."""
    return sorted(books, key=lambda book: (book.class_ is not None, bool(book.situation), book.id))


def runs_in(book: Runbook) -> str:
    """When a runbook runs, in a few words."""
    which = book.class_.words if book.class_ else "every incident"
    return f"{which}, if added" if book.situation else which


def applies(book: Runbook) -> str:
    """When a runbook runs, with the situation it is for."""
    return runs_in(book) + (f": {book.situation}" if book.situation else "")


def condition_words(condition: Condition) -> str:
    """`coverage >= 1.5, for 30m (if not: coverage must be at least 1.5)`."""
    what = condition.when or f"step {' or '.join(condition.step_done)} is done"
    lasting = f", for {format_duration(condition.for_)}" if condition.for_ else ""
    return f"{what}{lasting}" + (f" (if not: {condition.says})" if condition.says else "")


def gate_words(gate: GateSpec) -> str:
    """A gate with all its conditions."""
    return f"{gate.title}: " + "; ".join(condition_words(c) for c in gate.conditions)


def details(content: Content, step: Step) -> Iterator[tuple[str, str]]:
    """What belongs to a step besides its title: pairs of a name and a sentence."""
    yield from _does(content, step)
    yield "why", step.why
    for option in step.options:
        yield f"option {option.id}", option.text
    if step.asks:
        yield "asks", step.asks
    if step.page:
        yield "pages", ", ".join(role.words for role in step.page)
    for one in step.contacts:
        contact = content.directory.contacts.get(one)
        yield "call", f"{contact.name}, {contact.reach}" if contact else one
    if step.rollback:
        yield "rollback", step.rollback


def _does(content: Content, step: Step) -> Iterator[tuple[str, str]]:
    if step.control:
        found = matching(content.controls, step.control.id)
        names = ", ".join(control.title for control in found) or step.control.id
        yield "sets", f"{step.control.id} to {step.control.level} ({names})"
    if step.mode:
        yield "sets", f"{content.modes[step.mode].title} mode"
    if step.gate:
        gate = content.gates.get(step.gate)
        yield "gate", gate_words(gate) if gate else step.gate
    if step.publish:
        spec = content.statuses.get(step.publish)
        yield "publishes", f"“{spec.title}” ({step.publish})" if spec else step.publish
    if step.decide:
        known = {"class": "the class of the incident, by the decision tree", "ladder": "the reopening ladder"}
        yield "decides", known.get(step.decide, step.decide)


def _minute(step: Step) -> int:
    return step.at
