"""Words for when a feed is dead, a gate is shut or nobody answers: attest, and break the glass."""

from __future__ import annotations

from bot.domain.approval import ProposalStatus
from bot.domain.errors import BadInput, NotFound
from bot.slack.ask import Ask, Reply, say
from bot.slack.cards.words import people
from bot.slack.commands.words import head, meant_alone, own_words, parts
from bot.slack.text import escape, utc
from bot.usecases import attestations, overrides
from bot.usecases.overrides import EXAMPLE, Glass

REVIEW, PROPOSAL = "review", "prop_"


async def attest(ask: Ask, rest: str) -> Reply:
    """`/incident attest <gate> <what you see>`."""
    incident, words = await meant_alone(ask, rest)
    gate, seen = parts(own_words(words))
    if not gate:
        raise BadInput("Name the gate, then what you see.", example=attestations.EXAMPLE)
    done = await attestations.attest(ask.ctx, ask.actor, incident.id, gate, seen)
    title = escape(done.gate.title)
    if done.until is None:
        who = people([p.name for p in done.second])
        return say(f"Your word on “{title}” is kept. A second person must attest to it too: {who}.")
    return say(f"“{title}” is open as attested by two, until {utc(done.until)}.")


async def override(ask: Ask, rest: str) -> Reply:
    """`/incident override <gate or proposal> <reason code> <why>`, and `override review <what you found>`."""
    incident, words = await meant_alone(ask, rest)
    what, rest = parts(own_words(words))
    if what.casefold() == REVIEW:
        done = await overrides.review(ask.ctx, ask.actor, incident.id, rest)
        return say(f"Reviewed by you: {escape('; '.join(o.words for o in done))}.")
    code, why = head(rest)
    if not what or not code:
        codes = "; ".join(f"{c}: {means}" for c, means in overrides.reason_codes(ask.ctx).items())
        raise BadInput(f"Name the gate or proposal, a reason code, and why. Codes: {codes}.", example=EXAMPLE)
    glass = Glass(code, why)
    if what.casefold().startswith(PROPOSAL):
        return await _alone(ask, incident.id, what.casefold(), glass)
    truth, until = await overrides.override_gate(ask.ctx, ask.actor, incident.id, what, glass)
    opens = f"“{escape(truth.title)}” is held open until {utc(until)}; in truth it is {truth.verdict}"
    return say(f"{opens}. Everybody is told, and another person must review it.")


async def _alone(ask: Ask, incident_id: str, named: str, glass: Glass) -> Reply:
    async with ask.ctx.store.read() as tx:
        waiting = [p for p in await tx.proposals.of(incident_id) if p.status is ProposalStatus.OPEN]
    found = next((p for p in waiting if p.id.startswith(named)), None)
    if found is None:
        raise NotFound(f"No proposal of {incident_id} that begins {named[:40]} waits for a second person.")
    await overrides.override_approval(ask.ctx, ask.actor, found.id, found.hash, glass)
    return say("It is carried out on your word alone. Everybody is told, and another person must review it.")
