"""`/protected-mode`: on with a preview, off as a proposal, extend, status, help."""

from __future__ import annotations

from bot.domain.errors import BadInput, NotFound
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.domain.text import justification
from bot.slack.ask import Ask, Reply, Say, say
from bot.slack.cards.controls import mode_status
from bot.slack.cards.forms import WORDS
from bot.slack.cards.help import help_text
from bot.slack.cards.preview import mode_message
from bot.slack.cards.words import people, progress
from bot.slack.commands import previews
from bot.slack.commands.words import head, key, meant, meant_alone, own_words, unknown
from bot.slack.ids import value
from bot.slack.reviewing import extend_words
from bot.slack.text import utc
from bot.usecases import approvals
from bot.usecases.entitlement import which
from bot.usecases.views import incident_view

ON = "/protected-mode on Northbank has paused withdrawals and our queue is growing"
NONE = "-"


async def answer(ask: Ask) -> Reply:
    """Answer one `/protected-mode`. Raises Refusal and StoreError."""
    word, rest = head(ask.raw)
    if word == "on":
        return await _on(ask, rest)
    if word == "off":
        return await _off(ask, rest)
    if word == "extend":
        incident, words = await meant_alone(ask, rest)
        return await extend_words(ask, incident.id, own_words(words))
    if word == "status":
        return await _status(ask, rest)
    if word in ("", "help"):
        return Say(help_text("/protected-mode"))
    raise unknown("/protected-mode", word, ["on", "off", "extend", "status", "help"])


async def _on(ask: Ask, rest: str) -> Reply:
    named, words = key(rest)
    said = justification(own_words(words), example=ON, limit=WORDS)
    incident = await _running(ask, named)
    preview = await previews.mode(ask, ModeId.PROTECTED, incident)
    packed = value(ModeId.PROTECTED, incident.id if incident else NONE, ask.token, said)
    return Say(mode_message(preview, said, packed))


async def _running(ask: Ask, named: str | None) -> Incident | None:
    """The incident meant, or None where none is open and this declares one. Raises BadInput, NotFound."""
    async with ask.ctx.store.read() as tx:
        if named is None and not await tx.incidents.open():
            return None
        found = await which(tx, named, ask.channel)
        if not found.ended:
            return found
        if named is not None:
            raise NotFound(f"{found.id} has ended; nothing was changed.")
        running = await tx.incidents.open()
    if len(running) > 1:
        keys = ", ".join(i.id for i in running[:10])
        raise BadInput(
            f"{found.id} of this channel has ended and several others are open ({keys}). Name one.",
            example=f"/protected-mode on {running[0].id} Outflow has doubled since 03:10",
        )
    return running[0]


async def _off(ask: Ask, rest: str) -> Reply:
    incident, words = await meant_alone(ask, rest)
    proposal = await approvals.propose_off(ask.ctx, ask.actor, incident.id, own_words(words))
    who = people(approvals.approvers(ask.ctx, proposal))
    return say(f"Proposed for {incident.id}. It waits for {who}, until {utc(proposal.shown.expires_at)}.")


async def _status(ask: Ask, rest: str) -> Reply:
    async with ask.ctx.store.read() as tx:
        incident, _ = await meant(ask, tx, rest)
        view = await incident_view(ask.ctx, tx, incident.id)
    return Say(mode_status(view, progress(view)))
