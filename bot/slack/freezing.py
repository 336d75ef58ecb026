"""Freezing and lifting by command, button and modal."""

from __future__ import annotations

from bot.domain.errors import BadInput, Stale
from bot.domain.freeze import TYPED, Freeze, FreezeScope
from bot.slack import ids
from bot.slack.ask import Ask, Open, Reply, say
from bot.slack.cards.blocks import Block, modal, section, typing
from bot.slack.cards.forms import WORDS, words_form
from bot.slack.cards.words import people
from bot.slack.commands.words import head, own_words
from bot.slack.ids import Form
from bot.slack.text import escape
from bot.usecases import freezing
from bot.usecases.frozen import freeze_view, standing_freeze

ALL = f"`/control {TYPED} Somebody else moves our controls`"
LIFT = f"`{freezing.LIFT_EXAMPLE}`"


async def freeze_words(ask: Ask, rest: str) -> Reply:
    """`/control freeze [all] <justification>`; the second opens a modal in which it is typed out."""
    first, why = head(rest)
    if first != "all":
        made = await freezing.freeze(ask.ctx, ask.actor, FreezeScope.LOOSENING, own_words(rest))
        return say(await _frozen(ask, made))
    freezing.entitled(ask.ctx, ask.actor, FreezeScope.ALL)
    return Open(_form(ask.channel, own_words(why)), ALL)


async def frozen_all(ask: Ask) -> Reply:
    """The submitted modal."""
    why, typed = ask.fields.get("justification", ""), ask.fields.get("typed", "")
    return say(await _frozen(ask, await freezing.freeze(ask.ctx, ask.actor, FreezeScope.ALL, why, typed)))


async def unfreeze_words(ask: Ask, rest: str) -> Reply:
    """`/control unfreeze <justification>`: proposes, or is the second person's yes."""
    if not own_words(rest):
        raise BadInput("Say why it may be lifted.", example=freezing.LIFT_EXAMPLE)
    return await _lift(ask, own_words(rest))


async def ask_lift(ask: Ask) -> Reply:
    """The button: why may it be lifted?"""
    async with ask.ctx.store.read() as tx:
        found = await standing_freeze(tx, ask.ctx.environment)
    if found is None or found.id != ask.packed:
        raise Stale("That freeze is over; look at the newest card.")
    memory = ids.metadata(freeze=found.id, channel=ask.channel)
    form = words_form(Form.LIFT, "Lift the freeze", "Why may it be lifted?", memory, submit="Lift it")
    return Open(form, LIFT)


async def lifted(ask: Ask) -> Reply:
    """The submitted answer."""
    return await _lift(ask, ask.fields.get("justification", ""), ask.memory.get("freeze", ""))


async def _lift(ask: Ask, why: str, seen: str = "") -> Reply:
    done = await freezing.lift(ask.ctx, ask.actor, why, seen)
    if done.agreed is not None:
        return say("Agreed. Every control is read again; then the freeze ends and what waited goes on.")
    async with ask.ctx.store.read() as tx:
        view = await freeze_view(ask.ctx, tx, ask.ctx.environment)
    return say(f"Proposed. Nothing moves until one of {people(view.may_lift if view else ())} agrees.")


async def _frozen(ask: Ask, made: Freeze) -> str:
    async with ask.ctx.store.read() as tx:
        view = await freeze_view(ask.ctx, tx, ask.ctx.environment)
    flying = view.flying if view else ()
    still = f" Still on its way: {escape(', '.join(flying), 600)}." if flying else ""
    what = "Nothing is tightened or loosened" if made.scope is FreezeScope.ALL else "Nothing is loosened"
    return f"Frozen. {what} anywhere until two people lift it.{still}"


def _form(channel: str, why: str) -> Block:
    text = (
        "*Tightening stops too*: what is not held yet stays open. To stop loosening alone: `/control freeze`."
    )
    blocks = [
        section(text),
        typing("justification", "Why?", initial=why, most=WORDS),
        typing("typed", f"Type “{TYPED}” in full", most=40, multiline=False),
    ]
    return modal(
        Form.FREEZE_ALL,
        "Freeze everything",
        blocks,
        memory=ids.metadata(channel=channel),
        submit="Freeze all",
    )
