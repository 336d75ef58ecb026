"""Fifty incidents declared at once, against a Slack that takes 150 ms a call."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.wire import web_client
from bot.usecases import work
from tests.bench.bench import Bench
from tests.bench.rows import Row, at_most
from tests.bench.stage import SLACK_MS, Stage
from tests.bench.wire import OK

INCIDENTS = 50
AIM, WORST_MS = 1.5, 1000
WITHIN = 180.0
LOOK_EVERY = 0.1
HOW = (
    "bare: the same calls for as many channels by the same client against the same Slack in the same run, "
    "in the same order for each incident (create; topic and invitations; card), with as many at a time as "
    "the lanes for rooms and views have places; until the last card is posted"
)


async def cards(bench: Bench) -> list[Row]:
    """How long declarers wait, and how long until every incident has its card."""
    here = await bench.stage()
    number = bench.few(INCIDENTS, 10)
    await here.idle()
    known = {str(row[0]) for row in here.ask("SELECT id FROM incident")}
    since = await _last_call(here)
    started = time.time()
    acks = await here.wire.send(
        [here.wire.declaration(f"Withdrawals on rail {i} run after Northbank paused") for i in range(number)]
    )
    if wrong := [a for a in acks if a.status != OK]:
        raise RuntimeError(f"{len(wrong)} declarations were not acked: {wrong[0]}")
    stood = await _all_cards(here, known, number) - started
    calls = Counter(call["method"] for call in await _calls(here, since))
    bare = await _bare(here, number)
    ratio = stood / bare
    detail: dict[str, Any] = {"seconds": round(stood, 2), "bare_seconds": round(bare, 2)}
    return [
        at_most(f"{number} declared at once, worst ack", max(a.ms for a in acks), "ms", WORST_MS),
        at_most(
            f"{number} declared at once, until all cards stand",
            ratio,
            "x the calls' own time",
            AIM,
            **detail,
            slack_calls=sum(calls.values()),
            how=HOW,
        ),
    ]


async def _all_cards(here: Stage, known: set[str], number: int) -> float:
    """When Slack had taken the last of the new incidents' cards, by its own log."""
    async with asyncio.timeout(WITHIN):
        while True:
            rows = here.ask("SELECT key, channel, ts FROM sent WHERE key LIKE 'card:%' AND ts <> ''")
            new = {ts for key, _, ts in rows if key.removeprefix("card:") not in known}
            if len(new) >= number:
                break
            await asyncio.sleep(LOOK_EVERY)
    posts = [call for call in await _calls(here, 0, "chat.postMessage") if call["ts"] in new]
    return max(datetime.fromisoformat(call["at"]).timestamp() for call in posts) + SLACK_MS / 1000


async def _calls(here: Stage, since: int, method: str = "") -> list[dict[str, Any]]:
    query = f"calls?since={since}" + (f"&method={method}" if method else "")
    calls: list[dict[str, Any]] = (await here.slack(query))["calls"]
    return calls


async def _last_call(here: Stage) -> int:
    calls = await _calls(here, 0)
    return int(calls[-1]["number"]) if calls else 0


async def _bare(here: Stage, number: int) -> float:
    client = web_client(here.world.bot_token, f"{here.world.slack_url}/api/")
    rooms, views = asyncio.Semaphore(work.LANES[work.ROOMS]), asyncio.Semaphore(work.LANES[work.VIEWS])
    started = time.time()
    done = await asyncio.gather(
        *(_one(client, rooms, views, f"bare-{i}-{time.time_ns()}") for i in range(number))
    )
    return max(done) - started


async def _one(
    client: AsyncWebClient, rooms: asyncio.Semaphore, views: asyncio.Semaphore, name: str
) -> float:
    async with rooms:
        made = await client.conversations_create(name=name, is_private=True)
        channel = str(made["channel"]["id"])
        await asyncio.gather(
            client.conversations_setTopic(channel=channel, topic="Withdrawals run"),
            client.conversations_invite(channel=channel, users="U01ALICE,U02BOB,U06FRANK"),
        )
    async with views:
        posted = await client.chat_postMessage(channel=channel, text="A card")
        stood = time.time()
        await asyncio.gather(
            client.pins_add(channel=channel, timestamp=str(posted["ts"])),
            client.chat_postMessage(channel=channel, text="A board"),
        )
    return stood
