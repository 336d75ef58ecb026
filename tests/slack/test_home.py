"""A person's Home: a live board of what concerns them, with nothing on it that is not theirs to see."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.base import Environment
from bot.sandbox.people import Person
from bot.sandbox.slack import Fault
from bot.sandbox.slack.modals import publish_home
from bot.sandbox.slack.validate import check_view, elements_of
from tests.slack.support.world import World, a_world

WHY = "Northbank has paused and our queue is growing"


async def opened(world: World, person: Person) -> str:
    """Somebody looks at their Home; what they see once it is drawn."""
    await person.open_home()
    async with asyncio.timeout(10):
        while not await world.drain():
            pass
    return await person.home()


async def protected(world: World) -> str:
    room = await world.declared()
    await world.alice.command(f"/protected-mode on {WHY}", room)
    await world.alice.click("Set protected mode", channel=room)
    await world.settle()
    return room


def published(world: World) -> int:
    return world.calls("views.publish")


def view_of(world: World, name: str) -> dict[str, Any]:
    return world.workspace.homes[world.workspace.person(name).id].spec


async def test_on_a_quiet_day_a_newcomer_learns_what_to_do_and_whom_to_expect(world: World) -> None:
    seen = await opened(world, world.gus)
    assert "SANDBOX · nothing here is real" in seen
    assert "Service mode: NORMAL" in seen
    assert "All is quiet: no incident is open." in seen
    assert "/incident declare what you see" in seen
    assert "Who would command: Alice Ng, Frank Moreau." in seen
    assert "You are listed in no role." in seen

    await world.gus.click("Declare incident", channel="home")
    await world.gus.fill("What is happening?", "Payouts run twice")
    assert await world.gus.submit() == {}
    assert await world.kinds() != []


async def test_a_home_follows_whatever_changes_without_being_opened_again(world: World) -> None:
    assert "All is quiet" in await opened(world, world.bob)
    room = await protected(world)
    seen = await world.bob.home()
    assert "Service mode: PROTECTED" in seen
    assert "Open incidents · 1" in seen
    assert "amber anchor · INC-1" in seen
    assert "protected · PROTECTED 16/16 confirmed · Alice Ng commands · since 03:00 UTC" in seen
    assert "Controls off normal · 16" in seen
    assert "withdrawals.limit.USDT.TRON: small_only, as seen" in seen
    assert "03:10 UTC the next public word · INC-1 amber anchor" in seen
    assert "a review of holds · INC-1" in seen

    await world.alice.command("/incident standdown It was a monitoring fault", room)
    assert "PROTECTED" in (await world.bob.home())  # what is held keeps it open
    assert check_view(view_of(world, "bob")) == []


async def test_nothing_is_published_to_people_who_never_looked_nor_twice_the_same(world: World) -> None:
    await world.declared()
    assert published(world) == 0
    await opened(world, world.alice)
    assert published(world) == 1
    await world.alice.command("/incident note The desk confirms it", world.alice.channel)
    await world.everything_due()
    await world.drain()
    assert published(world) == 1
    await opened(world, world.alice)
    assert published(world) == 1


async def test_many_changes_at_once_are_one_publication(world: World) -> None:
    await opened(world, world.alice)
    for number in range(4):
        await world.bob.command(f"/incident declare Queue {number} grows", "general")
        await world.bob.click("Declare", channel="general")
    before = published(world)
    await world.drain()
    assert published(world) == before + 1
    assert "Open incidents · 4" in await world.alice.home()


async def test_steps_and_their_buttons_work_on_home_as_on_the_card(world: World) -> None:
    await opened(world, world.alice)
    room = await world.declared()
    seen = await world.alice.home()
    assert "Give the phone bridge" in seen
    await world.alice.click("Done", near="Give the phone bridge", channel="home")
    await world.drain()
    assert "step.done" in await world.kinds()
    assert "Give the phone bridge" not in await world.alice.home()
    assert "improvised — done by Alice Ng" in await world.alice.read(room)


async def test_the_second_person_approves_on_home_exactly_what_the_channel_shows(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/control set withdrawals.risk checked Outflow has doubled", room)
    await world.settle()
    await opened(world, world.alice)
    assert "Release withdrawals.risk" not in await world.alice.home()
    await world.bob.command("/control release withdrawals.risk Northbank settles again", room)
    await world.drain()
    seen = await world.alice.home()
    assert "Release withdrawals.risk · INC-1" in seen
    assert "withdrawals.risk: checked → normal" in seen
    assert "Northbank settles again" in seen
    await world.alice.click("Approve", near="Release withdrawals.risk", channel="home")
    await world.settle()
    assert "proposal.approved" in await world.kinds()
    assert "Release withdrawals.risk" not in await world.alice.home()
    assert "Approved." in await world.alice.read("@breakwater")


async def test_who_proposed_and_who_may_not_are_offered_no_approval(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/control set withdrawals.risk checked Outflow has doubled", room)
    await world.settle()
    await world.bob.command("/control release withdrawals.risk Northbank settles again", room)
    for person in (world.bob, world.carol, world.dana):
        assert "[Approve]" not in await opened(world, person)


async def test_a_draft_waits_on_the_home_of_who_may_publish_it(world: World) -> None:
    room = await world.declared()
    await world.settle()
    await opened(world, world.dana)
    await world.alice.command("/incident update holding", room)
    await world.drain()
    assert "draft" in await world.dana.home()
    await world.dana.click("Approve", channel="home")
    await world.settle()
    assert "publication.published" in await world.kinds()
    assert "[Approve]" not in await world.dana.home()


async def test_no_reserve_figure_and_no_words_of_people_reach_who_may_hold_no_role(world: World) -> None:
    await world.feed(reserve_ratio="0.8731", books_drift="4321", hot_balance="1204000")
    await opened(world, world.carol)
    await world.declared("Northbank keeps 4,100,000 USDT of ours")
    await world.alice.command(
        "/control set withdrawals.risk checked Only 77 percent is left", "#inc-1-amber-anchor"
    )
    await world.settle()
    seen = await world.carol.home()
    assert "amber anchor · INC-1" in seen
    assert "withdrawals.risk: checked" in seen
    for word in ("4,100,000", "0.87", "4,321", "1,204,000", "77 percent", "Northbank", "[Done]", "[Brief]"):
        assert word not in seen
    inside = await opened(world, world.erin)
    assert "Northbank keeps 4,100,000" in inside
    for figure in ("0.87", "4,321", "1,204,000"):
        assert figure not in inside


async def test_twenty_and_more_incidents_fit_with_ids_that_are_unique(world: World) -> None:
    await opened(world, world.alice)
    for number in range(25):
        await world.alice.command(f"/incident declare <!channel> *Queue* {number} & more", "general")
        await world.alice.click("Declare", channel="general")
    await world.drain(rounds=4000)
    view = view_of(world, "alice")
    assert check_view(view) == []
    assert len(view["blocks"]) <= 100
    ids = [element["action_id"] for _, element in elements_of(view["blocks"])]
    assert len(ids) == len(set(ids))
    seen = await world.alice.home()
    assert "Open incidents · 25" in seen
    assert "… and 5 more: /incident list" in seen
    assert "more wait for you in their channels" in seen
    assert "@channel" not in seen


async def test_a_home_that_another_hand_has_drawn_is_drawn_again(world: World) -> None:
    await opened(world, world.alice)
    other = {"type": "home", "blocks": [{"type": "divider"}]}
    publish_home(world.workspace, "U01ALICE", other)
    await world.declared()
    assert "Open incidents · 1" in await world.alice.home()
    publish_home(world.workspace, "U01ALICE", other)
    assert "Open incidents · 1" in await opened(world, world.alice)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "rate_limited", "server_error"])
async def test_a_publication_that_is_lost_comes_later(world: World, kind: str) -> None:
    await opened(world, world.alice)
    world.workspace.faults.add(Fault(kind, match="views.publish", count=2))
    await world.declared()
    for _ in range(4):
        await world.everything_due()
        await world.drain()
    assert "Open incidents · 1" in await world.alice.home()


async def test_who_is_gone_is_no_longer_drawn_for(world: World) -> None:
    await opened(world, world.alice)
    world.workspace.faults.add(Fault("error", match="views.publish", error="user_not_found"))
    await world.declared()
    calls = published(world)
    await world.declared("A second one")
    assert published(world) == calls


async def test_the_messages_tab_draws_nothing(world: World) -> None:
    await world.alice.open_home("messages")
    await world.declared()
    assert published(world) == 0


async def test_what_nobody_has_seen_for_long_becomes_unknown_on_home_by_itself(world: World) -> None:
    await opened(world, world.bob)
    await protected(world)
    world.clock.advance(timedelta(minutes=11))
    await world.everything_due()
    await world.drain()
    assert "not seen since 03:00 UTC" in await world.bob.home()


async def test_a_drill_says_so(sqlite_url: str) -> None:
    async with a_world(sqlite_url, Environment.DRILL) as world:
        await world.alice.command("/incident declare Rehearsing", "general")
        await world.alice.click("Declare", channel="general")
        await world.drain()
        seen = await opened(world, world.alice)
        assert "DRILL · sandbox controls only" in seen
        assert "DRILL · SEV2 · amber anchor · DRL-1" in seen


async def test_a_suspension_asks_a_second_person_for_their_word_and_never_the_first(world: World) -> None:
    room = await world.declared()
    await world.frank.command("/control set withdrawals.limit.USDT.TRON suspended Books differ", room)
    await world.settle()
    for person in (world.frank, world.carol, world.dana):
        assert "[Ratify" not in await opened(world, person)
    assert "stand on one person's word" in await opened(world, world.erin)
    await world.erin.click("Ratify withdrawals.limit.USDT.TRON", channel="home")
    await world.drain()
    assert "hold.ratified" in await world.kinds()
    assert "[Ratify" not in await world.erin.home()
