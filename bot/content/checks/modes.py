"""Service modes and the ladder: known controls and levels, and a way out that only loosens, to the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from bot.content.checks.ids import ids
from bot.content.draft import Draft
from bot.content.problems import near
from bot.content.source import Loc, Source
from bot.domain.control import Control, matching
from bot.domain.errors import ContentError
from bot.domain.mode import Ladder, LadderStep, ModeId, ServiceMode, mode_levels
from bot.domain.public_words import forbidden


def check_modes(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with modes beyond their own fields."""
    if draft.modes is None:
        return
    source, modes = draft.modes.source, draft.modes.value.modes
    for missing in set(ModeId) - set(modes):
        yield source.error(("modes",), f"mode `{missing}` is missing")
    protected = modes.get(ModeId.PROTECTED)
    if protected is not None and (protected.ladder is None or not protected.ladder.begin):
        reason = "mode protected needs a `ladder` with gates to `begin`; it is the only way out"
        yield source.error(("modes", "protected"), reason)
    for mode in modes.values():
        yield from _words(source, mode)
        if draft.controls is not None:
            yield from _mode(source, mode, draft.controls.value.controls)
        if mode.ladder is not None and draft.signals is not None:
            yield from _gates(source, mode.id, mode.ladder, draft.signals.value.gates)


def _words(source: Source, mode: ServiceMode) -> Iterator[ContentError]:
    loc: Loc = ("modes", mode.id.value)
    texts: list[tuple[Loc, str]] = [(("says",), mode.says)]
    texts += [(("guarantees", i, "text"), g.text) for i, g in enumerate(mode.guarantees)]
    steps = mode.ladder.steps if mode.ladder else ()
    texts += [(("ladder", "steps", i, "title"), step.title) for i, step in enumerate(steps)]
    for where, text in texts:
        if word := forbidden(text):
            yield source.error((*loc, *where), f"`{word}` is never said in public")
    yield from ids(source, [(g.id, (*loc, "guarantees", i, "id")) for i, g in enumerate(mode.guarantees)])
    yield from ids(source, [(s.id, (*loc, "ladder", "steps", i, "id")) for i, s in enumerate(steps)])


def _mode(source: Source, mode: ServiceMode, controls: tuple[Control, ...]) -> Iterator[ContentError]:
    loc: Loc = ("modes", mode.id.value)
    named = [((*loc, "levels"), mode.levels)]
    named += [((*loc, "guarantees", i, "needs"), g.needs) for i, g in enumerate(mode.guarantees)]
    if mode.ladder:
        steps = mode.ladder.steps
        named += [((*loc, "ladder", "steps", i, "levels"), s.levels) for i, s in enumerate(steps)]
    wrong = [error for where, levels in named for error in _levels(source, where, levels, controls)]
    if mode.ladder:
        wrong += _rest(source, (*loc, "ladder", "steps"), mode.ladder, controls)
    yield from wrong
    if not wrong:
        yield from _twice(source, loc, mode, controls)
        yield from _irreversible(source, loc, mode, controls)
    if not wrong and mode.ladder:
        yield from _Way(source, mode, mode.ladder, controls).wrong()


def _levels(
    source: Source, loc: Loc, levels: Mapping[str, str], controls: tuple[Control, ...]
) -> Iterator[ContentError]:
    for pattern, level in levels.items():
        yield from _pattern(source, (*loc, pattern), pattern, (level,), controls)


def _rest(source: Source, loc: Loc, ladder: Ladder, controls: tuple[Control, ...]) -> Iterator[ContentError]:
    for index, step in enumerate(ladder.steps):
        for pattern, stages in (step.rest or {}).items():
            where = (*loc, index, "rest", pattern)
            yield from _pattern(source, where, pattern, stages, controls)


def _pattern(
    source: Source, loc: Loc, pattern: str, levels: tuple[str, ...], controls: tuple[Control, ...]
) -> Iterator[ContentError]:
    found = matching(controls, pattern)
    if not found:
        reason = f"no control matches `{pattern}`{near(pattern, [c.id for c in controls])}"
        yield source.error(loc, reason, key=True)
    for control in found:
        known = [level.id for level in control.levels]
        for level in levels:
            if level not in known:
                reason = f"{control.id} has no level `{level}`{near(level, known)}"
                yield source.error(loc, reason)


def _twice(
    source: Source, loc: Loc, mode: ServiceMode, controls: tuple[Control, ...]
) -> Iterator[ContentError]:
    seen: dict[str, str] = {}
    for pattern in mode.levels:
        for control in matching(controls, pattern):
            if control.id in seen:
                reason = f"{control.id} already gets a level from `{seen[control.id]}`"
                yield source.error((*loc, "levels", pattern), reason, key=True)
            seen[control.id] = pattern


def _irreversible(
    source: Source, loc: Loc, mode: ServiceMode, controls: tuple[Control, ...]
) -> Iterator[ContentError]:
    for pattern in mode.levels:
        for control in matching(controls, pattern):
            if control.irreversible:
                reason = f"{control.id} is irreversible and belongs in no mode"
                yield source.error((*loc, "levels", pattern), reason, key=True)


def _gates(
    source: Source, mode: ModeId, ladder: Ladder, gates: Mapping[str, object]
) -> Iterator[ContentError]:
    loc: Loc = ("modes", mode.value, "ladder")
    named: list[tuple[Loc, str]] = [(("begin", i), gate) for i, gate in enumerate(ladder.begin)]
    named += [(("step_back", i), gate) for i, gate in enumerate(ladder.step_back)]
    named += [(("steps", i, "gate"), s.gate) for i, s in enumerate(ladder.steps) if s.gate]
    for where, gate in named:
        if gate not in gates:
            yield source.error((*loc, *where), f"there is no gate `{gate}`{near(gate, gates)}")


class _Way:
    """The ladder as each control walks it: from the mode's level, never tighter again, down to normal."""

    def __init__(
        self, source: Source, mode: ServiceMode, ladder: Ladder, controls: tuple[Control, ...]
    ) -> None:
        self.source = source
        self.mode = mode
        self.ladder = ladder
        self.controls = controls
        self.loc: Loc = ("modes", mode.id.value, "ladder", "steps")

    def wrong(self) -> Iterator[ContentError]:
        """Where the way tightens, and what it leaves behind."""
        begin = {c.id: level.id for c, level in mode_levels(self.mode, self.controls)}
        for control in self.controls:
            walked = list(self._walked(control))
            start = [] if control.id not in begin else [((*self.loc,), begin[control.id])]
            for (_, before), (loc, after) in pairwise([*start, *walked]):
                if control.index(after) > control.index(before):
                    reason = f"the ladder tightens {control.id} again, from {before} to {after}"
                    yield self.source.error(loc, reason)
            if not control.irreversible and (not walked or walked[-1][1] != "normal"):
                yield self.source.error(self.loc, self._left_behind(control, walked, begin))

    def _left_behind(self, control: Control, walked: list[tuple[Loc, str]], begin: Mapping[str, str]) -> str:
        if walked or control.id in begin:
            left = walked[-1][1] if walked else begin[control.id]
            return f"the ladder ends with {control.id} still at {left}; lead it to normal"
        rest = [f" of the step `{step.id}`" for step in self.ladder.steps if step.rest]
        return (
            f"{control.id} is in no ladder step, so nothing would ever reopen it; "
            f"add `{control.id}: [normal]` under `rest`{rest[-1] if rest else ' of a step'}"
        )

    def _walked(self, control: Control) -> Iterator[tuple[Loc, str]]:
        for index, step in enumerate(self.ladder.steps):
            yield from self._stages(control, step, (*self.loc, index))

    def _stages(self, control: Control, step: LadderStep, loc: Loc) -> Iterator[tuple[Loc, str]]:
        for pattern, level in step.levels.items():
            if matching([control], pattern):
                yield (*loc, "levels", pattern), level
        for pattern, stages in (step.rest or {}).items():
            if matching([control], pattern):
                yield from (((*loc, "rest", pattern, i), stage) for i, stage in enumerate(stages))
