"""Transfers as people see them on a step, and the forms of a transfer and of a decision, pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.runbook import Step
from bot.domain.transfer import Bucket, Transfer, TransferState
from bot.slack.cards.blocks import Block, button, context, field_, lines, modal, option, typing
from bot.slack.cards.words import people
from bot.slack.ids import Act, Form, step_value, transfer_value
from bot.slack.text import escape
from bot.usecases.steps import StepRef
from bot.usecases.views import IncidentView, StepView

SHOWN = 3
REASON = 1500
HASH, TO, AMOUNT, ASSET = 128, 120, 40, 12
OPTION = 75


def transfer_lines(view: IncidentView, step: StepView) -> list[str]:
    """What a transfer step has moved, the newest last; markup."""
    every = step.state.transfers
    more = [f"… and {len(every) - SHOWN} before"] if len(every) > SHOWN else []
    return [*more, *(_line(view, t) for t in every[-SHOWN:])]


def transfer_buttons(step: StepView, ref: StepRef, suffix: str) -> list[Block]:
    """What can be done with the transfer under way; without one, proposing one, and Done once one arrived."""
    found = step.state.transfer
    if found is None:
        packed = step_value(ref, step.state.version)
        arrived = any(t.state is TransferState.CONFIRMED for t in step.state.transfers)
        label = "Another transfer" if arrived else "Propose a transfer"
        first = button(Act.STEP_DONE, label, packed, suffix, None if arrived else "primary")
        done = button(Act.TRANSFERS_DONE, "Done", packed, suffix, "primary")
        return [done, first] if arrived else [first]
    packed = transfer_value(ref, found.id)
    off = button(Act.TRANSFER_OFF, "Call off", packed, suffix)
    match found.state:
        case TransferState.PROPOSED:
            return [button(Act.TRANSFER_AGREE, "Agree", packed, suffix, "primary"), off]
        case TransferState.AGREED:
            return [button(Act.TRANSFER_SENT, "Sent", packed, suffix, "primary"), off]
        case _:
            return [button(Act.TRANSFER_SEEN, "Confirmed", packed, suffix, "primary")]


def transfer_form(step: Step, memory: str, buckets: Mapping[str, Bucket], seconds: Sequence[str]) -> Block:
    """Bucket, amount, where to and why; what is kept apart is not even offered."""
    options = [option(b.title, name) for name, b in buckets.items() if b.movable and len(name) <= OPTION]
    picker: Block = {"type": "static_select", "options": options[:100]}
    never = "Never from escrow or segregated customer funds."
    note = f"Send nothing yet: one of {people(seconds)} must agree first. {never}"
    blocks = [
        *lines([f"*{escape(step.title)}*", *_back(step), note]),
        field_("bucket", "Out of which bucket?", picker),
        typing("amount", "Amount", hint="For example 250000 or 0.75", most=AMOUNT, multiline=False),
        typing("asset", "Asset", hint="For example USDT", most=ASSET, multiline=False),
        typing("to", "Where to?", hint="For example: hot wallet on Tron", most=TO, multiline=False),
        typing("reason", "Why?", hint="It goes into the record, word for word.", most=REASON),
    ]
    return modal(Form.TRANSFER, "Propose a transfer", blocks, memory=memory, submit="Propose")


def sent_form(found: Transfer, memory: str) -> Block:
    """The hash of what was just broadcast."""
    field = typing("hash", "Transaction hash, or the bank's reference", most=HASH, multiline=False)
    blocks = [
        *lines(
            [f"*{escape(found.words)}*", "Agreed by two people. Sent, and seen to arrive, are two things."]
        ),
        field,
    ]
    return modal(Form.TRANSFER_SENT, "Sent", blocks, memory=memory, submit="Sent")


def off_form(found: Transfer, memory: str) -> Block:
    """Why a transfer is given up."""
    blocks = [
        *lines([f"*{escape(found.words)}*"]),
        typing("justification", "Why is it called off?", most=REASON),
    ]
    return modal(Form.TRANSFER_OFF, "Call off", blocks, memory=memory, submit="Call it off")


def choose_form(step: Step, memory: str, deciders: Sequence[str]) -> Block:
    """A decision: its options, whose it is, how it is undone; words are needed where the runbook asks."""
    options = [
        option(o.text if len(o.text) <= OPTION else f"{n}. {o.id.replace('_', ' ')}", o.id)
        for n, o in enumerate(step.options, 1)
    ]
    long = [f"{n}. {escape(o.text)}" for n, o in enumerate(step.options, 1) if len(o.text) > OPTION]
    picker: Block = {"type": "radio_buttons", "options": options}
    words = typing(
        "justification",
        step.asks or "Words of your own",
        most=REASON,
        optional=not step.asks,
        hint="" if step.asks else "Without them the option itself is the justification.",
    )
    who = f"Decides: {step.role.words} — {people(deciders)}"
    top = lines([f"*{escape(step.title)}*", escape(step.why), who, *_back(step), *long])
    return modal(
        Form.STEP_CHOOSE,
        "Decide",
        [*top, field_("option", "Decision", picker), words],
        memory=memory,
        submit="Decide",
    )


def runbook_form(memory: str, offered: Sequence[tuple[str, str, str]]) -> Block:
    """Which runbook to add, as id, title and situation, and why."""
    options = [option(title, book_id) for book_id, title, _ in offered]
    picker: Block = {"type": "radio_buttons", "options": options}
    blocks = [
        *lines([f"*{escape(title)}* — {escape(situation)}" for _, title, situation in offered]),
        field_("runbook", "Runbook", picker),
        typing("justification", "Why does it fit?", most=REASON),
        context("Its steps join those of the incident; nothing is taken away."),
    ]
    return modal(Form.RUNBOOK, "Add a runbook", blocks, memory=memory, submit="Add")


def _back(step: Step) -> list[str]:
    return [f"_Back: {escape(step.rollback)}_"] if step.rollback else []


def _line(view: IncidentView, found: Transfer) -> str:
    what = f"• *{escape(found.words, 200)}* from {found.bucket.replace('_', ' ')}"
    by = escape(view.name(found.by), 80)
    agreed = escape(view.name(found.agreed_by), 80) if found.agreed_by else ""
    match found.state:
        case TransferState.PROPOSED:
            how = f"proposed by {by}, waits for a second person: {escape(found.reason, 300)}"
        case TransferState.AGREED:
            how = f"proposed by {by}, agreed by {agreed}; not sent yet"
        case TransferState.SENT:
            how = f"{by} and {agreed}; sent, not yet seen to arrive: {escape(found.hash, 130)}"
        case TransferState.CONFIRMED:
            how = f"{by} and {agreed}; confirmed: {escape(found.hash, 130)}"
        case _:
            how = "called off"
    return f"{what} — {how}"
