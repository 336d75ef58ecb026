"""How a reopening stands, and what can be said to it."""

from __future__ import annotations

from bot.domain.approval import PlanStatus
from bot.slack.cards.blocks import Block, button
from bot.slack.ids import Act, value
from bot.slack.text import escape
from bot.usecases.ladder_words import mark
from bot.usecases.views import IncidentView


def plan_line(view: IncidentView) -> str:
    """How far the reopening has come; markup."""
    plan = view.plan
    if plan is None:
        return ""
    stage = plan.at_hand
    where = f"{min(plan.stage + 1, len(plan.stages))}/{len(plan.stages)}"
    name = escape(stage.title, 120) if stage else "finishing"
    if plan.status is PlanStatus.PAUSED:
        return f"Reopening {where} *paused*: {escape(plan.paused_because, 300)}"
    state = "confirmed" if plan.confirmed_at else "under way" if plan.begun else "next"
    return f"Reopening {where} {state}: {name}"


def plan_buttons(view: IncidentView) -> list[Block]:
    """Go on, step back, propose anew: what fits where the reopening stands."""
    plan = view.plan
    if plan is None or view.incident.ended:
        return []
    row = []
    if plan.asks:
        row.append(button(Act.GO_ON, "Go on when gates open", value(plan.id), plan.id, "primary"))
    if plan.standing is not None:
        row.append(button(Act.STEP_BACK, "Step back", value(plan.id, mark(plan)), plan.id))
    if plan.status is PlanStatus.PAUSED:
        row.append(button(Act.WAY_OUT, "Propose anew", value(view.incident.id), f"{plan.id}"))
    return row
