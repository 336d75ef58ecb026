"""Socket Mode: how long until a connection stands again, and whether any command is lost or has two effects.

Commands flow all the while. A connection ends once it has stood for a second, as one that Slack ends has;
what ends sooner is backed off from, and is not measured here.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.people import Person
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most, quantile
from tests.bench.stage import SLACK_MS, Stage, stage

AIM_S = 1.0
STOOD, LOOK_EVERY, PAUSE, HANDS = 1.05, 0.004, 0.06, 2
TYPISTS = {"alice": "U01ALICE", "bob": "U02BOB", "frank": "U06FRANK"}
ENDS: tuple[dict[str, str], ...] = (
    {"do": "kill"},
    {"do": "close"},
    *(
        {"do": "disconnect", "reason": reason}
        for reason in ("warning", "refresh_requested", "too_many_websockets", "link_disabled")
    ),
)
HOW = (
    f"order to Slack's hello on the next connection, {SLACK_MS} ms a Web API call; notes all the while, each "
    "looked for in the ledger"
)


@dataclass(slots=True)
class Typed:
    """What was typed: each text with whether Slack heard an ack, and how long it waited."""

    acked: dict[str, bool] = field(default_factory=dict)
    waits_ms: list[float] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)


async def sockets(bench: Bench) -> list[Row]:
    """Ends of every kind in turn, on a stage of its own."""
    folder = bench.work / "sockets"
    folder.mkdir()
    async with stage(folder, socket_mode=True) as here:
        alice = Person("Alice", "U01ALICE", here.world.slack_url)
        await alice.command("/incident declare Withdrawals run after Northbank paused", "general")
        await alice.click("Declare", channel="general")
        await here.idle()
        typed, found = Typed(), dict[str, list[float]]()
        hands = range(HANDS)
        typing = [asyncio.create_task(_type(here, *who, n, typed)) for who in TYPISTS.items() for n in hands]
        for turn in range(bench.few(60, 12)):
            end = ENDS[turn % len(ENDS)]
            seconds = await _again(here, end)
            found.setdefault(end.get("reason", end["do"]), []).append(seconds)
        typed.enough.set()
        await asyncio.gather(*typing)
        return [_times(found), await _losses(here, typed)]


async def _type(here: Stage, name: str, user_id: str, hand: int, typed: Typed) -> None:
    """One note after the other, each different."""
    person = Person(name, user_id, here.world.slack_url)
    number = 0
    while not typed.enough.is_set():
        number += 1
        text = f"{name} looks at the queue, look {hand}.{number}"
        answer = await person.command(f"/incident note {text}", "general")
        typed.acked[text] = answer.ok
        typed.waits_ms.append(answer.ack_ms or 0.0)
        await asyncio.sleep(PAUSE)


async def _again(here: Stage, end: dict[str, str]) -> float:
    """Let the newest connection stand a while, end it, and wait for the next; how many seconds that took."""
    await asyncio.sleep(STOOD)
    last = max(await _standing(here))
    started = time.perf_counter()
    await here.slack("sockets", **end)
    async with asyncio.timeout(30):
        while max(await _standing(here), default=0) <= last:  # noqa: ASYNC110 - another process's connections
            await asyncio.sleep(LOOK_EVERY)
    return time.perf_counter() - started


async def _standing(here: Stage) -> list[int]:
    return [s["number"] for s in (await here.slack("sockets"))["sockets"]]


def _times(found: dict[str, list[float]]) -> Row:
    every = [seconds for times in found.values() for seconds in times]
    by_kind = {f"{kind}_p50_s": round(quantile(times, 0.5), 3) for kind, times in found.items()}
    detail: dict[str, Any] = {"reconnects": len(every), "p50_s": round(quantile(every, 0.5), 3)}
    worst = {"worst_s": round(max(every), 3)}
    return at_most(
        "Socket Mode reconnect, p95", quantile(every, 0.95), "s", AIM_S, **detail, **worst, **by_kind, how=HOW
    )


async def _losses(here: Stage, typed: Typed) -> Row:
    """A command is lost when its typist was told so or it has no effect, doubled when it has two."""
    await here.idle()
    notes = Counter(
        json.loads(row[0])["text"] for row in here.ask("SELECT data FROM ledger WHERE kind = 'note'")
    )
    wrong = [text for text, acked in typed.acked.items() if not acked or notes[text] != 1]
    doubled = sum(notes[text] > 1 for text in typed.acked)
    sent = (await here.slack("deliveries?name=command"))["deliveries"]
    detail = {
        "commands": len(typed.acked),
        "sent_again": sum(one["failure"] == "connection_lost" for one in sent),
        "doubled": doubled,
        "longest_wait_ms": round(max(typed.waits_ms)),
        "p50_ms": round(quantile(typed.waits_ms, 0.5), 1),
    }
    return at_most("Socket Mode, commands lost or doubled meanwhile", len(wrong), "", 0, **detail)
