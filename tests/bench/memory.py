"""Resident memory of `serve`, after whatever was measured before."""

from __future__ import annotations

from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most

AIM_MB = 200


async def memory(bench: Bench) -> list[Row]:
    """What the process holds once nothing is left to do."""
    here = await bench.stage()
    await here.idle()
    incidents = here.ask("SELECT count(*) FROM incident")[0][0]
    after = ", ".join(bench.done) or "its start"
    return [
        at_most("resident memory of serve", here.memory_mb(), "MB", AIM_MB, incidents=incidents, after=after)
    ]
