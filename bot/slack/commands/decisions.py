"""The subcommands of `/incident` that decide something."""

from __future__ import annotations

from bot.domain.base import IncidentClass, Phase, Role
from bot.domain.errors import BadInput
from bot.slack.ask import Ask, Open, Reply, say
from bot.slack.cards.forms import words_form
from bot.slack.cards.incident import phase_words
from bot.slack.commands.words import head, meant_alone, own_words, person
from bot.slack.ids import Form, metadata
from bot.slack.text import escape
from bot.slack.transfers import add_runbook, offer_runbooks
from bot.slack.tree import first_question
from bot.usecases import classification, incidents, phases, publications

CLASSIFY = "/incident classify counterparty_failure Northbank confirmed it by phone"
PHASE = "/incident phase stabilize Outflow has doubled and the cause is known"
ROLE = "/incident role treasury_lead @bob"


async def classify(ask: Ask, rest: str) -> Reply:
    """Without words the tree, question by question; with a class and why, that class outright."""
    incident, words = await meant_alone(ask, rest)
    if not words:
        return await first_question(ask, incident.id)
    name, why = head(own_words(words))
    try:
        wanted = IncidentClass(name)
    except ValueError:
        known = ", ".join(c.value for c in IncidentClass)
        raise BadInput(f"There is no such class. There are: {known}.", example=CLASSIFY) from None
    await classification.set_class(ask.ctx, ask.actor, incident.id, wanted, why)
    return say(f"{incident.id}: the class is {wanted.words}, confirmed. Its steps are on the board.")


async def runbook(ask: Ask, rest: str) -> Reply:
    """Without words what can be added; with an id and why, that runbook."""
    incident, words = await meant_alone(ask, rest)
    if not words:
        return await offer_runbooks(ask, incident.id)
    name, why = head(own_words(words))
    return await add_runbook(ask, incident.id, name, why)


async def phase(ask: Ask, rest: str) -> Reply:
    """Move to another phase, with the reason."""
    incident, words = await meant_alone(ask, rest)
    name, why = head(own_words(words))
    try:
        to = Phase(name.replace("-", "_"))
    except ValueError:
        known = ", ".join(p.value for p in Phase)
        raise BadInput(f"There is no such phase. There are: {known}.", example=PHASE) from None
    moved = await phases.move_phase(ask.ctx, ask.actor, incident.id, to, why)
    return say(f"{moved.id} is {'' if moved.ended else 'in '}{phase_words(moved.phase)} now.")


async def role(ask: Ask, rest: str) -> Reply:
    """Give a role, or take a free one."""
    incident, words = await meant_alone(ask, rest)
    name, who = head(words)
    try:
        wanted = Role(name)
    except ValueError:
        known = ", ".join(r.value for r in Role)
        raise BadInput(f"There is no such role. There are: {known}.", example=ROLE) from None
    found = person(ask, who, ROLE)
    await incidents.assign_role(ask.ctx, ask.actor, incident.id, wanted, found.id)
    return say(f"{escape(found.name)} is {wanted.words} of {incident.id}.")


async def handoff(ask: Ask, rest: str) -> Reply:
    """Hand the command over."""
    incident, words = await meant_alone(ask, rest)
    found = person(ask, words, "/incident handoff @frank")
    await incidents.hand_off(ask.ctx, ask.actor, incident.id, found.id)
    return say(f"{escape(found.name)} commands {incident.id}. `/incident brief` tells them where it stands.")


async def note(ask: Ask, rest: str) -> Reply:
    """Write into the record."""
    incident, words = await meant_alone(ask, rest)
    await incidents.add_note(ask.ctx, ask.actor, incident.id, own_words(words))
    return say(f"Noted in {incident.id}.")


async def update(ask: Ask, rest: str) -> Reply:
    """Draft a status update."""
    incident, words = await meant_alone(ask, rest)
    spec = own_words(words).casefold() or None
    found = await publications.draft_update(ask.ctx, ask.actor, incident.id, spec)
    return say(f"“{escape(found.title)}” is drafted in the channel of {incident.id}, for approval.")


async def macros(ask: Ask, rest: str) -> Reply:
    """Draft the support macros."""
    incident, _ = await meant_alone(ask, rest)
    await publications.draft_macros(ask.ctx, ask.actor, incident.id)
    return say(f"The support macros are drafted in the channel of {incident.id}, for approval.")


async def standdown(ask: Ask, rest: str) -> Reply:
    """End an incident that was none."""
    incident, words = await meant_alone(ask, rest)
    ended = await phases.move_phase(ask.ctx, ask.actor, incident.id, Phase.STOOD_DOWN, own_words(words))
    return say(f"{ended.id} is stood down.")


async def close(ask: Ask, rest: str) -> Reply:
    """Close a reviewed incident; without words a modal asks for them."""
    incident, words = await meant_alone(ask, rest)
    if not words:
        form = words_form(
            Form.CLOSE,
            f"Close {incident.id}",
            "What came of it?",
            metadata(incident=incident.id, channel=ask.channel),
            submit="Close it",
        )
        return Open(form, "`/incident close The review is done and every step is finished`")
    ended = await phases.move_phase(ask.ctx, ask.actor, incident.id, Phase.CLOSED, own_words(words))
    return say(f"{ended.id} is closed.")
