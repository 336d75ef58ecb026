"""One level tighter at a time."""

from __future__ import annotations

from bot.domain.control import Control, ControlState, Hold, Level, desired_level
from bot.domain.errors import BadInput
from bot.usecases.controls import named_control, set_control
from bot.usecases.ports import Actor, Context


def next_up(control: Control, state: ControlState | None, holds: list[Hold]) -> Level:
    """The next stricter level, from the strictest that is held or seen. Raises BadInput at the last one."""
    wanted = desired_level(control, holds)
    seen = state.observed_level if state else None
    known = [control.index(level.id) for level in control.levels if level.id == seen]
    at = max([*known, control.index(wanted.id) if wanted else 0])
    if at + 1 == len(control.levels):
        raise BadInput(
            f"{control.id} is at {control.levels[at].id}, the most restrictive level it has.",
            example=f"/control show {control.id}",
        )
    return control.levels[at + 1]


async def tighten_one(ctx: Context, actor: Actor, incident_id: str, control_id: str, why: str) -> Hold:
    """Hold a control one level tighter than it is held or seen. Raises as `set_control` does."""
    control = named_control(ctx, control_id)
    async with ctx.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
        states = await tx.controls.all(incident.environment)
        holds = await tx.holds.in_force(incident.environment, control.id)
    level = next_up(control, states.get(control.id), holds)
    return await set_control(ctx, actor, incident_id, control.id, level.id, why)
