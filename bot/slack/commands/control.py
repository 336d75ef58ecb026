"""`/control`: list, show, set, tighten, loosen, release, withdraw, freeze, unfreeze, help."""

from __future__ import annotations

from bot.domain.control import Control, Level
from bot.domain.errors import BadInput
from bot.domain.incident import Incident
from bot.slack.ask import Ask, Reply, Say, say
from bot.slack.cards.controls import control_list, control_shown, was_set
from bot.slack.cards.help import help_text
from bot.slack.cards.words import people
from bot.slack.commands import previews
from bot.slack.commands.words import head, meant_alone, own_words, parts, unknown
from bot.slack.freezing import freeze_words, unfreeze_words
from bot.slack.text import escape, utc
from bot.usecases import approvals, controls
from bot.usecases.control_views import control_views
from bot.usecases.frozen import freeze_view, frozen_words, standing_freeze

TIGHTEN = "/control tighten withdrawals.risk Outflow to new addresses has doubled"
PROPOSE = {
    "release": approvals.propose_release,
    "loosen": approvals.propose_lower,
    "withdraw": approvals.propose_withdrawal,
}
WORDS = ["list", "show", "set", "tighten", "loosen", "release", "withdraw", "freeze", "unfreeze", "help"]
SET = "/control set withdrawals.risk checked Outflow to new addresses has doubled"


async def answer(ask: Ask) -> Reply:
    """Answer one `/control`. Raises Refusal and StoreError."""
    word, rest = head(ask.raw)
    if word == "list":
        return await _list(ask)
    if word == "show":
        return await _show(ask, rest)
    if word == "set":
        return await _set(ask, rest)
    if word == "tighten":
        return await _tighten(ask, rest)
    if word in PROPOSE:
        return await _propose(ask, word, rest)
    if word == "freeze":
        return await freeze_words(ask, rest)
    if word == "unfreeze":
        return await unfreeze_words(ask, rest)
    if word in ("", "help"):
        return Say(help_text("/control"))
    raise unknown("/control", word, WORDS)


async def _list(ask: Ask) -> Reply:
    async with ask.ctx.store.read() as tx:
        views = await control_views(ask.ctx, tx)
        freeze = await freeze_view(ask.ctx, tx, ask.ctx.environment)
    return Say(control_list(views, ask.ctx.clock.now(), freeze))


async def _show(ask: Ask, rest: str) -> Reply:
    words = own_words(rest)
    if not words:
        raise BadInput("Name a control.", example="/control show withdrawals.risk")
    control = controls.named_control(ask.ctx, words)
    async with ask.ctx.store.read() as tx:
        views = await control_views(ask.ctx, tx)
    view = next(v for v in views if v.control.id == control.id)
    return Say(control_shown(view, ask.ctx.content.now.authority.rules[control.rule], ask.ctx.clock.now()))


async def _set(ask: Ask, rest: str) -> Reply:
    incident, words = await meant_alone(ask, rest)
    name, rest = parts(own_words(words))
    level_name, why = parts(rest)
    if not name or not level_name:
        raise BadInput("Name a control, a level and why.", example=SET)
    control = controls.named_control(ask.ctx, name)
    level = controls.named_level(control, level_name)
    return await _ordered(ask, incident, control, level, why)


async def _tighten(ask: Ask, rest: str) -> Reply:
    incident, words = await meant_alone(ask, rest)
    name, why = parts(own_words(words))
    if not name:
        raise BadInput("Name a control and why.", example=TIGHTEN)
    control = controls.named_control(ask.ctx, name)
    return await _ordered(ask, incident, control, await previews.next_level(ask, control), why)


async def _ordered(ask: Ask, incident: Incident, control: Control, level: Level, why: str) -> Reply:
    change = (await previews.levels(ask, [(control, level)]))[0]
    touched = await previews.impact(ask, control)
    await controls.set_control(ask.ctx, ask.actor, incident.id, control.id, level.id, why)
    async with ask.ctx.store.read() as tx:
        freeze = await standing_freeze(tx, incident.environment)
    stands = frozen_words(ask.ctx, freeze) if freeze and freeze.stops(loosening=False) else ""
    return Say(was_set(change, previews.loosening(ask, control, level), stands, touched))


async def _propose(ask: Ask, word: str, rest: str) -> Reply:
    incident, words = await meant_alone(ask, rest)
    name, why = parts(own_words(words))
    if not name:
        raise BadInput(
            "Name a control and why.", example=f"/control {word} withdrawals.risk Northbank settles again"
        )
    control = controls.named_control(ask.ctx, name)
    proposal = await PROPOSE[word](ask.ctx, ask.actor, incident.id, control.id, why)
    who = people(approvals.approvers(ask.ctx, proposal))
    until = utc(proposal.shown.expires_at)
    return say(f"Proposed for {incident.id}: {escape(proposal.what)}. It waits for {who}, until {until}.")
