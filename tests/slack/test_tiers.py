"""Twenty incidents that change all the time, under Slack's rate tiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.slack.cards.incident import incident_card
from bot.slack.publisher import digest
from bot.usecases import work
from bot.usecases.incidents import Declaration, declare
from bot.usecases.ports import Actor, Retry
from bot.usecases.views import incident_view
from tests.slack.support.world import LEASE, WITHOUT_CONTROLS, World, a_world

INCIDENTS, TICK = 20, 3.0
LATER = timedelta(hours=1)


@dataclass
class Hours:
    """Seconds that pass when they are told to, for Slack's tiers and for our pace alike."""

    now: float = 0.0
    due: dict[str, float] = field(default_factory=dict)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def crowded(sqlite_url: str) -> AsyncIterator[tuple[World, Hours]]:
    hours = Hours()
    async with a_world(sqlite_url, seconds=hours) as world:
        for number in range(INCIDENTS):
            alice = Actor(world.ctx.content.now.directory.people["alice"], request_id=f"declaration {number}")
            await declare(world.ctx, alice, Declaration(f"Withdrawals run on rail {number}"))
        yield world, hours


async def tick(world: World, hours: Hours) -> None:
    """What is due by these seconds is carried out; then time moves on."""
    ready = [key for key, due in hours.due.items() if due <= hours.now]
    with world.database_file() as connection:
        connection.executemany(
            "UPDATE job SET due = 0 WHERE key = ? AND due IS NOT NULL", [(k,) for k in ready]
        )
    for key in ready:
        del hours.due[key]
    while job := await world.queue.claim(WITHOUT_CONTROLS, "test", LEASE):
        handler = world.handlers.get(job.kind)
        try:
            again = await handler(job) if handler else None
            after = again.after if again else None
        except Retry as retry:
            after = retry.after
        if after is None:
            await world.queue.finish(job)
        else:
            hours.due[job.key] = hours.now + after.total_seconds()
            await world.queue.again(job, LATER)
    hours.now += TICK


async def everyone_changes(world: World, number: int) -> None:
    world.clock.advance(timedelta(seconds=TICK))
    async with world.ctx.store.write() as tx:
        for n in range(1, INCIDENTS + 1):
            await work.draw(tx, f"INC-{n}")
            if (n + number) % 4 == 0:
                await work.say(tx, f"storm:{n}:{number}", f"INC-{n}", f"Word {number} of INC-{n}")


def too_many(world: World) -> Counter[str]:
    calls = world.workspace.journal.calls.as_json(lambda c: c.status == 429)
    return Counter(call["method"] for call in calls)


async def settle(world: World, hours: Hours, within: float) -> None:
    """Until nothing more is to be drawn."""
    until = hours.now + within
    while hours.now < until:
        await tick(world, hours)


async def cards_current(world: World) -> list[str]:
    """Incidents whose card in Slack is not what would be drawn now."""
    behind = []
    for n in range(1, INCIDENTS + 1):
        async with world.ctx.store.read() as tx:
            view = await incident_view(world.ctx, tx, f"INC-{n}")
            sent = await tx.keepsakes.sent(f"card:INC-{n}")
        if sent is None or sent.digest != digest(incident_card(view)):
            behind.append(view.incident.id)
    return behind


def said_twice(world: World) -> list[str]:
    """Keys of messages that stand in Slack more than once."""
    keys = Counter(
        str(m.metadata["event_payload"]["key"])
        for channel in world.workspace.channels.values()
        for m in channel.messages.values()
        if m.metadata
    )
    return [key for key, times in keys.items() if times > 1]


async def test_twenty_that_change_all_the_time_keep_to_the_tiers_and_end_current(
    crowded: tuple[World, Hours],
) -> None:
    world, hours = crowded
    for number in range(24):
        await everyone_changes(world, number)
        await tick(world, hours)
    await settle(world, hours, 75)
    assert sum(too_many(world).values()) <= 2, too_many(world)
    assert await cards_current(world) == []
    assert said_twice(world) == []
    edits = world.calls("chat.update")
    assert edits <= 40 + 50 * hours.now / 60


async def test_when_slack_returns_there_is_no_storm_and_nothing_was_lost(
    crowded: tuple[World, Hours],
) -> None:
    world, hours = crowded
    await settle(world, hours, 15)
    world.workspace.faults.down = True
    for number in range(8):
        await everyone_changes(world, number)
        await tick(world, hours)
    world.workspace.faults.down = False
    before = world.workspace.journal.calls.as_json(lambda _: True)[-1]["number"]
    await settle(world, hours, 150)
    after = world.workspace.journal.calls.as_json(lambda c: c.number > before)
    assert sum(c["status"] == 429 for c in after) <= 2, too_many(world)
    assert sum(c["method"] == "conversations.history" for c in after) <= 2 * INCIDENTS
    assert await cards_current(world) == []
    assert said_twice(world) == []
    words = [m.text for c in world.workspace.channels.values() for m in c.messages.values()]
    assert sum(text.startswith("Word ") for text in words) == 8 * INCIDENTS // 4
