"""Answering the question that holds past their review time ask: hold on, or propose the way out."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.control import Hold
from bot.domain.errors import BadInput, Ended, NotFound
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.slack import ids
from bot.slack.ask import Ask, Open, Reply, say
from bot.slack.cards.forms import release_form, words_form
from bot.slack.durations import leading_duration
from bot.slack.ids import Form
from bot.slack.text import utc
from bot.usecases import approvals, reviews

EXTEND = "`/protected-mode extend 1h Northbank's answer is due at 05:00`"
OFF = "`/protected-mode off The cause has ended and coverage is back`"
RELEASE = "`/control release withdrawals.risk Northbank settles again`"


async def extend_words(ask: Ask, incident_id: str, words: str) -> Reply:
    """`/protected-mode extend <duration> <justification>`."""
    by, why = leading_duration(words)
    if by is None:
        raise BadInput("Begin with for how long, in minutes or hours, then say why.", example=reviews.EXAMPLE)
    return _extended(incident_id, *await reviews.extend_holds(ask.ctx, ask.actor, incident_id, by, why))


async def ask_extend(ask: Ask) -> Reply:
    """The first button: why should it be held on?"""
    incident_id, length = ids.parts(ask.packed, 2)
    reviews.entitled(ask.ctx, ask.actor, incident_id)
    await _open_incident(ask, incident_id)
    memory = ids.metadata(incident=incident_id, length=length, channel=ask.channel)
    form = words_form(
        Form.EXTEND,
        f"Hold on · {incident_id}",
        "Why should it be held on for another hour?",
        memory,
        submit="Extend 1 h",
        hint="Nothing moves: everything held stays as it is, and is asked about again.",
    )
    return Open(form, EXTEND)


async def extend(ask: Ask) -> Reply:
    """The submitted answer."""
    by, _ = leading_duration(ask.memory.get("length", ""))
    done = await reviews.extend_holds(
        ask.ctx,
        ask.actor,
        ask.memory.get("incident", ""),
        by or timedelta(hours=1),
        ask.fields.get("justification", ""),
    )
    return _extended(ask.memory.get("incident", ""), *done)


async def ask_way_out(ask: Ask) -> Reply:
    """The second button: the ladder out of a mode, or the release of one control where no mode is set."""
    incident = await _open_incident(ask, ask.packed)
    memory = ids.metadata(incident=incident.id, channel=ask.channel)
    if incident.mode is not ModeId.NORMAL:
        label = "Why may it reopen now?"
        return Open(words_form(Form.OFF, f"Reopen · {incident.id}", label, memory, submit="Propose"), OFF)
    async with ask.ctx.store.read() as tx:
        held = sorted({h.control_id for h in await tx.holds.of(incident.id) if h.in_force})
    if not held:
        raise NotFound(f"{incident.id} holds nothing any more.")
    return Open(release_form(incident.id, held, memory), RELEASE)


async def release(ask: Ask) -> Reply:
    """Propose to release one control."""
    proposal = await approvals.propose_release(
        ask.ctx,
        ask.actor,
        ask.memory.get("incident", ""),
        ask.fields.get("control", ""),
        ask.fields.get("justification", ""),
    )
    return say(f"Proposed. It waits for a second person, until {utc(proposal.shown.expires_at)}.")


async def _open_incident(ask: Ask, incident_id: str) -> Incident:
    async with ask.ctx.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
    if incident.ended:
        raise Ended(f"{incident.id} has ended; nothing was changed.")
    return incident


def _extended(incident_id: str, holds: list[Hold], until: datetime) -> Reply:
    count = "one hold" if len(holds) == 1 else f"{len(holds)} holds"
    return say(f"{incident_id}: {count} will be asked about again at {utc(until)}. Nothing else has changed.")
