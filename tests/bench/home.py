"""A Home that somebody has open, with twenty incidents on it: how soon it says what has just changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most, quantile
from tests.bench.stage import Stage
from tests.bench.wire import OK

INCIDENTS = 20
AIM_MS = 200
WITHIN = 20.0
LOOK_EVERY = 0.02
BETWEEN = 1.2  # seconds: a Home is published about once a second at most
HOW = (
    "Alice hands the command of one of twenty open incidents over; from the moment of the record's entry, "
    "which is before its commit, to the arrival of views.publish at the strict Slack, by its own log; "
    "`serve` on SQLite, people's Homes open: Alice, Bob and Frank"
)


async def home(bench: Bench) -> list[Row]:
    """How long after a change the Home that shows it reaches Slack."""
    here = await bench.stage()
    made = await here.wire.send(
        [
            here.wire.declaration(f"Withdrawals on rail {i} run after Northbank paused")
            for i in range(INCIDENTS)
        ]
    )
    if wrong := [a for a in made if a.status != OK]:
        raise RuntimeError(f"{len(wrong)} declarations were not acked: {wrong[0]}")
    for person in ("U01ALICE", "U02BOB", "U06FRANK"):
        await here.slack("home_opened", user=person)
    await here.idle(within=180)
    asked = "SELECT id FROM incident WHERE ended_at IS NULL ORDER BY number DESC LIMIT ?"
    incidents = [str(row[0]) for row in here.ask(asked, INCIDENTS)]
    took = [await _once(here, incident) for incident in incidents[: bench.few(INCIDENTS, 5)]]
    detail: dict[str, Any] = {"p50_ms": round(quantile(took, 0.5), 1), "times": len(took), "how": HOW}
    return [
        at_most(
            f"App Home published, {INCIDENTS} incidents, p95", quantile(took, 0.95), "ms", AIM_MS, **detail
        )
    ]


async def _once(here: Stage, incident: str) -> float:
    """Milliseconds from the record's entry to Slack's."""
    await here.idle()
    await asyncio.sleep(BETWEEN)
    since = await _last(here)
    acked = (await here.wire.send([here.wire.command(f"/incident handoff {incident} <@U06FRANK|frank>")]))[0]
    if acked.status != OK or "commands" not in str(acked.body):
        raise RuntimeError(f"the command was not handed over: {acked.status} {acked.body}")
    entry = "SELECT at FROM ledger WHERE incident_id = ? AND kind = 'role.assigned' ORDER BY seq DESC LIMIT 1"
    changed = datetime.fromisoformat(str(here.ask(entry, incident)[0][0])).replace(tzinfo=UTC)
    async with asyncio.timeout(WITHIN):
        while True:
            if found := await _published(here, since):
                return (datetime.fromisoformat(found[0]["at"]) - changed).total_seconds() * 1000
            await asyncio.sleep(LOOK_EVERY)


async def _published(here: Stage, since: int) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = (await here.slack(f"calls?method=views.publish&since={since}"))["calls"]
    return calls


async def _last(here: Stage) -> int:
    calls = (await here.slack("calls?since=0"))["calls"]
    return int(calls[-1]["number"]) if calls else 0
