"""What some content holds, so that two can be told apart; and what no reload may take from what is held.

Pure. An outline is small enough to be kept beside the content in force, which itself lies in files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from bot.domain.base import Frozen
from bot.domain.content import Content, Pinned
from bot.domain.control import Control, Hold, Value, matching
from bot.domain.gate import GateSpec
from bot.domain.ledger import digest
from bot.domain.runbook import Step

SHORT = 12


class Outline(Frozen):
    """The digest of some content with its templates, of each part by kind and id, and each control's levels.

    `levels` holds, for each control, its level ids in order and whether two are one by the digest of their
    values.
    """

    digest: str
    parts: dict[str, dict[str, str]]
    levels: dict[str, dict[str, str]]

    @property
    def short(self) -> str:
        """The digest as people read it."""
        return self.digest[:SHORT]


class Changes(Frozen):
    """What is in one content and not in the other, each part by its kind and id: `control swaps`."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keeper:
    """An open incident and the runbooks it keeps."""

    incident_id: str
    pinned: Pinned


def outline(content: Content, templates: Mapping[str, str]) -> Outline:
    """The outline of some content and the texts of its templates by path."""
    parts: dict[str, dict[str, Any]] = {
        "runbook": content.pinned.by_id,
        "decision tree": {"classification": content.pinned.tree},
        "control": content.by_id,
        "mode": {mode.value: found for mode, found in content.modes.items()},
        "signal": content.signals,
        "gate": content.gates,
        "phase gates": {"to": content.phase_gates},
        "trigger": {t.id: t for t in content.triggers},
        "people": {"and roles": content.directory},
        "authority": {"rules": content.authority},
        "status text": content.statuses,
        "macro": {m.id: m for m in content.macros},
        "template": dict(templates),
        "service": content.unaddressed,
    }
    named = {
        kind: {str(key): digest(_plain(one)) for key, one in found.items()} for kind, found in parts.items()
    }
    levels = {c.id: {lv.id: digest(lv.value) for lv in c.levels} for c in content.controls}
    return Outline(
        digest=digest({"content": content.digest, "templates": dict(templates)}), parts=named, levels=levels
    )


def changes(before: Outline | None, after: Outline) -> Changes:
    """What was added, removed and changed; nothing where there was nothing before."""
    if before is None:
        return Changes()
    old, new = _flat(before), _flat(after)
    return Changes(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
    )


def in_the_way(
    before: Outline | None, after: Content, holds: Iterable[Hold], keepers: Iterable[Keeper]
) -> tuple[str, ...]:
    """Why this content must not come into force now, a sentence for each reason; empty when it may.

    A level that is held stays where it is with its value, and what an open incident's runbooks name stays.
    """
    found = [reason for hold in holds if hold.in_force for reason in _hold(before, after, hold)]
    found += [reason for keeper in keepers for reason in _keeper(before, after, keeper)]
    return tuple(dict.fromkeys(found))


def _plain(one: Any) -> Any:
    return one.model_dump(mode="json", by_alias=True) if isinstance(one, Frozen) else one


def _flat(found: Outline) -> dict[str, str]:
    return {f"{kind} {key}": hashed for kind, parts in found.parts.items() for key, hashed in parts.items()}


def _hold(before: Outline | None, after: Content, hold: Hold) -> Iterable[str]:
    who = f"{hold.incident_id} holds {hold.control_id} at {hold.level}"
    control = after.by_id.get(hold.control_id)
    if control is None:
        yield f"{who}, and that control would be gone"
        return
    now = [level.id for level in control.levels]
    if hold.level not in now:
        yield f"{who}, and that level would be gone"
        return
    if hold.target not in control.targets:
        yield f"{who} on {hold.target}, and that target would be gone"
    was = before.levels.get(hold.control_id, {}) if before else {}
    if [one for one in was if one in now] != [one for one in now if one in was]:
        yield f"{who}, and its levels would stand in another order: {', '.join(now)}"
    if not _same(control, hold.level, hold.value):
        yield f"{who}, and that level would mean something else: {control.level(hold.level).value}"


def _same(control: Control, level: str, value: Value) -> bool:
    found = control.level_of(value)
    return found is not None and found.id == level


def _keeper(before: Outline | None, after: Content, keeper: Keeper) -> Iterable[str]:
    """What an open incident still needs and had until now."""
    steps = [step for book in keeper.pinned.runbooks for step in book.steps]
    needed: dict[str, list[str]] = {}
    for step in steps:
        for what in _missing(before, after, step):
            needed.setdefault(what, []).append(step.id)
    for what, ids in needed.items():
        who = f"{keeper.incident_id} keeps its runbooks, and {', '.join(ids)}"
        yield f"{who} need {what}, which would be gone"
    known = {step.id for step in steps}
    for gate in _on_the_way(after, steps):
        for condition in gate.conditions if _other(before, gate) else ():
            if condition.step_done and known.isdisjoint(condition.step_done):
                wanted = " or ".join(condition.step_done)
                yield (
                    f"{keeper.incident_id} keeps its runbooks, which have no step {wanted}: "
                    f"the gate {gate.id} could never open for it"
                )


def _on_the_way(after: Content, steps: Iterable[Step]) -> list[GateSpec]:
    """The gates that an incident may have to pass."""
    found = {gate for gates in after.phase_gates.values() for gate in gates}
    found |= {step.gate for step in steps if step.gate}
    for ladder in [mode.ladder for mode in after.modes.values() if mode.ladder]:
        found |= {*ladder.begin, *(step.gate for step in ladder.steps if step.gate)}
    return [gate for one, gate in after.gates.items() if one in found]


def _other(before: Outline | None, gate: GateSpec) -> bool:
    """Whether a gate is new or changed."""
    return before is None or before.parts.get("gate", {}).get(gate.id) != digest(_plain(gate))


def _missing(before: Outline | None, after: Content, step: Step) -> Iterable[str]:
    """What a step names that is not there any more."""
    if step.gate and step.gate not in after.gates and _had(before, "gate", step.gate):
        yield f"the gate {step.gate}"
    if step.publish and step.publish not in after.statuses and _had(before, "status text", step.publish):
        yield f"the status text {step.publish}"
    if step.control:
        yield from _levels(before, after, step.control.id, step.control.level)


def _had(before: Outline | None, kind: str, one: str) -> bool:
    return before is None or one in before.parts.get(kind, {})


def _levels(before: Outline | None, after: Content, pattern: str, level: str) -> Iterable[str]:
    had = [one for one in (before.levels if before else {}) if fnmatchcase(one, pattern)]
    found = matching(after.controls, pattern)
    if not found and (had or before is None):
        yield f"the control {pattern}"
    for control in found:
        was = before.levels.get(control.id, {}) if before else {level}
        if level in was and level not in (known.id for known in control.levels):
            yield f"the level {level} of {control.id}"
