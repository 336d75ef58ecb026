"""Private answers about controls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.authority import Rule
from bot.slack.cards.blocks import Message, context, header, lines
from bot.slack.cards.freeze import freeze_lines
from bot.slack.cards.words import change_line, control_line, impact_line, level_line
from bot.slack.text import escape
from bot.usecases.control_views import ControlView
from bot.usecases.controls import Change
from bot.usecases.frozen import FreezeView
from bot.usecases.views import IncidentView

LISTED = 60


def control_list(views: Sequence[ControlView], now: datetime, freeze: FreezeView | None = None) -> Message:
    """Every control, those held or off normal first."""
    ordered = sorted(views, key=lambda v: (not v.holds and not v.external, v.confirmed, v.control.id))
    texts = [*freeze_lines(freeze), *(control_line(v, now) for v in ordered[:LISTED])]
    if len(ordered) > LISTED:
        texts.append(f"… and {len(ordered) - LISTED} more")
    held = sum(1 for v in views if v.holds)
    blocks = [*lines(texts), context("/control show names a control's levels.")]
    return Message(f"{len(views)} controls, {held} held", blocks)


def control_shown(view: ControlView, rule: Rule, now: datetime) -> Message:
    """One control: how it stands, its levels, who may move it."""
    control = view.control
    texts = [control_line(view, now), *(level_line(control, level.id) for level in control.levels)]
    texts.append("Tightened alone by: " + " or ".join(r.words for r in rule.tighten))
    texts.append("Loosened by two persons: " + " + ".join(r.words for r in rule.loosen))
    texts += [f"Held by {h.incident_id} at {h.level}" for h in view.holds[:10]]
    if control.irreversible:
        texts.append("*Irreversible*: two people, by hand, at its own console.")
    return Message(f"{escape(control.id)}: {escape(control.title)}", [header(control.title), *lines(texts)])


def was_set(change: Change, who_loosens: str, frozen: str = "", touched: str = "") -> Message:
    """The answer to `/control set`: from → to, customers' effect, who must approve loosening.

    `frozen` says who froze everything, so that nothing is set before that is lifted; `touched` what it
    touches.
    """
    stands = f":snowflake: Held, but not set yet: {escape(frozen)}.\n" if frozen else ""
    told = f"{impact_line(touched)}\n" if touched else ""
    return Message(
        f"{stands}Set: {change_line(change).removeprefix('• ')}\n{told}{who_loosens}\n"
        "It counts once it is observed; the card shows it."
    )


def mode_status(view: IncidentView, progress: str) -> Message:
    """How far a mode has been confirmed, control by control."""
    shown = sorted(view.held, key=lambda c: (c.confirmed, c.control.id))
    texts = [f"*{view.incident.id}* {progress}", *(control_line(c, view.now) for c in shown[:LISTED])]
    return Message(f"{view.incident.id}: {progress}", lines(texts))
