"""What may be told in public, drawn from what is observed and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.domain.approval import PlanStatus
from bot.domain.base import PublicState
from bot.domain.control import Control, ControlState
from bot.domain.incident import Incident
from bot.domain.mode import standing_guarantees, strictest
from bot.domain.publication import PublicFacts
from bot.usecases.ports import Context, Tx

OBSERVED_STALE = timedelta(minutes=10)


async def public_facts(ctx: Context, tx: Tx, incident: Incident, next_in: timedelta | None) -> PublicFacts:
    """The facts of now; a control that was not seen lately counts as unknown."""
    content, now = ctx.content.now, ctx.clock.now()
    seen = seen_levels(content.controls, await tx.controls.all(incident.environment), now)
    held = {h.control_id for h in await tx.holds.in_force(incident.environment)}
    running = [i.mode for i in await tx.incidents.open() if i.environment is incident.environment]
    mode = content.modes[strictest(running)]
    standing, _ = standing_guarantees(mode, content.controls, seen)
    told = {
        c.id: c.told(c.level(level)) for c in content.controls if (level := seen.get(c.id)) and _off(c, level)
    }
    return PublicFacts(
        now=now,
        since=incident.declared_at,
        mode=mode.id.value,
        mode_says=mode.says,
        guarantees=tuple(g.text for g in standing),
        restrictions=tuple(dict.fromkeys(t for t in told.values() if t)),
        settling=any(seen.get(c.id) is None for c in content.controls if c.id in held),
        reopened=await _reopened(tx, incident, content.controls, seen),
        resolved=not held and not told and incident.phase.value in ("review", "closed"),
        withdrawals=_of(told, "withdrawals.limit."),
        deposits=_of(told, "deposits."),
        swaps=_of(told, "swaps"),
        next_update_at=now + next_in if next_in else None,
    )


Seen = Mapping[str, str | None]


def seen_levels(controls: Iterable[Control], states: dict[str, ControlState], now: datetime) -> Seen:
    """The level each written control is seen at; None when stale, unknown or no longer written."""
    levels = observed_levels(states, now)
    return {
        c.id: level if (level := levels.get(c.id)) in {known.id for known in c.levels} else None
        for c in controls
    }


def promised(incident: Incident, now: datetime) -> datetime | None:
    """The next public word that was promised and is still ahead; None when none was."""
    ahead = incident.next_update_at is not None and incident.next_update_at > now
    return incident.next_update_at if ahead and incident.standing.public is PublicState.INFORMED else None


def observed_levels(states: dict[str, ControlState], now: datetime) -> dict[str, str | None]:
    """The level each control is seen at; None where nobody has seen it lately or it is at no known level."""
    return {control_id: s.observed_level if _lately(s, now) else None for control_id, s in states.items()}


def _lately(state: ControlState, now: datetime) -> bool:
    """Whether what was seen still counts: for ten minutes, or for as long as people's word does."""
    if state.observed_at is None:
        return False
    return now < (state.valid_until or state.observed_at + OBSERVED_STALE)


def _off(control: Control, level: str) -> bool:
    return control.index(level) > 0


def _of(told: dict[str, str], prefix: str) -> str:
    return ". ".join(dict.fromkeys(t for c, t in told.items() if c.startswith(prefix) and t))


async def _reopened(tx: Tx, incident: Incident, controls: Iterable[Control], seen: Seen) -> str:
    """The last stage of the reopening that is confirmed, and that is still seen to be in force."""
    plans = await tx.proposals.plans(incident.id)
    plan = plans[-1] if plans else None
    if plan is None or plan.status is PlanStatus.ENDED or len(plan.stages) < 2:  # noqa: PLR2004 - a lone release
        return ""
    known = {c.id: c for c in controls}
    done = plan.stage + (1 if plan.confirmed_at else 0)
    for stage in reversed(plan.stages[:done]):
        # Another incident may hold a control tighter than this stage left it.
        if all(_within(known.get(control), seen.get(control), to) for control, to in stage.levels.items()):
            return stage.title
    return ""


def _within(control: Control | None, level: str | None, allowed: str) -> bool:
    order = [known.id for known in control.levels] if control else []
    return level in order and allowed in order and order.index(level) <= order.index(allowed)
