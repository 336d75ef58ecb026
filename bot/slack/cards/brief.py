"""Half a page that lets the next commander start."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.base import Role
from bot.slack.cards.blocks import Block, Message, actions, button, context, header, lines
from bot.slack.cards.incident import (
    class_line,
    customers_line,
    number_lines,
    people_lines,
    phase_words,
    public_line,
)
from bot.slack.cards.steps import open_steps
from bot.slack.cards.timeline import packed, told_line
from bot.slack.cards.words import awaited_line, joined, progress, title
from bot.slack.ids import Act
from bot.slack.text import cut, escape, span, utc
from bot.usecases.briefs import Brief, Held
from bot.usecases.timeline import EVERYTHING
from bot.usecases.views import IncidentView, StepView

AWAITED, STEPS, HELD, NAMED = 4, 3, 5, 4
NUMBERS = 3  # of the lines that the card has, those that hold numbers
WANTED = (Role.INCIDENT_COMMANDER, Role.TREASURY_LEAD, Role.WALLET_OPS_LEAD, Role.COMMS_OWNER)


def brief_card(found: Brief, token: str = "", posted_by: str = "") -> Message:
    """The brief; with `token` it has buttons, with `posted_by` it says who posted it."""
    view = found.view
    head = f"Brief · {title(view.incident)}"
    texts = [
        *_happened(found),
        *_part("Held, and why", [_held(h) for h in found.held[:HELD]], "nothing is held"),
        *_part("Decisions awaited", [awaited_line(a, view.now) for a in view.awaited[:AWAITED]], "none"),
        *_part("Lately", [cut(told_line(t), 300) for t in found.lately], "nothing was decided or noted"),
        *people_lines(view),
        *_told(found),
        *_part("Next", [_step(s, view) for s in open_steps(view)[:STEPS]], "no step is open"),
        *_part("Not known", _unknown(view), "nothing that is asked for"),
        "*Numbers*",
        *(f"• {line}" for line in number_lines(view)[:NUMBERS]),
    ]
    footer = f"Posted by {escape(posted_by, 80)}. " if posted_by else ""
    blocks = [header(head), *lines(texts), *_buttons(view, token)]
    return Message(
        f"{escape(head)}: {progress(view)}", [*blocks, context(f"{footer}As of {view.now:%H:%M:%S} UTC.")]
    )


def _happened(found: Brief) -> list[str]:
    view, incident = found.view, found.view.incident
    since = f"{utc(incident.declared_at)}, {span(view.elapsed)} ago"
    return [
        f"*What happened*: {escape(incident.summary)} (declared by {escape(found.declared_by, 80)} {since})",
        (
            f"*Where it stands*: {phase_words(incident.phase)} for {span(view.now - incident.phase_since)} · "
            f"{progress(view)}"
        ),
        class_line(view),
        customers_line(view),
    ]


def _part(head: str, texts: Sequence[str], none: str) -> list[str]:
    return [f"*{head}*", *(f"• {text}" for text in texts)] if texts else [f"*{head}*: {none}"]


def _held(one: Held) -> str:
    names = joined([f"{escape(h.control_id)} {h.level}" for h in one.holds], NAMED, ", ")
    count = f"{len(one.holds)} controls" if len(one.holds) > 1 else "one control"
    what = f"{one.mode.value} mode, {count}" if one.mode else names
    why = f" – {escape(one.why, 200)}" if one.why else ""
    return f"{what}: {escape(one.by, 100)}, {utc(one.at)}{why}; reviewed {utc(one.review_at)}"


def _told(found: Brief) -> list[str]:
    if found.told is None or found.told.published_at is None:
        return [public_line(found.view)]
    said = f"“{escape(found.told.title, 100)}”, {utc(found.told.published_at)}"
    return [f"{public_line(found.view)} – the last word was {said}"]


def _step(step: StepView, view: IncidentView) -> str:
    holder = view.incident.assigned.get(step.step.role)
    who = escape(view.name(holder), 80) if holder else "*nobody*"
    due = step.state.due_at
    until = f"*overdue by {span(view.now - due)}*" if step.overdue else f"by {utc(due)}"
    return f"{escape(step.step.title, 120)} – {step.step.role.words} ({who}), {until}"


def _unknown(view: IncidentView) -> list[str]:
    """What nobody can say just now, the most dangerous first."""
    unsure = [escape(c.control.id) for c in view.held if c.observed is None]
    stale = [escape(r.spec.title, 60) for r in view.readings.values() if not r.fresh]
    free = [r.role.words for r in view.roles if r.person is None and r.role in WANTED]
    found = []
    if unsure:
        found.append(f"at which level these are: {joined(unsure, NAMED, ', ')}")
    if stale:
        found.append(f"no fresh figure of {joined(stale, NAMED, ', ')}")
    if view.incident.class_ is None:
        found.append("the class: what kind of shock it is")
    elif not view.incident.class_confirmed:
        found.append(f"whether it is {view.incident.class_.words}: the class is provisional")
    if free:
        found.append(f"who is {', '.join(free)}")
    return found


def _buttons(view: IncidentView, token: str) -> list[Block]:
    if not token:
        return []
    row = [] if view.incident.ended else [button(Act.BRIEF_POST, "Post in the channel", token)]
    return [actions(*row, button(Act.TIMELINE, "Timeline", packed(view.incident.id, 0, EVERYTHING)))]
