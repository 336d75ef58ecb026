"""A freeze as every card and Home shows it: who, why, what is still on its way, and how it is lifted."""

from __future__ import annotations

from bot.domain.freeze import FreezeScope
from bot.slack.cards.blocks import Block, button
from bot.slack.cards.words import joined, people
from bot.slack.ids import Act, value
from bot.slack.text import escape, utc
from bot.usecases.frozen import FreezeView

NAMED = 6


def freeze_lines(view: FreezeView | None) -> list[str]:
    """What stands still and what is awaited; none when nothing is frozen; markup."""
    if view is None:
        return []
    word, every = view.freeze.frozen, view.freeze.scope is FreezeScope.ALL
    what = "EVERYTHING IS FROZEN" if every else "LOOSENING IS FROZEN"
    stands = "nothing is tightened or loosened" if every else "nothing is loosened"
    said = f"by {escape(view.by, 80)}, {utc(word.at)}: {escape(word.why, 300)}"
    out = [f":snowflake: *{what}* {said} — {stands}"]
    if view.flying:
        out.append(f"Still on its way, answer awaited: {_named(view.flying)}")
    if view.lifting:
        left = f"; still to be read: {_named(view.unread)}" if view.unread else ""
        out.append(f"It is being lifted: every control is read again first{left}")
    elif view.asked:
        why = escape(view.asked.why, 300)
        who = people(view.may_lift)
        out.append(f"{escape(view.asked_by, 80)} proposes to lift it: {why} — waits for {who}")
    return out


def lift_buttons(view: FreezeView | None) -> list[Block]:
    """The button that proposes to lift it, or agrees to that."""
    if view is None or view.lifting:
        return []
    label = "Agree to lift the freeze" if view.asked else "Lift the freeze"
    return [button(Act.LIFT, label, value(view.freeze.id), "freeze")]


def _named(ids: tuple[str, ...]) -> str:
    return joined([escape(i, 80) for i in ids], NAMED, ", ")
