"""A text on its way to the public: drafted, approved, published."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.publication import Publication, PublicationKind, PublicationState
from bot.slack.cards.blocks import Block, Message, actions, button, context, header, prose, section
from bot.slack.cards.words import banner
from bot.slack.ids import Act, value
from bot.slack.text import escape, utc

EDITABLE = 3000
SHOWN = 9000


@dataclass(frozen=True, slots=True)
class DraftView:
    """A publication with the names around it; `preapproved` when the commander alone may send it."""

    publication: Publication
    drafted_by: str
    approved_by: str
    preapproved: bool
    ended: bool


def draft_card(view: DraftView) -> Message:
    """The message with Approve, Edit and Discard while it is a draft."""
    found = view.publication
    head = f"{banner(found.environment)}{found.title} · {found.incident_id}"
    blocks = [header(head), *_body(found), section(_standing(view))]
    if found.state is PublicationState.DRAFT and not view.ended:
        blocks.append(actions(*_buttons(found)))
        may = "The commander may send this alone." if view.preapproved else "The comms owner decides."
        blocks.append(context(f"{may} It is published word for word."))
    return Message(f"{escape(head)}: {_standing(view)}", blocks)


def _body(found: Publication) -> list[Block]:
    if found.kind is not PublicationKind.MACROS:
        return prose(found.body[:SHOWN])
    blocks: list[Block] = []
    room = SHOWN
    for macro in found.macros:
        room -= len(macro.question) + len(macro.answer)
        if room < 0:
            return [*blocks, context("… the rest is on the macros page once it is published")]
        blocks += [section(f"*{escape(macro.question)}*"), *prose(macro.answer)]
    return blocks


def _buttons(found: Publication) -> list[Block]:
    packed = value(found.id, found.version)
    row = [button(Act.DRAFT_APPROVE, "Approve", packed, found.id, "primary")]
    if found.kind is PublicationKind.STATUS and len(found.body) <= EDITABLE:
        row.append(button(Act.DRAFT_EDIT, "Edit", packed, found.id))
    return [*row, button(Act.DRAFT_DISCARD, "Discard", packed, found.id)]


def _standing(view: DraftView) -> str:
    found = view.publication
    if found.state is PublicationState.PUBLISHED and found.published_at:
        return f"*published* {utc(found.published_at)}, approved by {escape(view.approved_by, 80)}"
    if found.state is PublicationState.APPROVED and found.approved_at:
        return f"*approved* by {escape(view.approved_by, 80)}, {utc(found.approved_at)}; being published"
    if found.state is PublicationState.DISCARDED:
        return "*discarded*"
    edited = " and edited" if found.edited else ""
    return f"*draft{edited}*, by {escape(view.drafted_by, 80)}, {utc(found.drafted_at)}"
