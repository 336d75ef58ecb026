"""The second person's yes and no, and what they choose to put back where it was found off normal."""

from __future__ import annotations

from bot.domain.approval import Move, Proposal, ReleasePlan, Restore
from bot.domain.errors import BadInput, ProofNeeded
from bot.domain.proof import StepUp
from bot.slack import ids
from bot.slack.ask import Ask, Open, Replace, Reply, say
from bot.slack.cards.blocks import Block, context, field_, modal, option, section
from bot.slack.cards.forms import words_form
from bot.slack.cards.proposal import found_words
from bot.slack.ids import Form
from bot.slack.text import escape
from bot.usecases import approvals
from bot.usecases.step_up import Code, Offered, needed

AGAIN = "the button again in a moment"
FIELD, CODE = "restore", "code"
CODE_INPUT = {"type": "plain_text_input", "min_length": 6, "max_length": 7}


async def approve(ask: Ask) -> Reply:
    """Approve at once or, where something was found off normal, ask first what to put back."""
    proposal_id, shown = ids.parts(ask.packed, 2)
    async with ask.ctx.store.read() as tx:
        found = await tx.proposals.get(proposal_id)
    if found.shown.choices and found.hash == shown:
        return Open(_form(found, ask), AGAIN)
    if needed(ask.ctx, found) is StepUp.TOTP and found.hash == shown:
        return Open(_form(found, ask), AGAIN)
    return await _tried(ask, proposal_id, shown, {})


async def chosen(ask: Ask) -> Reply:
    """The submitted choices are part of the approval."""
    proposal_id = ask.memory.get("proposal", "")
    async with ask.ctx.store.read() as tx:
        found = await tx.proposals.get(proposal_id)
    controls = enumerate(m.control_id for m in found.shown.choices)
    restore = {control: ask.fields.get(f"{FIELD}.{n}", "") for n, control in controls}
    typed = ask.fields.get(CODE, "")
    try:
        return await _tried(
            ask, proposal_id, ask.memory.get("shown", ""), restore, Code(typed) if typed else None
        )
    except BadInput as wrong:
        if wrong.field != CODE:
            raise
        # This submission was committed with its wrong code: the next one is another step of the same view.
        return Replace(_form(found, ask, str(wrong)))


async def _tried(
    ask: Ask, proposal_id: str, shown: str, restore: dict[str, str], offered: Offered = None
) -> Reply:
    """Approve, or say what is still to be done before anything moves."""
    try:
        plan = await approvals.approve(ask.ctx, ask.actor, proposal_id, shown, restore, offered)
    except ProofNeeded as waits:
        return say(escape(str(waits)).replace(escape(waits.command), f"`{waits.command}`"))
    return _approved(plan)


async def ask_refuse(ask: Ask) -> Reply:
    """Why not?"""
    proposal_id, incident_id = ids.parts(ask.packed, 2)
    memory = ids.metadata(proposal=proposal_id, incident=incident_id, channel=ask.channel)
    form = words_form(Form.REFUSE, "Refuse the proposal", "Why not?", memory, submit="Refuse")
    return Open(form, AGAIN)


def _approved(plan: ReleasePlan) -> Reply:
    count = len(plan.stages)
    steps = "one step" if count == 1 else f"{count} steps"
    return say(f"Approved. It runs in {steps} by itself and pauses where a gate shuts.")


def _form(found: Proposal, ask: Ask, wrong: str = "") -> Block:
    blocks = [section(f"*{escape(found.what)}*")]
    if found.shown.choices:
        blocks = [
            section(f"*{escape(found.what)}*\nThis was off normal before it was held. What is put back?"),
            *(_choice(n, move) for n, move in enumerate(found.shown.choices)),
            context("The choice is part of what you approve."),
        ]
    if needed(ask.ctx, found) is StepUp.TOTP:
        blocks.append(field_(CODE, "The code of your authenticator app", CODE_INPUT))
    if wrong:
        blocks.append(context(f":warning: {escape(wrong)}"))
    step = str(int(ask.memory.get("step", "0")) + 1)
    memory = ids.metadata(proposal=found.id, shown=found.hash, channel=ask.channel, step=step)
    return modal(Form.APPROVE, "Approve", blocks, memory=memory, submit="Approve")


def _choice(n: int, move: Move) -> Block:
    options = [
        option(f"As it was found: {found_words(move)}", Restore.FOUND),
        option("Normal", Restore.NORMAL),
    ]
    return field_(f"{FIELD}.{n}", move.control_id, {"type": "radio_buttons", "options": options})
