"""Pointing at things by their visible text, as a person would; what cannot be found is told in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.sandbox.people.screen import PRESSED, Control, Surface

MUCH = 4000
Hit = tuple[Surface, Control]


class NotSeen(AssertionError):
    """What the script expects is not on the person's screen; the message shows what is."""


def squeezed(text: str) -> str:
    """Text with every run of blanks and line ends made one blank."""
    return " ".join(text.split())


def shows(text: str, wanted: str) -> bool:
    """Whether the wanted words stand in the text, whatever the line breaks."""
    return squeezed(wanted) in squeezed(text)


def to_press(who: str, surfaces: Sequence[Surface], label: str, near: str | None) -> Hit:
    """The button or overflow option with this label, nearest to the words `near`.

    Raises:
        NotSeen: there is none, or several that only `near` could tell apart.
    """
    return _one(who, surfaces, f"button {label!r}", _pressable, label, near)


def to_fill(who: str, surfaces: Sequence[Surface], label: str, near: str | None) -> Hit:
    """The input, menu or picker with this label (or in the block with these words).

    Raises:
        NotSeen: there is none, or several that only `near` could tell apart.
    """
    return _one(who, surfaces, f"field {label!r}", lambda c: not _pressable(c), label, near)


def shortened(text: str) -> str:
    """As much of a screen as an error message can carry."""
    return text if len(text) <= MUCH else f"…{text[-MUCH:]}"


def _pressable(control: Control) -> bool:
    return control.kind in PRESSED or control.kind == "overflow"


def _one(
    who: str,
    surfaces: Sequence[Surface],
    thing: str,
    kind: Callable[[Control], bool],
    label: str,
    near: str | None,
) -> Hit:
    every = [(surface, control) for surface in surfaces for control in surface.controls() if kind(control)]
    hits = _nearest(_labelled(every, label), near)
    place = _place(surfaces, near)
    if not hits:
        raise NotSeen(f"{who} sees no {thing}{place}; visible {_kinds(thing)}: {_listed(every)}")
    surface = hits[-1][0]
    same = [hit for hit in hits if hit[0] is surface]
    if len(same) > 1:
        blocks = "; ".join(squeezed(control.block_text)[:80] for _, control in same)
        raise NotSeen(f"{who} sees {len(same)} times {thing}{place}: {blocks}. Say near what.")
    return same[0]


def _labelled(hits: Iterable[Hit], label: str) -> list[Hit]:
    wanted, found = squeezed(label).casefold(), list(hits)
    tests: tuple[Callable[[Control], bool], ...] = (
        lambda control: squeezed(control.label).casefold() == wanted,
        lambda control: wanted in squeezed(control.label).casefold(),
        lambda control: not _pressable(control) and wanted in squeezed(control.block_text).casefold(),
    )
    for test in tests:
        matching = [hit for hit in found if test(hit[1])]
        if matching:
            return matching
    return []


def _nearest(hits: list[Hit], near: str | None) -> list[Hit]:
    if near is None:
        return hits
    measured = [(distance, hit) for hit in hits if (distance := _distance(hit, near)) is not None]
    if not measured:
        return []
    newest = measured[-1][1][0]
    distances = [(distance, hit) for distance, hit in measured if hit[0] is newest]
    least = min(distance for distance, _ in distances)
    return [hit for distance, hit in distances if distance == least]


def _distance(hit: Hit, near: str) -> float | None:
    surface, control = hit
    places = [index for index, text in enumerate(surface.block_texts()) if shows(text, near)]
    if not places:
        return None
    # Buttons usually stand below what they belong to: a block above counts as half a step nearer.
    return min(abs(control.index - place) - (0.5 if place < control.index else 0) for place in places)


def _place(surfaces: Sequence[Surface], near: str | None) -> str:
    names = ", ".join(dict.fromkeys(surface.name for surface in surfaces))
    beside = f" near {near!r}" if near else ""
    return f"{beside} in {names}" if names else f"{beside}: there is nothing to see"


def _kinds(thing: str) -> str:
    return f"{thing.split(maxsplit=1)[0]}s"


def _listed(hits: Sequence[Hit]) -> str:
    return ", ".join(dict.fromkeys(repr(control.label) for _, control in hits)) or "none"
