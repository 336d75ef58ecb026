"""Controls: their service, their rule, and that what is set is what can be read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations

import jmespath

from bot.content.checks.ids import control_ids, ids
from bot.content.draft import Controls, Draft, Part
from bot.content.problems import listed, near
from bot.content.source import Loc
from bot.domain.adapter import HttpAdapter
from bot.domain.control import Control, same_value
from bot.domain.errors import ContentError
from bot.domain.public_words import forbidden

_SLOT = re.compile(r"\{([a-z_]+)\}")
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
        for loc, reason in (*_levels(control), *_adapter(control, found)):
            yield source.error((*origin, *loc), reason)
        yield from _rule(draft, draft.controls, control)


def _rule(draft: Draft, part: Part[Controls], control: Control) -> Iterator[ContentError]:
    if draft.authority is None:
        return
    rules = draft.authority.value.rules
    if control.rule not in rules:
        loc = (*part.value.origin[control.id], "rule")
        reason = f"there is no rule `{control.rule}` in authority.yaml{near(control.rule, rules)}"
        yield part.source.error(loc, reason)


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


def _adapter(control: Control, found: Controls) -> Wrong:
    adapter = control.adapter
    if not isinstance(adapter, HttpAdapter):
        return
    if adapter.service not in found.services:
        reason = f"there is no service `{adapter.service}`{near(adapter.service, found.services)}"
        yield ("adapter", "service"), reason
    yield from _slots(control, adapter)
    yield from _read_back(control, adapter)
    if adapter.probe:
        known = [level.id for level in control.levels]
        for level_id, expression in adapter.probe.expect.items():
            loc: Loc = ("adapter", "probe", "expect", level_id)
            if level_id not in known:
                yield loc, f"{control.id} has no level `{level_id}`{near(level_id, known)}"
            try:
                jmespath.compile(expression)
            except jmespath.exceptions.JMESPathError as error:
                yield loc, f"not a JMESPath: {error}"


def _slots(control: Control, adapter: HttpAdapter) -> Wrong:
    params = {*control.params, "target"}
    filled = params | set.intersection(*(set(level.value) for level in control.levels))
    places: list[tuple[Loc, set[str], set[str]]] = [
        (("adapter", "read", "path"), adapter.read.slots, params),
        (("adapter", "set", "path"), adapter.set.slots, filled),
        (("adapter", "set", "body"), set(_SLOT.findall(json.dumps(adapter.set.body))), filled),
    ]
    if adapter.probe:
        places.append((("adapter", "probe", "path"), adapter.probe.slots, params))
    for loc, slots, known in places:
        for slot in sorted(slots - known):
            yield loc, f"{{{slot}}} cannot be filled{near(slot, known)}; there are {listed(sorted(known))}"


def _read_back(control: Control, adapter: HttpAdapter) -> Wrong:
    """A read that names its fields must name exactly those that levels have, or nothing ever matches."""
    parsed = jmespath.compile(adapter.read.value).parsed
    if parsed["type"] != "multi_select_dict":
        return
    read = {child["value"] for child in parsed["children"]}
    if odd := read ^ set(control.levels[0].value):
        side = "reads" if min(odd) in read else "does not read"
        yield ("adapter", "read", "value"), f"the read-back {side} `{min(odd)}`, unlike the levels"
