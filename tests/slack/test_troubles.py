"""What Slack will not do is named in one sentence with its mend, once, and kills no incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.slack import Fault
from bot.slack.troubles import advice
from bot.slack.wire import SlackRefused
from bot.usecases import troubles, work
from tests.slack.support.world import World

ROOM = "inc-1-amber-anchor"
CHANNEL_REFUSALS = (
    "restricted_action",
    "name_taken",
    "missing_scope",
    "unknown_method",
    "enterprise_is_restricted",
)


async def standing(world: World, incident_id: str = "") -> dict[str, str]:
    async with world.ctx.store.read() as tx:
        return await troubles.standing(tx, incident_id)


def direct(world: World, name: str) -> list[str]:
    """What Breakwater has told somebody directly."""
    who = world.workspace.person(name).id
    ims = [c for c in world.workspace.channels.values() if c.is_im and who in c.members]
    return [m.text for c in ims for m in c.messages.values()]


async def rounds(world: World, times: int = 3) -> None:
    for _ in range(times):
        world.clock.advance(timedelta(minutes=1))
        await world.everything_due()
        await world.drain()


async def settings(world: World, **what: Any) -> None:
    assert (await world.post("settings", **what))["ok"]


@pytest.mark.parametrize("code", CHANNEL_REFUSALS)
async def test_where_no_channel_can_be_made_the_incident_lives_on_and_says_how_to_mend_it(
    world: World, code: str
) -> None:
    world.workspace.faults.add(Fault("error", match="conversations.create", error=code, count=None))
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    await rounds(world)
    said = await world.alice.read("incidents")
    assert said.count(f"lives here: no channel of its own can be made ({code})") == 1
    assert advice(SlackRefused(code)).split("; ")[1].replace("`", "") in said.replace("`", "")
    await world.alice.click("Done", near="Give the phone bridge", channel="incidents")
    assert "step.done" in await world.kinds()


async def test_people_whom_slack_keeps_out_are_named_once_and_the_others_come_in(world: World) -> None:
    await world.post("account", user="bob", deleted=True)
    await world.post("account", user="dana", is_restricted=True)
    room = await world.declared()
    await rounds(world)
    said = await world.alice.read(room)
    told = [line for line in said.splitlines() if "cannot be let in here" in line]
    assert len([t for t in told if "Bob Okafor" in t]) == 2  # the line that told it, and the card
    assert "the account is deactivated" in said
    assert "Dana Kim cannot be let in here: is a guest" in said
    assert "let an admin make them a full member" in said
    assert {"U06FRANK", "U05ERIN"} <= set(world.workspace.channel_called(room).members)
    lines = [m.text for m in world.workspace.channel_called(room).messages.values()]
    assert len([line for line in lines if "cannot be let in here" in line]) == 1  # both of them at once

    await world.post("account", user="dana", is_restricted=False)
    async with world.ctx.store.write() as tx:
        await work.invite(tx, "INC-1")
    await rounds(world)
    assert list(await standing(world, "INC-1")) == ["invite:U02BOB"]
    assert "Dana Kim cannot" not in (await world.alice.pins(room))[0]


async def test_a_deactivated_treasurer_who_cannot_be_paged_is_named_with_what_he_missed(world: World) -> None:
    await world.post("account", user="bob", deleted=True)
    room = await world.declared()
    async with world.ctx.store.write() as tx:
        await work.page(world.ctx, tx, "danger", ["bob", "frank"], "Coverage fell below 1", "INC-1")
    await rounds(world)
    said = await world.alice.read(room)
    assert "Bob Okafor could not be paged: the account is deactivated" in said
    assert said.count("Unheard: “Coverage fell below 1”") == 1
    assert "Coverage fell below 1" in "".join(direct(world, "frank"))


@pytest.mark.parametrize("verb", ["archive", "delete", "remove"])
async def test_an_incident_whose_channel_is_lost_goes_on_in_the_incidents_channel(
    world: World, verb: str
) -> None:
    room = await world.declared()
    await world.post(verb, user="alice", channel=room, who="breakwater" if verb == "remove" else None)
    await world.alice.command("/incident note INC-1 Are we still there", "general")
    await rounds(world)
    said = await world.alice.read("incidents")
    assert said.count("INC-1 goes on here: its own channel cannot be used") == 1
    await world.alice.click("Done", near="Give the phone bridge", channel="incidents")
    assert "step.done" in await world.kinds()


async def test_thrown_out_of_the_incidents_channel_breakwater_walks_in_again(world: World) -> None:
    await world.post("remove", user="alice", channel="incidents", who="breakwater")
    await world.declared()
    await rounds(world, 1)
    assert "amber anchor" in await world.alice.read("incidents")
    assert await standing(world) == {}


@pytest.mark.parametrize("verb", ["archive", "delete"])
async def test_without_an_incidents_channel_the_commander_is_told_directly_and_a_new_one_is_found(
    world: World, verb: str
) -> None:
    await world.declared()
    await world.post(verb, user="alice", channel="incidents")
    for _ in range(3):
        async with world.ctx.store.write() as tx:
            await work.show(tx, "announcement", "INC-1")
        await rounds(world, 1)
        async with world.ctx.store.write() as tx:
            await work.warn(tx, "three", "Something for everybody")
    heard = [m for m in direct(world, "alice") if "Nothing can be announced in #incidents" in m]
    assert len(heard) == 1
    assert "make the channel, or set INCIDENTS_CHANNEL" in heard[0]
    assert list(await standing(world)) == ["incidents-channel"]

    if verb == "archive":
        await world.post("rename", user="alice", channel="incidents", name="incidents-old")
    new = world.workspace.channels["C01GENERAL"]
    new.name = "incidents"
    async with world.ctx.store.write() as tx:
        await work.warn(tx, "again", "We are back")
    await rounds(world, 1)
    assert "We are back" in await world.alice.read("incidents")
    assert await standing(world) == {}


async def test_a_renamed_incidents_channel_is_still_ours(world: World) -> None:
    await world.declared()
    await world.post("rename", user="alice", channel="incidents", name="outages")
    async with world.ctx.store.write() as tx:
        await work.warn(tx, "one", "Still heard")
    await rounds(world, 1)
    assert "Still heard" in await world.alice.read("outages")


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_with_a_revoked_token_everything_waits_and_catches_up(world: World, code: str) -> None:
    room = await world.declared()
    await settings(world, token_error=code)
    async with world.ctx.store.write() as tx:
        await work.say(tx, "waiting", "INC-1", "Said while we were shut out")
        await work.page(world.ctx, tx, "danger", ["bob"], "Coverage fell below 1", "INC-1")
    await rounds(world)
    assert list(await standing(world)) == ["token"]
    assert "SLACK_BOT_TOKEN" in (await standing(world))["token"]
    await settings(world, token_error="")
    await rounds(world, 2)
    assert (await world.alice.read(room)).count("Said while we were shut out") == 1
    assert "Coverage fell below 1" in "".join(direct(world, "bob"))
    assert await standing(world) == {}


async def test_a_scope_that_comes_back_brings_what_waited(world: World) -> None:
    room = await world.declared()
    scopes = sorted(world.workspace.app.scopes)
    await settings(world, scopes=[s for s in scopes if s != "chat:write"])
    async with world.ctx.store.write() as tx:
        await work.say(tx, "waiting", "INC-1", "Said without the scope")
    await rounds(world)
    await settings(world, scopes=scopes)
    await rounds(world, 2)
    assert (await world.alice.read(room)).count("Said without the scope") == 1


async def test_a_card_that_cannot_be_pinned_says_so_once_and_on_the_card(world: World) -> None:
    world.workspace.faults.add(Fault("error", match="pins.add", error="missing_scope", count=None))
    room = await world.declared()
    await rounds(world, 4)
    said = await world.alice.read(room)
    assert (
        said.count("The card could not be pinned: the app lacks the scope a:scope") == 2
    )  # a line, and the card


def test_every_trouble_is_one_sentence_with_a_mend() -> None:
    for code in ("missing_scope", "restricted_action_thread_only_channel", "never_heard_of"):
        said = advice(SlackRefused(code, method="chat.postMessage", needed="chat:write"))
        assert code in said
        assert "; " in said
        assert "{" not in said
    assert "chat:write" in advice(SlackRefused("missing_scope", needed="chat:write"))
