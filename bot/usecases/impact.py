"""What a change would touch right now, told from live numbers; it never holds a change up."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.control import Control
from bot.usecases.gates import readings
from bot.usecases.ports import Context, Tx

UNKNOWN = "impact unknown"


async def impact(ctx: Context, tx: Tx, controls: Iterable[Control]) -> str:
    """The numbers that these controls' `blast_radius` names, with their age; empty where none names any.

    A number that is not fresh is said to be unknown; `impact unknown` where no number is fresh.
    """
    wanted = list(dict.fromkeys(signal for control in controls for signal in control.blast_radius))
    if not wanted:
        return ""
    known = await readings(ctx, tx)
    found = [known[signal] for signal in wanted if signal in known]
    if not any(r.fresh for r in found):
        return UNKNOWN
    return ", ".join(f"{r.spec.title} {r.said if r.fresh else 'unknown'}" for r in found)
