"""The incident card: what a tired person must know, in one order, with numbers and their age."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import Phase, Role
from bot.domain.mode import ModeId
from bot.slack.cards.blocks import Block, Message, actions, button, context, divider, header, lines
from bot.slack.cards.freeze import freeze_lines, lift_buttons
from bot.slack.cards.ladder import plan_buttons, plan_line
from bot.slack.cards.reviews import review_buttons
from bot.slack.cards.steps import steps_blocks
from bot.slack.cards.words import (
    RANGE,
    awaited_line,
    control_line,
    joined,
    progress,
    reading_line,
    role_line,
    title,
)
from bot.slack.ids import Act, value
from bot.slack.text import escape, span, utc
from bot.usecases.control_views import ControlView
from bot.usecases.views import IncidentView

CONTROLS = 20
AWAITED = 3
RATIFY = 3
TROUBLES = 3
TIGHTENS = (Phase.CLASSIFY, Phase.STABILIZE, Phase.PROTECTED, Phase.RECOVER)


def incident_card(view: IncidentView) -> Message:
    """The pinned card."""
    incident = view.incident
    head = f"{title(incident)} · {phase_words(incident.phase)} · {span(view.elapsed)}"
    blocks = [header(head), *lines(top_lines(view)), *lines(number_lines(view)), *lines(people_lines(view))]
    if ratify := _ratify(view):
        blocks.append(ratify)
    if view.due and not incident.ended:
        blocks.append(actions(*review_buttons(incident.id)))
    if not incident.ended:
        blocks.append(divider())
        blocks += steps_blocks(view, view.current)
    if not incident.ended and (lifting := lift_buttons(view.freeze)):
        blocks.append(actions(*lifting))
    if say := plan_buttons(view):
        blocks.append(actions(*say))
    if row := _buttons(view):
        blocks.append(row)
    if off := off_normal(view):
        blocks += lines(["*Controls off normal*", *off])
    blocks += lines(trouble_lines(view))
    blocks.append(context(f"As of {view.now:%H:%M:%S} UTC. /incident help"))
    return Message(f"{escape(head)}. {progress(view)}", blocks)


def phase_words(phase: Phase) -> str:
    """`classify`, `stood down`."""
    return phase.value.replace("_", " ")


def top_lines(view: IncidentView) -> list[str]:
    """What it is about, the mode, the decision awaited, what customers can do."""
    out = [escape(view.incident.summary), *freeze_lines(view.freeze), progress(view)]
    out += [f"Waiting: {awaited_line(a, view.now)}" for a in view.awaited[:AWAITED]]
    if len(view.awaited) > AWAITED:
        out.append(f"… and {len(view.awaited) - AWAITED} more decisions wait")
    if not view.awaited:
        out.append("No decision is awaited")
    if view.plan is not None:
        out.append(plan_line(view))
    return [*out, customers_line(view)]


def customers_line(view: IncidentView) -> str:
    """What works and what is limited, as observed; markup."""
    works = joined([escape(g, 100) for g in view.facts.guarantees], 12, ", ") or "nothing is promised now"
    limits = joined([escape(r.rstrip("."), 160) for r in view.facts.restrictions], 4, "; ")
    limited = f"\n*Limited:* {limits}." if limits else ""
    unsure = " Some controls are not confirmed yet." if view.facts.settling else ""
    return f"*Customers now:* {works}.{limited}{unsure}"


def number_lines(view: IncidentView) -> list[str]:
    """Hot wallet, queue, books, class, public word; markup."""
    hot = reading_line(
        view,
        ("hot_empty_low", "*Hot wallet* empty in"),
        ("hot_empty_high", RANGE),
        ("refill_available", "refill"),
        ("refill_eta", "first in"),
    )
    queue = reading_line(
        view,
        ("queue_count", "*Waiting withdrawals*"),
        ("queue_value", "worth"),
        ("queue_oldest", "oldest"),
        ("inflow_hour", "in per hour"),
        ("outflow_hour", "out per hour"),
    )
    books = reading_line(view, ("books_drift", "*Books drift*"), ("reserve_ratio", "reserve ratio"))
    return [hot, queue, books, class_line(view), public_line(view)]


def class_line(view: IncidentView) -> str:
    """Class, provisional or confirmed, and the runner-up; markup."""
    incident = view.incident
    if incident.class_ is None:
        asked = f"; next question: {escape(view.finding.next.ask, 150)}" if view.finding.next else ""
        return f"*Class:* unknown{asked}"
    sure = "confirmed" if incident.class_confirmed else "provisional"
    other = f", runner-up {incident.runner_up.words}" if incident.runner_up else ""
    beside = f", with {incident.class_contributing.words}" if incident.class_contributing else ""
    books = f"; runbooks added: {escape(', '.join(view.situations), 300)}" if view.situations else ""
    return f"*Class:* {incident.class_.words} ({sure}){beside}{other}{books}"


def public_line(view: IncidentView) -> str:
    """When the public heard last and hears next; markup."""
    incident = view.incident
    last = (
        f"last {span(view.now - incident.last_update_at)} ago"
        if incident.last_update_at
        else "nothing said yet"
    )
    if incident.next_update_at is None:
        return f"*Public:* {last}"
    late = view.now - incident.next_update_at
    due = f"*overdue by {span(late)}*" if late >= timedelta() else f"next by {utc(incident.next_update_at)}"
    return f"*Public:* {last}, {due}"


def people_lines(view: IncidentView) -> list[str]:
    """Roles: the commander, those without an answer, those nobody holds, the others; markup."""
    first = [role_line(r) for r in view.roles if r.role is Role.INCIDENT_COMMANDER]
    others = [r for r in view.roles if r.role is not Role.INCIDENT_COMMANDER]
    silent = [role_line(r) for r in others if r.person and not r.acknowledged]
    free = ", ".join(r.role.words for r in others if r.person is None)
    answered = [role_line(r) for r in others if r.person and r.acknowledged]
    return [
        "*Roles:* " + " · ".join([*first, *silent, *([f"*nobody* is {free}"] if free else []), *answered])
    ]


def trouble_lines(view: IncidentView) -> list[str]:
    """What Slack will not do here, and how to mend it; markup."""
    more = len(view.troubles) - TROUBLES
    rest = [f"… and {more} more: `breakwater doctor`"] if more > 0 else []
    return [*(f":warning: {said}" for said in view.troubles[:TROUBLES]), *rest]


def off_normal(view: IncidentView) -> list[str]:
    """Controls off normal, the worst first; markup."""
    shown = sorted(view.controls, key=_confirmed_last)
    texts = [control_line(c, view.now) for c in shown[:CONTROLS]]
    return texts if len(shown) <= CONTROLS else [*texts, f"… and {len(shown) - CONTROLS} more: /control list"]


def _confirmed_last(control: ControlView) -> tuple[bool, str]:
    return control.confirmed, control.control.id


def _ratify(view: IncidentView) -> Block | None:
    rows = [
        button(Act.RATIFY, f"Ratify {h.control_id}", value(h.id, h.version), h.id, "primary")
        for h in view.unratified[:RATIFY]
    ]
    return actions(*rows) if rows and not view.incident.ended else None


def _buttons(view: IncidentView) -> Block | None:
    """Only what can be done where the incident stands."""
    incident = view.incident
    if incident.ended:
        return None
    named = value(incident.id)
    row: list[Block] = []
    if incident.phase in TIGHTENS:
        row.append(button(Act.TIGHTEN, "Tighten", named))
        if incident.mode is not ModeId.PROTECTED or incident.phase is Phase.RECOVER:
            row.append(button(Act.PROTECT, "Protected mode", named, style="danger"))
    row.append(button(Act.UPDATE, "Update", named))
    if incident.slack is not None and incident.slack.own:
        row.append(button(Act.CHART, "Chart", named))
    if any(not r.acknowledged for r in view.roles):
        row.append(button(Act.HERE, "I'm here", named))
    return actions(*row)
