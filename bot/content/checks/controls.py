"""Controls: their service, their rule, and that what is set is what can be read back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from bot.content.checks.adapters import check_adapter
from bot.content.checks.ids import control_ids, ids
from bot.content.draft import Controls, Draft, Part
from bot.content.problems import near
from bot.content.source import Loc
from bot.domain.control import Control, same_value
from bot.domain.errors import ContentError
from bot.domain.public_words import forbidden

Wrong = Iterator[tuple[Loc, str]]


def check_controls(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with controls beyond their own fields."""
    if draft.controls is None:
        return
    source, found = draft.controls.source, draft.controls.value
    yield from control_ids(source, [(c.id, (*found.origin[c.id], "id")) for c in found.controls])
    for control in found.controls:
        origin = found.origin[control.id]
        levels = [(lv.id, (*origin, "levels", i, "id")) for i, lv in enumerate(control.levels)]
        yield from ids(source, levels)
        for loc, reason in (*_levels(control), *_bounds(control), *check_adapter(control, found)):
            yield source.error((*origin, *loc), reason)
        yield from _rule(draft, draft.controls, control)
        yield from _blast_radius(draft, draft.controls, control)


def _rule(draft: Draft, part: Part[Controls], control: Control) -> Iterator[ContentError]:
    if draft.authority is None:
        return
    rules = draft.authority.value.rules
    if control.rule not in rules:
        loc = (*part.value.origin[control.id], "rule")
        reason = f"there is no rule `{control.rule}` in authority.yaml{near(control.rule, rules)}"
        yield part.source.error(loc, reason)


def _blast_radius(draft: Draft, part: Part[Controls], control: Control) -> Iterator[ContentError]:
    if draft.signals is None:
        return
    known = draft.signals.value.signals
    for index, signal in enumerate(control.blast_radius):
        if signal not in known:
            loc = (*part.value.origin[control.id], "blast_radius", index)
            yield part.source.error(loc, f"there is no signal `{signal}`{near(signal, known)}")


def _levels(control: Control) -> Wrong:
    first = set(control.levels[0].value)
    for index, level in enumerate(control.levels):
        loc: Loc = ("levels", index, "value")
        if odd := set(level.value) ^ first:
            yield loc, f"level {level.id} and level normal differ in having the field `{min(odd)}`"
        if word := forbidden(level.customers):
            yield ("levels", index, "customers"), f"`{word}` is never said in public"
    for (i, one), (j, other) in combinations(enumerate(control.levels), 2):
        if same_value(one.value, other.value):
            yield ("levels", max(i, j), "value"), f"levels {one.id} and {other.id} have the same value"
    if control.levels[0].full_suspension:
        yield ("levels", 0, "full_suspension"), "level normal cannot be a full suspension"


def _bounds(control: Control) -> Wrong:
    first = set(control.levels[0].value)
    for field, bounds in control.bounds.items():
        if field not in first:
            yield ("bounds", field), f"no level has a field `{field}`{near(field, first)}"
        for index, level in enumerate(control.levels):
            if field in level.value and not bounds.holds(level.value[field]):
                reason = f"`{field}` of level {level.id} is {level.value[field]}, but must be {bounds}"
                yield ("levels", index, "value", field), reason
