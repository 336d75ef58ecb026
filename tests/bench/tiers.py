"""Twenty incidents that change all the time, against a Slack whose rate tiers are on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import datetime
from typing import Any

from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most
from tests.bench.stage import Stage, stage
from tests.bench.wire import OK

INCIDENTS = 20
SECONDS = 60
APART = 3.0
WITHIN = 240.0
TOO_MANY = 429
HOW = (
    "python -m bot serve on SQLite against the strict Slack with its tiers on (chat.update 50 a minute, "
    "chat.postMessage 1 a second and channel); every incident is noted into each three seconds; the last "
    "change is in every card when its newest edit began after it"
)


async def tiers(bench: Bench) -> list[Row]:
    """How often Slack has to slow us down, and how long until all cards are current again."""
    folder = bench.work / "tiers"
    folder.mkdir()
    seconds = bench.few(SECONDS, 30)
    async with stage(folder) as here:
        await here.slack("settings", rate_limits=True)
        names = await _declared(here)
        over = await _storm(here, names, seconds)
        cards = {row[0]: row[1] for row in here.ask("SELECT key, ts FROM sent WHERE key LIKE 'card:%'")}
        current = await _all_edited(here, set(cards.values()), over) - over
        calls = (await here.slack("calls"))["calls"]
        twice = here.ask("SELECT count(*) - count(DISTINCT ts) FROM sent WHERE ts <> '' AND channel <> ''")
    refused = Counter(c["method"] for c in calls if c["status"] == TOO_MANY)
    edits = sum(1 for c in calls if c["method"] == "chat.update" and c["status"] == OK)
    name = f"{INCIDENTS} incidents noted into every {APART:g} s for {seconds} s"
    detail: dict[str, Any] = {"calls": len(calls), "edits": edits, "doubles": twice[0][0], **refused}
    return [
        at_most(
            f"{name}: calls that Slack turned away", sum(refused.values()), "calls", 5, **detail, how=HOW
        ),
        at_most(f"{name}: last change until all cards are current", current, "s", 45, how=HOW),
    ]


async def _declared(here: Stage) -> list[str]:
    asked = [here.wire.declaration(f"Withdrawals on rail {i} run") for i in range(INCIDENTS)]
    if wrong := [a for a in await here.wire.send(asked) if a.status != OK]:
        raise RuntimeError(f"{len(wrong)} declarations were not acked: {wrong[0]}")
    async with asyncio.timeout(WITHIN):
        while True:
            stood = here.ask("SELECT key FROM sent WHERE key LIKE 'card:%' AND ts <> ''")
            if len(stood) >= INCIDENTS:
                return [str(row[0]).removeprefix("card:") for row in stood]
            await asyncio.sleep(0.2)


async def _storm(here: Stage, names: list[str], seconds: float) -> float:
    """Note into every incident again and again; when the last notes were acked."""
    until, acked = time.monotonic() + seconds, time.time()
    number = 0
    while (started := time.monotonic()) < until:
        number += 1
        await here.wire.send([here.wire.command(f"/incident note {n} Word {number}") for n in names])
        acked = time.time()
        await asyncio.sleep(max(0.0, APART - (time.monotonic() - started)))
    return acked


async def _all_edited(here: Stage, cards: set[str], since: float) -> float:
    """When the last of these messages had been edited once more."""
    async with asyncio.timeout(WITHIN):
        while True:
            edits = (await here.slack("calls?method=chat.update"))["calls"]
            newest: dict[str, float] = {}
            for call in edits:
                at = datetime.fromisoformat(call["at"]).timestamp()
                if call["ts"] in cards and at >= since and call["status"] == OK:
                    newest.setdefault(call["ts"], at)
            if len(newest) == len(cards):
                return max(newest.values())
            await asyncio.sleep(0.5)
