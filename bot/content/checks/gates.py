"""Signals, the gates over them, and what else names a signal: triggers and the decision tree."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content.checks.ids import ids, signal_ids
from bot.content.draft import Draft
from bot.content.problems import listed, near
from bot.content.source import Loc
from bot.domain.errors import ContentError
from bot.domain.gate import Condition


def check_signals(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with signals and gates beyond their own fields."""
    if draft.signals is None:
        return
    source, found = draft.signals.source, draft.signals.value
    yield from signal_ids(source, [(one, ("signals", one)) for one in found.signals])
    yield from ids(source, [(one, ("gates", one)) for one in found.gates], key=True)
    for gate in found.gates.values():
        for index, condition in enumerate(gate.conditions):
            for field, reason in _condition(draft, condition):
                yield source.error(("gates", gate.id, "conditions", index, field), reason)
    for phase, gates in found.phase_gates.items():
        for index, gate_id in enumerate(gates):
            if gate_id not in found.gates:
                reason = f"there is no gate `{gate_id}`{near(gate_id, found.gates)}"
                yield source.error(("phase_gates", phase.value, index), reason)


def _condition(draft: Draft, condition: Condition) -> Iterator[tuple[str, str]]:
    signals = draft.signals.value.signals if draft.signals else {}
    if condition.when and not condition.signals:
        yield "when", "the expression names no signal, so it is always true or never"
    for name in condition.signals:
        if name not in signals:
            yield "when", f"there is no signal `{name}`{near(name, signals)}"
    if not draft.every_runbook:
        return
    steps = [step.id for part in draft.runbooks for step in part.value.steps]
    for wanted in condition.step_done:
        if wanted not in steps:
            yield "step_done", f"there is no step `{wanted}`{near(wanted, steps)}"


def check_triggers(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with triggers beyond their own fields."""
    if draft.triggers is None:
        return
    source, triggers = draft.triggers.source, draft.triggers.value.triggers
    yield from ids(source, [(t.id, ("triggers", i, "id")) for i, t in enumerate(triggers)])
    for index, trigger in enumerate(triggers):
        loc: Loc = ("triggers", index, "match")
        if trigger.runbook and draft.every_runbook:
            known = [part.value.id for part in draft.runbooks if part.value.situation]
            if trigger.runbook not in known:
                hint = near(trigger.runbook, known)
                reason = f"there is no runbook with a `situation` called `{trigger.runbook}`{hint}"
                yield source.error(("triggers", index, "runbook"), reason)
        if not trigger.match:
            yield source.error(loc, f"trigger {trigger.id} would match every alert; name a label")
        for earlier in triggers[:index]:
            if earlier.match.items() <= trigger.match.items():
                reason = f"never reached: {earlier.id} before it takes every alert that this one matches"
                yield source.error(loc, reason)
                break


def check_classification(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with the decision tree beyond its own fields."""
    if draft.classification is None:
        return
    source, tree = draft.classification.source, draft.classification.value
    yield from ids(source, [(q.id, ("questions", i, "id")) for i, q in enumerate(tree.questions)])
    if draft.signals is None:
        return
    signals = draft.signals.value.signals
    for i, question in enumerate(tree.questions):
        for j, name in enumerate(question.signals):
            if name not in signals:
                reason = f"there is no signal `{name}`{near(name, signals)}; there are {listed(signals, 4)}"
                yield source.error(("questions", i, "signals", j), reason)
