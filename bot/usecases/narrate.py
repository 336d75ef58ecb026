"""What a ledger row says, in words: one sentence for what happened and the reason that was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.content import Content, Pinned
from bot.domain.freeze import FreezeScope
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
    "role.paged": "paged {roles}",
    "runbook.added": "added the runbook {title}",
    "room.settled": "opened the incident's channel",
    "room.moved": "moved the incident to another channel",
    "note": "noted: {text}",
    "mode.decided": "set {mode} mode, {controls}",
    "mode.left": "left the mode: {mode}",
    "control.decided": "set {settings}",
    "control.unreadable": "could not read {control}",
    "control.external": "{control} is tighter than asked, and somebody else set it so",
    "control.contested": "{control} is contested: it was loosened again and again",
    "control.set_by_hand": "set {control} to {level} by hand",
    "control.attested": "looked, and attested that {control} is at {level}",
    "control.test_begun": "began to try {control} and put it back",
    "control.test_ended": "ended trying {control}",
    "control.frozen": "{control} stands still: everything is frozen",
    "freeze.begun": "froze {frozen}",
    "freeze.lift_proposed": "proposed to lift the freeze",
    "freeze.lift_agreed": "agreed to lift the freeze; every control is read again first",
    "freeze.lifted": "the freeze is lifted{not_read}",
    "hold.ratified": "ratified {control}",
    "hold.put_back": "holds {control} again at {level}",
    "hold.extended": "put off the review of {held} until {until_time}",
    "evidence.kept": "kept as evidence what {author} wrote: {text}",
    "evidence.linked": "found the message that is evidence",
    "hold.review_due": "asked for a review of the hold on {control}",
    "suspensions.beyond_cap": "suspended {count} controls within an hour; the cap is {cap}",
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
    "transfer.proposed": "proposed to move {amount} {asset} from {bucket} to {to}",
    "transfer.agreed": "agreed to move {amount} {asset} from {bucket} to {to}",
    "transfer.sent": "sent {amount} {asset} from {bucket} to {to}: {hash}",
    "transfer.confirmed": "saw {amount} {asset} from {bucket} to {to} confirmed: {hash}",
    "transfer.called_off": "called off {amount} {asset} from {bucket} to {to}",
    "steps.superseded": "took {unfinished} off the list",
    "proposal.made": "proposed to loosen {moves}",
    "proposal.approved": "approved the proposal",
    "proposal.refused": "refused the proposal",
    "proposal.yes_unproved": "said yes to the proposal, and has still to prove it",
    "proposal.code_refused": "typed a one-time code that was refused",
    "override.used": "broke the glass past {past}",
    "override.reviewed": "reviewed what was overridden: {past}",
    "gate.attested": "attested to {title}",
    "request.signed": "signed a request on the command line",
    "proposal.unanswered": "paged executives: nobody had answered the proposal",
    "proposal.expired": "the proposal expired",
    "proposal.stale": "the proposal went stale: {changed} changed",
    "plan.stage_begun": "began {stage_title}{approved}",
    "plan.stage_confirmed": "confirmed {stage_title}",
    "plan.stage_passed": "passed over {stage_title}",
    "plan.stepped_back": "took back the ladder step “{title}”",
    "plan.step_back_confirmed": "confirmed that “{title}” is taken back",
    "plan.go_on": "let the reopening go on when its gates are open",
    "plan.paused": "paused the reopening",
    "plan.resumed": "went on with the reopening",
    "plan.ended": "ended the reopening",
    "plan.done": "finished the reopening",
    "publication.drafted": "drafted {publication}",
    "publication.edited": "edited the draft of {publication}",
    "publication.approved": "approved {publication}",
    "publication.discarded": "discarded the draft of {publication}",
    "publication.outdated": "held {publication} back: the facts had changed",
    "publication.published": "published {publication}",
    "macros.followed": "redrew the support macros",
    "public.overdue": "the promised public word is overdue",
    "actuation.intended": "sets {control} to {level}, generation {generation}",
    "actuation.settled": "{control}: {read_back}",
    "content.reloaded": "brought other content into force: {reloaded}",
    "deployment.restored": "put back a backup of the database that ended at ledger row {ended_at_row}",
    "job.given_up": "gave up on {job} after {attempts} tries",
    "job.left": "left {job}, which no worker has taken for a minute",
}
_WHY = ("justification", "said", "remark", "reason", "detail", "course")
_FALLBACK = {
    "actuation": "{control}: {outcome}, generation {generation}",
}
_PROPOSAL_ID = re.compile(r"\bprop_\w+")
_FEW = 3


def names(content: Content, pinned: Pinned) -> dict[str, str]:
    """What people, controls and steps are called, by id."""
    called = {p.id: p.name for p in content.directory.people.values()}
    called |= {c.id: c.title for c in content.controls}
    return called | {s.id: f"“{s.title}”" for book in pinned.runbooks for s in book.steps}


@dataclass(frozen=True, slots=True)
class Told:
    """A ledger row in words: when, who in which role (empty for none), what, and the reason given.

    `seq` is its place in the ledger, `link` where in Slack it is about, if anywhere.
    """

    at: datetime
    who: str
    role: str
    what: str
    why: str
    seq: int = 0
    link: str = ""


def told(row: Row, called: Mapping[str, str]) -> Told:
    """A row in words, with what things are called by id."""
    role, link = row.role.replace("_", " "), str(row.data.get("permalink") or "")
    return Told(row.at, who(row, called), role, happened(row, called), because(row), row.seq, link)


def happened(row: Row, called: Mapping[str, str]) -> str:
    """What a row says happened, to follow the name of who did it; any kind of row has an answer."""
    family, _, rest = row.kind.partition(".")
    form = _SAYS.get(row.kind) or _FALLBACK.get(family)
    if form is None:
        return f"{family} {rest}".replace("_", " ").strip()
    return form.format_map(_Facts(row, called))


def because(row: Row) -> str:
    """The reason a row gives; empty when it gives none."""
    said = next((str(row.data[name]) for name in _WHY if row.data.get(name)), "")
    return _PROPOSAL_ID.sub("the proposal", said)


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
        if made:
            return made(self._row, self._called)
        value = self._row.data.get(name)
        if value is None and name == "level":
            return "what it was before"
        if name in _CALLED and isinstance(value, str) and value in self._called:
            return self._called[value]
        return _plain(value)


def _counted(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _settings(row: Row, called: Mapping[str, str]) -> str:
    """`Change freeze to frozen`: a command writes its one control, a step all of its own in `levels`."""
    levels = row.data.get("levels") or {row.data.get("control"): row.data.get("level")}
    if len(levels) > _FEW:
        return _counted(len(levels), "control")
    pairs = [f"{called.get(c, _plain(c))} to {_plain(level)}" for c, level in levels.items()]
    return ", ".join(pairs)


def _moves(row: Row, called: Mapping[str, str]) -> str:
    moves = row.data.get("shown", {}).get("moves") or []
    if len(moves) == 1:
        control = moves[0].get("control_id")
        return called.get(control, _plain(control))
    return _counted(len(moves), "control")


def _stage(row: Row, called: Mapping[str, str]) -> str:
    """A release of one control is no step of a ladder."""
    levels = row.data.get("levels") or {}
    if row.data.get("stage") != "release":
        return f"the ladder step “{_plain(row.data.get('title'))}”"
    if len(levels) != 1:
        return f"“{_plain(row.data.get('title'))}”"
    control, level = next(iter(levels.items()))
    name = called.get(control, control)
    return f"the release of {name}" if level == "normal" else f"lowering {name} to {_plain(level)}"


def _approved(row: Row, called: Mapping[str, str]) -> str:
    by = called.get(str(row.data.get("proposal")))
    return f", {by}" if by else ""


def _publication(row: Row, called: Mapping[str, str]) -> str:
    if known := called.get(str(row.data.get("publication"))):
        return known
    return f"“{row.data['spec']}”" if row.data.get("spec") else "the text"


def _read_back(row: Row, _called: Mapping[str, str]) -> str:
    outcomes = set((row.data.get("outcomes") or {}).values())
    if outcomes and outcomes <= {"superseded"}:
        return "a later decision took the place of what was asked"
    if row.data.get("detail"):
        return "left as it is"
    return "already as asked, confirmed by reading back"


def _reloaded(row: Row, _called: Mapping[str, str]) -> str:
    counts = [(len(row.data.get(word) or ()), word) for word in ("added", "removed", "changed")]
    said = [f"{count} {word}" for count, word in counts if count]
    return f"{str(row.data.get('digest'))[:12]} ({', '.join(said) or 'layout alone'})"


_CALLED = ("control", "step", "to")
_MADE: dict[str, Callable[[Row, Mapping[str, str]], str]] = {
    "controls": lambda row, _: _counted(len(row.data.get("levels") or ()), "control"),
    "unfinished": lambda row, _: _counted(len(row.data.get("steps") or ()), "unfinished step"),
    "settings": _settings,
    "held": lambda row, _: _counted(len(row.data.get("controls") or ()), "hold"),
    "until_time": lambda row, _: f"{str(row.data.get('until', ''))[11:16]} UTC",
    "author": lambda row, called: called.get(str(row.data.get("author")), row.data.get("author_name", "")),
    "moves": _moves,
    "stage_title": _stage,
    "approved": _approved,
    "publication": _publication,
    "read_back": _read_back,
    "reloaded": _reloaded,
    "frozen": lambda row, _: FreezeScope(row.data.get("scope", FreezeScope.LOOSENING)).words,
    "not_read": lambda row, _: f"; not read: {', '.join(u)}" if (u := row.data.get("unread")) else "",
    "outcome": lambda row, _: row.kind.partition(".")[2].replace("_", " "),
    "firmness": lambda row, _: "confirmed" if row.data.get("confirmed") else "provisional",
}


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value) or "–"
    text = str(value)
    return text.replace("_", " ") if text.isidentifier() else text
