"""Slash to ack: what Slack waits for, one at a time and fifty at once."""

from __future__ import annotations

from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most, quantile
from tests.bench.wire import OK, Ack

AT_ONCE = 50
AIM_MS, NEVER_MS = 100, 1000
COMMANDS = {
    "note": "/incident note Northbank's desk confirms the outage by phone",
    "status": "/incident status",
}


async def acks(bench: Bench) -> list[Row]:
    """A command that writes into the record and one that reads, each in rounds."""
    here = await bench.stage()
    declared = (await here.wire.send([here.wire.declaration("Withdrawals run after Northbank paused")]))[0]
    if declared.status != OK:
        raise RuntimeError(f"nothing was declared: {declared.status} {declared.body}")
    await here.idle()
    found: dict[int, dict[str, list[Ack]]] = {1: {}, AT_ONCE: {}}
    for name, text in COMMANDS.items():
        await here.wire.rounds(lambda _, said=text: here.wire.command(said), 5, 2)  # type: ignore[misc]
        for at_once, times in ((1, bench.few(200, 40)), (AT_ONCE, bench.few(12, 4))):
            said = await here.wire.rounds(lambda _, t=text: here.wire.command(t), at_once, times)  # type: ignore[misc]
            if wrong := [a for a in said if a.status != OK]:
                raise RuntimeError(f"{len(wrong)} commands were not acked: {wrong[0]}")
            found[at_once][name] = said
    return [row for at_once, by_name in found.items() for row in _rows(at_once, by_name)]


def _rows(at_once: int, by_name: dict[str, list[Ack]]) -> list[Row]:
    every = [ack.ms for said in by_name.values() for ack in said]
    detail = {
        f"{name}_{what}_ms": round(quantile([a.ms for a in said], q), 1)
        for name, said in by_name.items()
        for what, q in (("p50", 0.5), ("p99", 0.99))
    }
    how = f"{at_once} signed commands at once over standing connections, in rounds; notes and statuses"
    where = f"slash to ack, {at_once} at once"
    detail_all = {"p50_ms": round(quantile(every, 0.5), 1), "requests": len(every), **detail, "how": how}
    return [
        at_most(f"{where}, p99", quantile(every, 0.99), "ms", AIM_MS, **detail_all),
        at_most(f"{where}, worst", max(every), "ms", NEVER_MS),
    ]
