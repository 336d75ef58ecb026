"""Private answers: status, list, steps."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.incident import Incident
from bot.slack.cards.blocks import Message, actions, button, context, header, lines, section
from bot.slack.cards.incident import (
    customers_line,
    number_lines,
    off_normal,
    people_lines,
    phase_words,
    public_line,
    top_lines,
)
from bot.slack.cards.steps import steps_blocks
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


def steps(view: IncidentView, chosen: Sequence[StepView]) -> Message:
    """Open steps with their buttons."""
    if not chosen:
        return Message(f"{view.incident.id} has no open step.")
    blocks = steps_blocks(view, chosen[:STEPS])
    more = [context(f"… and {len(chosen) - STEPS} more")] if len(chosen) > STEPS else []
    return Message(f"{len(chosen)} open steps in {view.incident.id}", [*blocks, *more])


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
