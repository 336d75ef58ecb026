"""What a ledger row says, in words: one sentence for what happened and the reason that was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.authority import Person
from bot.domain.ledger import Row

_SAYS = {
    "incident.declared": "declared: {summary}",
    "suggestion.raised": "suggested an incident: {summary}",
    "suggestion.dismissed": "dismissed the suggestion",
    "suggestion.escalated": "paged the {to}: nobody had taken the suggestion up",
    "role.assigned": "made {to_name} {given}",
    "role.acknowledged": "took up {roles}",
    "role.unanswered": "no answer yet from {roles}",
    "room.settled": "opened the incident's channel",
    "room.moved": "moved the incident to another channel",
    "note": "noted: {text}",
    "mode.decided": "set {mode} mode, {count} controls",
    "mode.left": "left the mode: {mode}",
    "control.decided": "set {control} to {level}",
    "control.unreadable": "could not read {control}",
    "hold.ratified": "ratified {control}",
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
    "plan.paused": "paused the reopening",
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
}
_WHY = ("justification", "said", "remark", "reason", "detail", "course")
_FALLBACK = {
    "actuation": "{control}: {outcome}, generation {generation}",
}


def happened(row: Row, people: Mapping[str, Person]) -> str:
    """What a row says happened, to follow the name of who did it; any kind of row has an answer."""
    family, _, rest = row.kind.partition(".")
    form = _SAYS.get(row.kind) or _FALLBACK.get(family)
    if form is None:
        return f"{family} {rest}".replace("_", " ").strip()
    return form.format_map(_Facts(row, people))


def because(row: Row) -> str:
    """The reason a row gives; empty when it gives none."""
    return next((str(row.data[name]) for name in _WHY if row.data.get(name)), "")


def who(row: Row, people: Mapping[str, Person]) -> str:
    """The name of who did it."""
    found = people.get(row.actor)
    return found.name if found else "Breakwater" if row.actor == "breakwater" else row.actor


class _Facts(dict[str, str]):
    """A row's data as words; a name it lacks reads `–`."""

    def __init__(self, row: Row, people: Mapping[str, Person]) -> None:
        super().__init__()
        self._row = row
        self._people = people

    def __missing__(self, name: str) -> str:
        made = _MADE.get(name)
        value = made(self._row, self._people) if made else self._row.data.get(name)
        if value is None and name == "level":
            return "what it was before"
        return _plain(value)


def _count(row: Row, _people: Mapping[str, Person]) -> int:
    data = row.data
    listed = data.get("levels") or data.get("steps") or data.get("shown", {}).get("moves") or ()
    return len(listed)


_MADE: dict[str, Callable[[Row, Mapping[str, Person]], Any]] = {
    "count": _count,
    "outcome": lambda row, _: row.kind.partition(".")[2],
    "firmness": lambda row, _: "confirmed" if row.data.get("confirmed") else "provisional",
    "to_name": lambda row, people: getattr(people.get(str(row.data.get("to"))), "name", row.data.get("to")),
}


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value) or "–"
    text = str(value)
    return text.replace("_", " ") if text.isidentifier() else text
