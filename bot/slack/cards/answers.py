"""Private answers: status, list, brief, steps, timeline."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.incident import Incident
from bot.slack.cards.blocks import Block, Message, actions, button, context, header, lines, section
from bot.slack.cards.incident import (
    customers_line,
    number_lines,
    off_normal,
    people_lines,
    phase_words,
    public_line,
    top_lines,
)
from bot.slack.cards.steps import open_steps, step_blocks
from bot.slack.cards.words import progress, title
from bot.slack.ids import Act, value
from bot.slack.text import escape, span, utc
from bot.usecases.views import IncidentView, StepView

LISTED = 20
STEPS = 15


def line(text: str) -> Message:
    """One sentence of ours; `text` is markup."""
    return Message(text)


def status(view: IncidentView) -> Message:
    """Where an incident stands, without buttons."""
    head = _status_head(view)
    texts = [*top_lines(view), *number_lines(view), *people_lines(view)]
    return _status(view, head, texts)


def status_outside(view: IncidentView) -> Message:
    """The same for those outside its channel: no reserve figures, and no words that may hold some."""
    head = _status_head(view)
    more = "What else is known stands in its channel; ask the commander to be let in."
    texts = [progress(view), customers_line(view), public_line(view), *people_lines(view), more]
    return _status(view, head, texts)


def _status_head(view: IncidentView) -> str:
    return f"{title(view.incident)} · {phase_words(view.incident.phase)} · {span(view.elapsed)}"


def _status(view: IncidentView, head: str, texts: list[str]) -> Message:
    blocks = [header(head), *lines(texts)]
    if off := off_normal(view):
        blocks += lines(["*Controls off normal*", *off])
    return Message(f"{escape(head)}: {progress(view)}", [*blocks, context(f"As of {view.now:%H:%M:%S} UTC.")])


def incident_list(running: Sequence[Incident], ended: Sequence[Incident]) -> Message:
    """Open incidents, then those that ended last."""
    texts = ["*Open*" if running else "No incident is open. `/incident declare` opens one."]
    texts += [_listed(i) for i in running[:LISTED]]
    if len(running) > LISTED:
        texts.append(f"… and {len(running) - LISTED} more")
    if ended:
        texts += ["*Ended*", *(_listed(i) for i in ended[:LISTED])]
    return Message(f"{len(running)} incidents open", lines(texts))


def brief(view: IncidentView, last: Sequence[str]) -> Message:
    """Half a page that lets the next commander start; `last` are the newest timeline lines."""
    incident = view.incident
    head = f"Brief · {title(incident)}"
    waiting = open_steps(view)
    overdue = [s for s in waiting if s.overdue]
    texts = [
        (
            f"Declared {utc(incident.declared_at)}, {span(view.elapsed)} ago; "
            f"in {phase_words(incident.phase)} for {span(view.now - incident.phase_since)}"
        ),
        *top_lines(view),
        *number_lines(view),
        *people_lines(view),
        f"Steps: {len(waiting)} open, {len(overdue)} overdue"
        + (": " + ", ".join(escape(s.step.title, 80) for s in overdue[:4]) if overdue else ""),
        "*Controls off normal*" if view.controls else "All controls are seen at normal or were never read",
        *off_normal(view),
        "*Last*",
        *last,
    ]
    return Message(f"{escape(head)}: {progress(view)}", [header(head), *lines(texts)])


def steps(view: IncidentView, chosen: Sequence[StepView]) -> Message:
    """Open steps with their buttons."""
    if not chosen:
        return Message(f"{view.incident.id} has no open step.")
    blocks: list[Block] = []
    for step in chosen[:STEPS]:
        blocks += step_blocks(view, step)
    more = [context(f"… and {len(chosen) - STEPS} more")] if len(chosen) > STEPS else []
    return Message(f"{len(chosen)} open steps in {view.incident.id}", [*blocks, *more])


def timeline(incident: Incident, rows: Sequence[str]) -> Message:
    """The newest rows of the ledger, newest first; `rows` are markup."""
    head = f"Timeline · {incident.id}"
    return Message(f"{head}: {len(rows)} newest entries", [header(head), *lines(rows)])


def confirm_declare(said: str, token: str) -> Message:
    """The one confirmation of `/incident declare <summary>`."""
    blocks = [
        section(f"Declare an incident? *{escape(said)}*"),
        actions(
            button(Act.DECLARE, "Declare", value("sev2", token, said), "sev2", "primary"),
            button(Act.DECLARE, "Declare as SEV1", value("sev1", token, said), "sev1", "danger"),
        ),
        context("Nothing is declared yet. SEV2 unless you choose SEV1."),
    ]
    return Message(f"Declare an incident? {escape(said)}", blocks)


def _listed(incident: Incident) -> str:
    where = f" <#{incident.slack.channel}>" if incident.slack and incident.slack.own else ""
    return (
        f"• *{incident.id}* {escape(incident.code_name)} · {incident.severity.upper()} · "
        f"{phase_words(incident.phase)} · {incident.mode.upper()} · since {utc(incident.declared_at)}{where}"
    )
