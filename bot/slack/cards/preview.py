"""What setting a mode, a step's controls or one level would change, before anybody says yes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.base import Role
from bot.slack.cards.blocks import Block, Message, actions, button, context, header, lines
from bot.slack.cards.words import change_line
from bot.slack.ids import Act
from bot.slack.text import escape
from bot.usecases.controls import Change
from bot.usecases.modes import ModePreview

CHANGES = 40


def change_lines(changes: Sequence[Change]) -> list[str]:
    """Control by control, from → to and what customers are told; markup."""
    texts = [change_line(c) for c in changes[:CHANGES]]
    return texts if len(changes) <= CHANGES else [*texts, f"… and {len(changes) - CHANGES} more controls"]


def loosening_line(pairs: Sequence[tuple[Role, Role]]) -> str:
    """Who must agree before this is loosened again; markup."""
    who = " or ".join(f"{a.words} + {b.words}" for a, b in pairs)
    return f"Loosening it again takes two persons: {who}."


def mode_lines(preview: ModePreview) -> list[str]:
    """A mode's preview; markup."""
    where = f" for {preview.incident.id}" if preview.incident else "; this declares an incident"
    return [
        f"*{escape(preview.mode.title)} mode*{where}: {escape(preview.mode.says)}",
        "Impact unknown" if preview.impact == "impact unknown" else f"Impact: {escape(preview.impact)}",
        *change_lines(preview.changes),
    ]


def mode_message(preview: ModePreview, said: str, packed: str) -> Message:
    """The private answer to `/protected-mode on`, with the one button that commits."""
    blocks: list[Block] = [
        header(f"{preview.mode.title} mode: nothing is set yet"),
        *lines([f"Why: {escape(said, 500)}", *mode_lines(preview)]),
        actions(button(Act.CONFIRM_MODE, f"Set {preview.mode.id} mode", packed, style="danger")),
        context("One entitled person is enough. It takes a second person to leave it again."),
    ]
    return Message(f"{escape(preview.mode.title)} mode is not set yet. Confirm with the button.", blocks)
