"""What `breakwater control …` does."""

from __future__ import annotations

from bot.cli.deeds.answer import Answer, told
from bot.cli.deeds.kinds import Arguments, Asked, Deed, incident_id
from bot.cli.deeds.modes import waits
from bot.usecases import approvals, controls
from bot.usecases.ports import Actor, Context


async def _named(asked: Asked, given: Arguments) -> dict[str, str]:
    """The control and level as they are written, so that what is signed names them. Raises NotFound."""
    control = controls.named_control(asked.ctx, given["control"])
    found = {"incident": await incident_id(asked.ctx, given), "control": control.id}
    if "level" in given:
        found["level"] = controls.named_level(control, given["level"]).id
    return {**given, **found}


async def _set(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    hold = await controls.set_control(
        ctx, actor, given["incident"], given["control"], given["level"], given["why"]
    )
    said = f"{hold.control_id} is ordered to {hold.level} for {hold.incident_id}; it counts once observed."
    return told(said, incident=hold.incident_id, control=hold.control_id, level=hold.level, hold=hold.id)


async def _release(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    return waits(
        ctx,
        await approvals.propose_release(ctx, actor, given["incident"], given["control"], given["why"]),
    )


DEEDS = {
    "control set": Deed(_set, _named),
    "control release": Deed(_release, _named),
}
