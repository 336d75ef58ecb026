"""The two buttons of what is set by hand."""

from __future__ import annotations

from bot.domain.base import Environment
from bot.domain.errors import Stale
from bot.slack import ids
from bot.slack.ask import Ask, Reply, say
from bot.slack.ids import OLD
from bot.slack.text import escape
from bot.usecases import by_hand


async def done(ask: Ask) -> Reply:
    """Somebody has set it."""
    task = await by_hand.set_by_hand(ask.ctx, ask.actor, *_which(ask))
    return say(f"Noted: you have set {escape(task.control_id)}. It counts once another person has looked.")


async def seen(ask: Ask) -> Reply:
    """Somebody else has looked."""
    task = await by_hand.attest(ask.ctx, ask.actor, *_which(ask))
    return say(f"Attested: {escape(task.control_id)} is as wanted.")


def _which(ask: Ask) -> tuple[Environment, str, str, int]:
    environment, control_id, target, generation = ids.parts(ask.packed, 4)
    if environment not in set(Environment):
        raise Stale(OLD)
    return Environment(environment), control_id, target, ids.number(generation)
