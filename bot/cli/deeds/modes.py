"""What `breakwater protected-mode …` does."""

from __future__ import annotations

from bot.cli.deeds.answer import Answer, told
from bot.cli.deeds.incident import length
from bot.cli.deeds.kinds import Arguments, Asked, Deed, incident_id
from bot.domain.approval import Proposal
from bot.domain.mode import ModeId
from bot.usecases import approvals, modes, reviews
from bot.usecases.ports import Actor, Context


async def _maybe_in_incident(asked: Asked, given: Arguments) -> dict[str, str]:
    """The incident meant; none where none is open, for then setting the mode declares one."""
    async with asked.ctx.store.read() as tx:
        if "incident" not in given and not await tx.incidents.open():
            return dict(given)
    return {**given, "incident": await incident_id(asked.ctx, given)}


async def _on(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    made = await modes.set_mode(
        ctx, actor, ModeId.PROTECTED, given["why"], given.get("incident"), once=actor.request_id
    )
    said = f"{made.id}: protected mode is ordered. breakwater protected-mode status counts what is confirmed."
    return told(said, incident=made.id, mode=made.mode.value)


async def _off(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    made = await approvals.propose_off(ctx, actor, given["incident"], given["why"])
    return waits(ctx, made)


def waits(ctx: Context, made: Proposal) -> Answer:
    """A proposal that waits for its second person."""
    who = ", ".join(approvals.approvers(ctx, made)) or "nobody listed yet"
    until = f"{made.shown.expires_at:%H:%M} UTC"
    said = f"Proposed for {made.incident_id} as {made.id}. It waits for {who}, until {until}."
    return told(said, incident=made.incident_id, proposal=made.id, hash=made.hash)


async def _extend(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    holds, until = await reviews.extend_holds(
        ctx, actor, given["incident"], length(given["duration"]), given["why"]
    )
    said = f"{given['incident']}: {len(holds)} holds are asked about again at {until:%H:%M} UTC."
    return told(f"{said} Nothing else has changed.", incident=given["incident"], until=until.isoformat())


DEEDS = {
    "protected-mode on": Deed(_on, _maybe_in_incident),
    "protected-mode off": Deed(_off),
    "protected-mode extend": Deed(_extend),
}
