"""How controls are reached: that each slot can be filled, and that what is set is what can be read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import jmespath

from bot.content.draft import Controls
from bot.content.problems import listed, near
from bot.content.source import Loc
from bot.domain.adapter import (
    FOUND,
    ByHandAdapter,
    FanoutAdapter,
    HttpAdapter,
    HttpCall,
    LineAdapter,
    Mapped,
    Probe,
    slots_in,
    spoken,
)
from bot.domain.control import Control

Wrong = Iterator[tuple[Loc, str]]
_SCHEMES: Mapping[str, tuple[str, ...]] = {
    "http": ("http://", "https://"),
    "line": ("tcp://", "unix:"),
    "fanout": ("redis://", "rediss://", "unix:"),
}


def check_adapter(control: Control, found: Controls) -> Wrong:
    """Everything wrong with one control's way of being reached; places are below the control's own."""
    adapter = control.adapter
    if isinstance(adapter, HttpAdapter | LineAdapter | FanoutAdapter):
        yield from _service(adapter.service, adapter.kind, found, ("adapter", "service"))
        if adapter.probe:
            yield from _probe(control, adapter.probe, found)
    if isinstance(adapter, HttpAdapter):
        yield from _http(control, adapter)
    if isinstance(adapter, LineAdapter):
        yield from _line(control, adapter)
    if isinstance(adapter, Mapped):
        yield from _map(control, adapter)
    if isinstance(adapter, ByHandAdapter):
        yield from _slots(("adapter", "how"), slots_in(adapter.how), set(control.params))


def _service(name: str, kind: str, found: Controls, loc: Loc) -> Wrong:
    if name not in found.services:
        yield loc, f"there is no service `{name}`{near(name, found.services)}"
        return
    address = found.services[name].base_url
    if "${" not in address and not address.startswith(_SCHEMES[kind]):
        wanted = " or ".join(_SCHEMES[kind])
        yield loc, f"service {name} is at {address}, but this takes an address that begins with {wanted}"


def _probe(control: Control, probe: Probe, found: Controls) -> Wrong:
    if probe.service:
        yield from _service(probe.service, "http", found, ("adapter", "probe", "service"))
    known = [level.id for level in control.levels]
    for level_id in probe.expect:
        if level_id not in known:
            reason = f"{control.id} has no level `{level_id}`{near(level_id, known)}"
            yield ("adapter", "probe", "expect", level_id), reason
    extra = {FOUND} if isinstance(control.adapter, HttpAdapter) and control.adapter.resolve else set()
    yield from _call(("adapter", "probe"), probe, _filled(control) | extra)


def _http(control: Control, adapter: HttpAdapter) -> Wrong:
    params = {*control.params, "target"}
    extra = set()
    if adapter.resolve:
        yield from _call(("adapter", "resolve"), adapter.resolve, params)
        extra = {FOUND}
        if FOUND not in adapter.read.all_slots | adapter.set.all_slots:
            yield (
                ("adapter", "resolve"),
                f"it looks an id up that nothing uses; write {{{FOUND}}} where it belongs",
            )
    yield from _call(("adapter", "read"), adapter.read, params | extra)
    yield from _call(("adapter", "set"), adapter.set, _filled(control) | extra)
    yield from _read_back(control, adapter)


def _filled(control: Control) -> set[str]:
    """What can be filled where a level's value is known."""
    fields = set.intersection(*(set(level.value) for level in control.levels))
    rule = {"in_flight"} if all(level.in_flight for level in control.levels) else set()
    return {*control.params, "target"} | fields | rule


def _call(at: Loc, call: HttpCall, known: set[str]) -> Wrong:
    for part, slots in (
        ("path", call.slots),
        ("body", slots_in(call.body)),
        ("headers", slots_in(call.headers)),
    ):
        yield from _slots((*at, part), slots, known)


def _slots(loc: Loc, slots: set[str], known: set[str]) -> Wrong:
    for slot in sorted(slots - known):
        yield loc, f"{{{slot}}} cannot be filled{near(slot, known)}; there are {listed(sorted(known))}"


def _line(control: Control, adapter: LineAdapter) -> Wrong:
    params = {*control.params, "target"}
    yield from _slots(("adapter", "read", "send"), slots_in(adapter.read.send), params)
    yield from _slots(("adapter", "set", "send"), slots_in(adapter.set.send), _filled(control))
    groups = set(re.compile(adapter.read.value).groupindex)
    yield from _fields(control, groups)


def _read_back(control: Control, adapter: HttpAdapter) -> Wrong:
    """A read that names its fields must name exactly those that levels have, or nothing ever matches."""
    parsed = jmespath.compile(adapter.read.value).parsed
    if parsed["type"] == "multi_select_dict":
        yield from _fields(control, {child["value"] for child in parsed["children"]})


def _fields(control: Control, read: set[str]) -> Wrong:
    if odd := read ^ set(control.levels[0].value):
        side = "reads" if min(odd) in read else "does not read"
        yield ("adapter", "read", "value"), f"the read-back {side} `{min(odd)}`, unlike the levels"


def _map(control: Control, adapter: Mapped) -> Wrong:
    for field, words in adapter.map.items():
        loc: Loc = ("adapter", "map", field)
        if field not in control.levels[0].value:
            yield loc, f"no level has a field `{field}`{near(field, control.levels[0].value)}"
            continue
        for level in control.levels:
            if field in level.value and spoken(level.value[field]) not in words:
                said = spoken(level.value[field])
                yield loc, f"level {level.id} says `{said}`, for which the map has no word"
                break
