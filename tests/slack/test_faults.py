"""Slack away, slow or lying, the database locked, a worker killed in between: nothing lost, nothing twice."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.ledger import Row
from bot.sandbox.slack import Fault
from tests.slack.support.world import World

ROOM = "inc-1-amber-anchor"


async def test_with_slack_down_decisions_are_taken_and_the_channel_catches_up(world: World) -> None:
    world.workspace.faults.down = True
    assert (await world.alice.command("/incident declare Withdrawals fail", "general")).ok
    await world.alice.click("Declare", channel="general")
    answer = await world.bob.command("/protected-mode on Outflow has doubled since 03:10", "general")
    assert "Set protected mode" in answer.reply
    await world.bob.click("Set protected mode", channel="general")
    await world.settle()
    assert "actuation.confirmed" in await world.kinds()
    assert ROOM not in await world.alice.channels()

    world.workspace.faults.down = False
    await world.everything_due()
    await world.settle()
    assert "PROTECTED 16/16 confirmed" in (await world.alice.pins(ROOM))[0]


async def test_with_slack_down_a_command_that_needs_a_modal_says_what_to_type_instead(world: World) -> None:
    world.workspace.faults.add(Fault("server_error", match="views.open"))
    answer = await world.alice.command("/incident declare", "general")
    assert answer.ok
    assert "Instead: /incident declare Withdrawals run" in answer.reply


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "rate_limited", "server_error"])
async def test_a_lost_answer_is_tried_again_and_nothing_stands_twice(world: World, kind: str) -> None:
    for method in ("conversations.create", "chat.postMessage", "chat.update", "pins.add"):
        world.workspace.faults.add(Fault(kind, match=method))
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    for _ in range(5):
        await world.drain()
        await world.everything_due()
    channels = [c for c in await world.alice.channels() if c.startswith("inc-")]
    assert channels == [ROOM]
    said = await world.alice.read(ROOM)
    assert said.count("breakwater: SANDBOX · SEV2 · amber anchor") == 1
    assert said.count("breakwater: Steps ·") == 1
    assert len(await world.alice.pins(ROOM)) == 1
    assert (await world.alice.read("incidents")).count("amber anchor") == 1


async def test_a_worker_killed_between_posting_and_recording_posts_no_second_message(world: World) -> None:
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    await world.drain()
    with world.database_file() as connection:  # as if killed after Slack's answers, before writing them down
        connection.execute("UPDATE sent SET ts = '', digest = ''")
    world.clock.advance(timedelta(minutes=1))
    await world.everything_due()
    await world.drain()
    said = await world.alice.read(ROOM)
    assert said.count("breakwater: SANDBOX · SEV2 · amber anchor") == 1
    assert said.count("breakwater: Steps ·") == 1
    assert "1 min" in (await world.alice.pins(ROOM))[0].splitlines()[0]


async def test_a_redraw_that_says_the_same_calls_nobody(world: World) -> None:
    await world.declared()
    before = world.calls("chat.update")
    await world.everything_due()
    await world.drain()
    assert world.calls("chat.update") == before


async def test_an_archived_channel_moves_the_incident_to_the_incidents_channel(world: World) -> None:
    room = await world.declared()
    await world.alice.archive(room)
    world.clock.advance(timedelta(minutes=1))
    await world.alice.command("/incident note Are we still there", "general")
    await world.drain()
    said = await world.alice.read("incidents")
    assert "INC-1 goes on here: its own channel cannot be used (is_archived)" in said
    await world.alice.click("Done", near="Give the phone bridge", channel="incidents")
    assert "step.done" in await world.kinds()


async def test_a_missing_scope_is_named_and_kills_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.workspace.app.scopes -= {"pins:write", "groups:write"}
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    await world.drain()
    await world.drain()
    assert "update the app from `breakwater manifest`" in capsys.readouterr().out
    assert "lives here" in await world.alice.read("incidents")


async def test_a_locked_database_is_said_in_time_and_nothing_is_half_done(world: World) -> None:
    await world.declared()
    path = Path(str(world.database.url.for_sync.database))
    before = await ledger(world)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        answer = await world.alice.command("/incident note The lock holds", ROOM)
        clicked = await world.alice.click("Done", near="Give the phone bridge", channel=ROOM)
        modal = world.alice.modal
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    assert answer.ok
    assert "The database is not answering" in answer.reply
    assert answer.ack_ms is not None
    assert answer.ack_ms < 2900
    assert clicked.ok
    assert "The database is not answering" in modal
    assert await ledger(world) == before


async def ledger(world: World) -> list[Row]:
    async with world.ctx.store.read() as tx:
        return await tx.ledger.rows()
