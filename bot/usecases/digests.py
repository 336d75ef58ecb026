"""One list a person, of what waits for them: nobody is called for each thing."""

from __future__ import annotations

from bot.domain.approval import PlanStatus
from bot.domain.base import Role
from bot.domain.incident import Incident
from bot.domain.runbook import find_step
from bot.usecases import work
from bot.usecases.ports import Context, Tx

LINES = 15


async def digest(ctx: Context, person_id: str) -> None:
    """Send a person one list of what waits for them, if anything still does."""
    async with ctx.store.write() as tx:
        lines = []
        for incident in await tx.incidents.open():
            lines += await _waiting_for(ctx, tx, incident, person_id)
        if not lines:
            return
        more = [f"… and {len(lines) - LINES} more"] if len(lines) > LINES else []
        text = "\n".join(["Waiting for you:", *lines[:LINES], *more])
        slot = int(ctx.clock.now().timestamp() // work.DIGEST_EVERY.total_seconds())
        await work.page(ctx, tx, f"digest:{slot}", [person_id], text)


def holders(ctx: Context, incident: Incident, roles: set[Role]) -> list[str]:
    """Who holds these roles in the incident; those who may, where nobody was assigned."""
    out: list[str] = []
    for role in sorted(roles):
        assigned = incident.assigned.get(role)
        out += [assigned] if assigned else [p.id for p in ctx.content.now.directory.holders([role])]
    return list(dict.fromkeys(out))


async def _waiting_for(ctx: Context, tx: Tx, incident: Incident, person_id: str) -> list[str]:
    out = await _steps(ctx, tx, incident, person_id)
    now = ctx.clock.now()
    out += [
        f"• {incident.id}: review the hold on {hold.control_id} ({hold.level})"
        for hold in await tx.holds.of(incident.id)
        if hold.in_force and hold.owner == person_id and hold.review_at <= now
    ]
    if person_id in holders(ctx, incident, {Role.INCIDENT_COMMANDER}):
        out += await _for_commander(tx, incident)
    if incident.next_update_at and person_id in holders(ctx, incident, {Role.COMMS_OWNER}):
        out.append(f"• {incident.id}: public update due {incident.next_update_at:%H:%M} UTC")
    return out


async def _steps(ctx: Context, tx: Tx, incident: Incident, person_id: str) -> list[str]:
    now = ctx.clock.now()
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    out = []
    for state in await tx.steps.of(incident.id):
        step = find_step(pinned.by_id, state)
        if step is None or state.status.finished or state.due_at > now:
            continue
        if person_id in holders(ctx, incident, {step.role, Role.INCIDENT_COMMANDER}):
            out.append(f"• {incident.id}: {step.title} (since {state.due_at:%H:%M} UTC)")
    return out


async def _for_commander(tx: Tx, incident: Incident) -> list[str]:
    out = []
    if not incident.class_confirmed:
        class_ = incident.class_.words if incident.class_ else "unknown"
        out.append(f"• {incident.id}: the class is provisional ({class_}); ask the tree again")
    out += [
        f"• {incident.id}: reopening is paused: {plan.paused_because}"
        for plan in await tx.proposals.plans(incident.id)
        if plan.status is PlanStatus.PAUSED
    ]
    return out
