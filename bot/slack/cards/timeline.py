"""One line for each row of an incident's ledger."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from bot.domain.ledger import Row
from bot.slack.text import escape
from bot.usecases.record import BREAKWATER
from bot.usecases.views import IncidentView

PHRASES = {
    "incident.declared": "declared: {summary}",
    "role.assigned": "gave {given} to {to}",
    "role.acknowledged": "answered as {roles}",
    "role.unanswered": "no answer yet from {roles}",
    "note": "{text}",
    "classification.answered": "“{asked}” — {answer} {remark}",
    "classification.named": "named the class",
    "class.set": "class {before} → {after}",
    "phase.decided": "decided on {to}: {justification}",
    "phase.entered": "phase {before} → {after}",
    "step.done": "did {step} {said}",
    "step.skipped": "skipped {step}: {justification}",
    "step.blocked": "blocked {step}: {justification}",
    "step.overdue": "{step} is overdue",
    "steps.superseded": "no longer asked: {steps} ({reason})",
    "control.decided": "tightened {control}{levels} {level}: {justification}",
    "mode.decided": "set {mode} mode: {justification}",
    "mode.left": "back to {mode} mode",
    "hold.ratified": "ratified {control}",
    "hold.unratified": "{control} was not ratified in time",
    "hold.review_due": "{control} is due for review",
    "proposal.made": "proposed {proposes}: {justification}",
    "proposal.approved": "approved the proposal",
    "proposal.refused": "refused the proposal: {justification}",
    "proposal.expired": "the proposal expired",
    "proposal.stale": "the proposal no longer fits: {changed}",
    "plan.stage_begun": "reopening began: {title}",
    "plan.stage_confirmed": "reopening confirmed: {title}",
    "plan.paused": "reopening paused: {reason}",
    "plan.ended": "reopening ended: {reason}",
    "plan.done": "reopening is done",
    "publication.drafted": "drafted {spec}",
    "publication.edited": "edited the draft",
    "publication.approved": "approved what the public is told",
    "publication.published": "published",
    "publication.discarded": "discarded the draft",
    "publication.outdated": "a draft was overtaken by the facts",
    "public.overdue": "the public word is overdue",
    "actuation.intended": "setting {control} to {level}",
    "actuation.settled": "{control} settled: {outcome}",
    "actuation.confirmed": "{control} is confirmed at {level}",
    "actuation.already_set": "{control} was at {level} already",
    "actuation.superseded": "{control} at {level} was overtaken by a later decision",
    "actuation.mismatch": "{control} is not as ordered: {detail}",
    "actuation.unknown": "{control} is unknown: {detail}",
    "actuation.rejected": "{control} was rejected: {detail}",
    "control.contested": "{control} is contested: {detail}",
    "control.external": "{control} is held tighter by somebody outside",
    "hold.put_back": "{control} is held again at {level}",
    "plan.resumed": "reopening goes on",
    "plan.stage_passed": "reopening passed a step over: {title}",
    "control.unreadable": "{control} cannot be read: {detail}",
    "room.settled": "settled in Slack {reason}",
    "room.moved": "moved in Slack: {reason}",
}


class _Data(dict[str, Any]):
    """A row's data; what a row does not say is left out of its phrase."""

    def __missing__(self, key: str) -> str:
        return ""


def row_line(row: Row, view: IncidentView) -> str:
    """`03:12:04 Alice Ng (incident commander) declared: …`; markup."""
    who = "Breakwater" if row.actor == BREAKWATER else view.name(row.actor)
    role = f" ({row.role.replace('_', ' ')})" if row.role else ""
    at = f"{row.at.astimezone(UTC):%H:%M:%S}"
    return f"{at} *{escape(who, 80)}*{role} {phrase(row)}"


def phrase(row: Row) -> str:
    """What happened; markup."""
    written = PHRASES.get(row.kind, row.kind.replace(".", " ").replace("_", " "))
    said = {k: _word(v) for k, v in row.data.items()}
    return escape(" ".join(written.format_map(_Data(said)).split()), 300)


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(v).replace("_", " ") for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return "none" if value is None else str(value)
