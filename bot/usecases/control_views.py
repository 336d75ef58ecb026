"""Controls as they are shown: what is desired, what is observed, and by whose holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.base import Outcome
from bot.domain.control import Control, Hold, desired_level, same_value
from bot.domain.incident import Incident
from bot.usecases.ports import Context, Tx
from bot.usecases.public_facts import observed_levels


@dataclass(frozen=True, slots=True)
class ControlView:
    """A control off normal: what is desired, what is observed (None is unknown), and by whose hold.

    `attested_by` names who set it and who looked, where there is no service to ask.
    """

    control: Control
    desired: str | None
    observed: str | None
    observed_at: datetime | None
    outcome: Outcome
    detail: str
    holds: tuple[Hold, ...]
    external: bool
    attested_by: tuple[str, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether what is desired is observed, and nothing speaks against its effect."""
        so = self.desired is not None and self.observed == self.desired
        return so and self.outcome in (Outcome.CONFIRMED, Outcome.ALREADY_SET)


async def control_views(ctx: Context, tx: Tx, incident: Incident | None = None) -> tuple[ControlView, ...]:
    """Controls held or observed off normal; every control when no incident is given."""
    environment = incident.environment if incident else ctx.environment
    states = await tx.controls.all(environment)
    holds = await tx.holds.in_force(environment)
    seen = observed_levels(states, ctx.clock.now())
    out = []
    for control in ctx.content.now.controls:
        state = states.get(control.id)
        mine = tuple(h for h in holds if h.control_id == control.id)
        desired = desired_level(control, mine)
        off = (
            state is not None
            and state.observed is not None
            and not same_value(state.observed, control.levels[0].value)
        )
        if incident is not None and not mine and not off:
            continue
        observed = seen.get(control.id)
        out.append(
            ControlView(
                control=control,
                desired=desired.id if desired else None,
                observed=observed,
                observed_at=state.observed_at if state else None,
                outcome=state.outcome if state else Outcome.UNKNOWN,
                detail=state.detail if state else "never read",
                holds=mine,
                external=off and not mine,
                attested_by=tuple(_name(ctx, person) for person in state.seen_by) if state else (),
            )
        )
    return tuple(out)


def _name(ctx: Context, person_id: str) -> str:
    known = ctx.content.now.directory.people.get(person_id)
    return known.name if known else person_id
