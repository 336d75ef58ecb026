"""One control as a transaction of its actuation finds it: under its lock and under its worker's fence."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.base import Environment
from bot.domain.control import Control, ControlState, Hold, Value, desired_hold
from bot.domain.incident import Incident
from bot.usecases.ports import Actuation, Context, Job, Sight, Tx, Unfit


@dataclass(frozen=True, slots=True)
class Target:
    """One control in one environment at one target."""

    environment: Environment
    control: Control
    target: str


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is decided on: the state before, decisions without a final outcome, and holds in force."""

    ctx: Context
    tx: Tx
    at: Target
    before: ControlState
    pending: list[Actuation]
    holds: list[Hold]

    @property
    def hold(self) -> Hold | None:
        """The hold that counts."""
        return desired_hold(self.at.control, self.holds)

    @property
    def decision(self) -> str:
        """The newest decision that this is about; empty when nobody asks for anything."""
        if self.pending:
            return self.pending[-1].decision_id
        return self.hold.decision_id if self.hold else ""

    async def incident(self) -> Incident | None:
        """The incident of that decision."""
        if self.pending:
            return await self.tx.incidents.get(self.pending[-1].incident_id)
        return await self.tx.incidents.get(self.hold.incident_id) if self.hold else None

    def seen(self, observed: Value | None, sight: Sight | None = None) -> ControlState:
        """The state with what was read just now, or what people saw; None when nothing could be."""
        level = self.at.control.level_of(observed)
        return self.before.model_copy(
            update={
                "observed": observed,
                "observed_level": level.id if level else None,
                "observed_at": sight.at if sight else self.ctx.clock.now(),
                "valid_until": sight.until if sight else None,
                "seen_by": sight.by if sight else (),
            }
        )


async def open_scene(ctx: Context, tx: Tx, job: Job, at: Target) -> Scene:
    """Lock a control for the worker that holds its job.

    Raises LeaseLost when another one does by now, Unfit when it is held at a level that is not known here.
    """
    states = await tx.controls.lock(at.environment, [at.control.id])
    await tx.jobs.hold_fast(job)
    pending = await tx.holds.pending(at.environment, at.control.id, at.target)
    holds = await tx.holds.in_force(at.environment, at.control.id)
    known = {level.id for level in at.control.levels}
    if strange := sorted({hold.level for hold in holds} - known):
        raise Unfit(f"its content does not know the level {strange[0]} at which {at.control.id} is held")
    return Scene(ctx, tx, at, states[at.control.id], pending, holds)
