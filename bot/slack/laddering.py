"""What people say to a reopening under way, by the buttons of the card."""

from __future__ import annotations

from bot.slack import ids
from bot.slack.ask import Ask, Open, Reply, say
from bot.slack.cards.forms import words_form
from bot.slack.ids import Form
from bot.usecases import ladder_words

AGAIN = "the button again in a moment"


async def ask_back(ask: Ask) -> Reply:
    """Why is the last step taken back?"""
    plan_id, shown = ids.parts(ask.packed, 2)
    memory = ids.metadata(plan=plan_id, shown=shown, channel=ask.channel)
    hint = "What it lowered is held again at once, as before it."
    form = words_form(
        Form.STEP_BACK, "Step back", "Why is it taken back?", memory, submit="Step back", hint=hint
    )
    return Open(form, AGAIN)


async def back(ask: Ask) -> Reply:
    """The submitted reason."""
    plan = await ladder_words.take_step_back(
        ask.ctx, ask.actor, _kept(ask, "plan"), _kept(ask, "shown"), ask.fields.get("justification", "")
    )
    return say(
        f"Stepped back: {len(plan.stages) - plan.stage} steps are ahead again. The card shows what is held."
    )


async def ask_on(ask: Ask) -> Reply:
    """Why may it go on?"""
    memory = ids.metadata(plan=ask.packed, channel=ask.channel)
    hint = "It goes on as soon as its gates are open, under the approval it has."
    form = words_form(Form.GO_ON, "Go on", "Why may it go on?", memory, submit="Go on", hint=hint)
    return Open(form, AGAIN)


async def on(ask: Ask) -> Reply:
    """The submitted reason."""
    await ladder_words.go_on(ask.ctx, ask.actor, _kept(ask, "plan"), ask.fields.get("justification", ""))
    return say("It goes on as soon as its gates are open and what was tightened is confirmed.")


def _kept(ask: Ask, name: str) -> str:
    return ask.memory.get(name, "")
