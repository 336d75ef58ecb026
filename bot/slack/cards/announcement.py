"""The announcement in the incidents channel: that something is on, and nothing that could leak."""

from __future__ import annotations

from bot.domain.base import Role
from bot.slack.cards.blocks import Message, context, section
from bot.slack.cards.words import progress_plain, title
from bot.slack.text import escape, utc
from bot.usecases.views import IncidentView


def announcement(view: IncidentView) -> Message:
    """Severity, code name, phase, mode and who commands; no figures and no words about the cause."""
    incident = view.incident
    commander = incident.assigned.get(Role.INCIDENT_COMMANDER)
    who = f"{escape(view.name(commander), 80)} commands" if commander else "*nobody commands yet*"
    phase = incident.phase.value.replace("_", " ")
    head = escape(title(incident))
    state = f"{phase} · {progress_plain(view)} · {who} · since {utc(incident.declared_at)}"
    if incident.ended_at:
        state = f"{phase} at {utc(incident.ended_at)}"
    where = (
        "It lives here." if incident.slack and not incident.slack.own else "Ask the commander to be let in."
    )
    footer = context(where if not incident.ended else "It has ended.")
    return Message(f"{head}: {state}", [section(f"*{head}*\n{state}"), footer])
