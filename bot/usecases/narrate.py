"""What a ledger row says, in words: one sentence for what happened and the reason that was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.content import Content, Pinned
from bot.domain.ledger import Row
from bot.usecases.record import BREAKWATER

_SAYS = {
    "incident.declared": "declared: {summary}",
    "suggestion.raised": "suggested an incident: {summary}",
    "suggestion.dismissed": "dismissed the suggestion",
    "suggestion.escalated": "paged the {to}: nobody had taken the suggestion up",
    "suggestion.resolved": "the alert ended before anyone took the suggestion up",
    "role.assigned": "made {to} {given}",
    "role.acknowledged": "took up {roles}",
    "role.unanswered": "no answer yet from {roles}",
    "room.settled": "opened the incident's channel",
    "room.moved": "moved the incident to another channel",
    "note": "noted: {text}",
    "mode.decided": "set {mode} mode, {count} controls",
    "mode.left": "left the mode: {mode}",
    "control.decided": "set {control} to {level}",
    "control.unreadable": "could not read {control}",
    "control.external": "{control} is tighter than asked, and somebody else set it so",
    "control.contested": "{control} is contested: it was loosened again and again",
    "hold.ratified": "ratified {control}",
    "hold.put_back": "holds {control} again at {level}",
    "hold.review_due": "asked for a review of the hold on {control}",
    "hold.unratified": "nobody ratified {control} in time",
    "phase.decided": "decided to move on to {to}",
    "phase.entered": "phase {before} → {after}",
    "class.set": "class {after}, {firmness}",
    "classification.answered": "{asked} – {answer}",
    "classification.named": "named the class: {class_}",
    "step.done": "did {step}",
    "step.skipped": "skipped {step}",
    "step.blocked": "is blocked at {step}",
    "step.overdue": "{step} is overdue",
    "steps.superseded": "took {count} unfinished steps off the list",
    "proposal.made": "proposed to loosen {count} controls",
    "proposal.approved": "approved the proposal",
    "proposal.refused": "refused the proposal",
    "proposal.expired": "the proposal expired",
    "proposal.stale": "the proposal went stale: {changed} changed",
    "plan.stage_begun": "began the ladder step “{title}”",
    "plan.stage_confirmed": "confirmed the ladder step “{title}”",
    "plan.stage_passed": "passed over the ladder step “{title}”",
    "plan.paused": "paused the reopening",
    "plan.resumed": "went on with the reopening",
    "plan.ended": "ended the reopening",
    "plan.done": "finished the reopening",
    "publication.drafted": "drafted “{spec}”",
    "publication.edited": "edited the draft",
    "publication.approved": "approved the text",
    "publication.discarded": "discarded the draft",
    "publication.outdated": "held the text back: the facts had changed",
    "publication.published": "published the text",
    "macros.followed": "redrew the support macros",
    "public.overdue": "the promised public word is overdue",
    "actuation.intended": "sets {control} to {level}, generation {generation}",
    "actuation.settled": "{control} needs nothing set",
    "job.given_up": "gave up on {job} after {attempts} tries",
}
_WHY = ("justification", "said", "remark", "reason", "detail", "course")
_FALLBACK = {
    "actuation": "{control}: {outcome}, generation {generation}",
}


def names(content: Content, pinned: Pinned) -> dict[str, str]:
    """What people, controls and steps are called, by id."""
    called = {p.id: p.name for p in content.directory.people.values()}
    called |= {c.id: c.title for c in content.controls}
    return called | {s.id: f"“{s.title}”" for book in pinned.runbooks for s in book.steps}


@dataclass(frozen=True, slots=True)
class Told:
    """A ledger row in words: when, who in which role (empty for none), what, and the reason given."""

    at: datetime
    who: str
    role: str
    what: str
    why: str


def told(row: Row, called: Mapping[str, str]) -> Told:
    """A row in words, with what things are called by id."""
    return Told(row.at, who(row, called), row.role.replace("_", " "), happened(row, called), because(row))


def happened(row: Row, called: Mapping[str, str]) -> str:
    """What a row says happened, to follow the name of who did it; any kind of row has an answer."""
    family, _, rest = row.kind.partition(".")
    form = _SAYS.get(row.kind) or _FALLBACK.get(family)
    if form is None:
        return f"{family} {rest}".replace("_", " ").strip()
    return form.format_map(_Facts(row, called))


def because(row: Row) -> str:
    """The reason a row gives; empty when it gives none."""
    return next((str(row.data[name]) for name in _WHY if row.data.get(name)), "")


def who(row: Row, called: Mapping[str, str]) -> str:
    """The name of who did it."""
    return "Breakwater" if row.actor == BREAKWATER else called.get(row.actor, row.actor)


class _Facts(dict[str, str]):
    """A row's data as words; a name it lacks reads `–`."""

    def __init__(self, row: Row, called: Mapping[str, str]) -> None:
        super().__init__()
        self._row = row
        self._called = called

    def __missing__(self, name: str) -> str:
        made = _MADE.get(name)
        value = made(self._row) if made else self._row.data.get(name)
        if value is None and name == "level":
            return "what it was before"
        if name in _CALLED and isinstance(value, str) and value in self._called:
            return self._called[value]
        return _plain(value)


def _count(row: Row) -> int:
    data = row.data
    listed = data.get("levels") or data.get("steps") or data.get("shown", {}).get("moves") or ()
    return len(listed)


_CALLED = ("control", "step", "to")
_MADE: dict[str, Callable[[Row], Any]] = {
    "count": _count,
    "outcome": lambda row: row.kind.partition(".")[2],
    "firmness": lambda row: "confirmed" if row.data.get("confirmed") else "provisional",
}


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value) or "–"
    text = str(value)
    return text.replace("_", " ") if text.isidentifier() else text
