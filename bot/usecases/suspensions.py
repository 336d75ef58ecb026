"""How much one person has suspended lately: it never holds a suspension up, and beyond the cap it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.control import Hold
from bot.domain.incident import Incident
from bot.usecases.incidents import page_role
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

WITHIN = timedelta(hours=1)


async def count_suspensions(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, holds: Sequence[Hold]
) -> None:
    """Count the full suspensions among these holds; beyond the policy's cap an executive is paged at once."""
    known = ctx.content.now.by_id
    full = [h for h in holds if known[h.control_id].level(h.level).full_suspension]
    if not full:
        return
    now, cap = ctx.clock.now(), ctx.content.now.authority.suspensions_an_hour
    before = await _lately(tx, actor.person.id, now)
    for hold in full:
        await tx.keepsakes.set_fact(
            f"{_prefix(actor.person.id)}{hold.decision_id}:{hold.id}", now.isoformat()
        )
    if before + len(full) <= cap:
        return
    said: dict[str, Any] = {"count": before + len(full), "cap": cap, "controls": [h.control_id for h in full]}
    record(ctx, tx, "suspensions.beyond_cap", actor, incident=incident, **said)
    last = full[-1].control_id
    why = f"{actor.person.name} has suspended {before + len(full)} controls within an hour, {last} last"
    await page_role(ctx, tx, incident, ctx.content.now.authority.executive, why)


async def _lately(tx: Tx, person_id: str, now: datetime) -> int:
    """How many there were within the hour; older ones are forgotten."""
    count = 0
    for name, at in (await tx.keepsakes.facts(_prefix(person_id))).items():
        if now - datetime.fromisoformat(at) < WITHIN:
            count += 1
        else:
            await tx.keepsakes.forget_fact(name)
    return count


def _prefix(person_id: str) -> str:
    return f"suspension:{person_id}:"
