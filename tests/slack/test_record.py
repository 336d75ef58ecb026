"""The brief from which the next commander starts, and the record by filter and page."""

from datetime import timedelta

import pytest

from bot.domain.ledger import Entry
from tests.slack.support.world import World


async def protected(world: World) -> str:
    room = await world.declared()
    await world.bob.command("/protected-mode on Northbank has paused withdrawals", room)
    await world.bob.click("Set protected mode", channel=room)
    await world.settle()
    return room


async def noted(world: World, count: int) -> None:
    async with world.ctx.store.write() as tx:
        for number in range(count):
            data = {"text": f"entry {number} " + "& < > * " * 20}
            entry = Entry(
                id=world.ctx.ids.new("rec"),
                at=world.clock.now(),
                environment=world.ctx.environment,
                kind="note" if number % 10 else "proposal.made",
                actor="carol",
                incident_id="INC-1",
                data=data,
            )
            tx.ledger.append(entry)


async def test_the_brief_is_half_a_page_from_which_the_next_commander_can_start(world: World) -> None:
    room = await protected(world)
    await world.feed(hot_balance="1204000", books_drift="0")
    said = (await world.frank.command("/incident brief", room)).reply
    for part in (
        "What happened: Withdrawals run after Northbank paused (declared by Alice Ng 03:00 UTC",
        "Where it stands: protected",
        "PROTECTED 16/16 confirmed",
        "Class: unknown",
        "Customers now:",
        "protected mode, 16 controls: Bob Okafor (treasury lead), 03:00 UTC – Northbank has paused",
        "reviewed 04:00 UTC",
        "Decisions awaited",
        "Roles: incident commander: Alice Ng",
        "Public: nothing said yet",
        "Next",
        "Not known",
        "no fresh figure of",
        "Numbers",
        "Books drift 0",
    ):
        assert part in said, part
    assert len(said.splitlines()) <= 45
    assert said.count("• ") <= 22


async def test_the_brief_is_private_until_it_is_posted_and_is_posted_once(world: World) -> None:
    room = await protected(world)
    await world.frank.command("/incident brief", room)
    assert "Brief ·" not in await world.alice.read(room)
    await world.frank.click("Post in the channel", channel=room, times=2)
    await world.frank.click("Post in the channel", channel=room)
    await world.drain()
    shown = await world.alice.read(room)
    assert shown.count("Posted by Frank Moreau") == 1
    assert "was posted already" in await world.frank.hears("was posted already", ever=True)
    assert "The brief of INC-1" in (await world.carol.command("/incident brief INC-1", "general")).reply


@pytest.mark.parametrize(
    ("asked", "has", "lacks"),
    [
        ("decisions", "set protected mode, 16 controls", "noted:"),
        ("controls", "Checks on risky withdrawals: confirmed", "declared:"),
        ("notes", "noted: The desk confirms it", "set protected mode"),
        ("people", "took up treasury lead", "noted:"),
        ("publications", "drafted", "noted:"),
        ("steps", "did “", "noted:"),
        ("@bob", "set protected mode", "noted:"),
        ("notes by @alice", "noted: The desk confirms it", "set protected mode"),
        ("decisions notes since 30m", "noted: The desk confirms it", "took up"),
        ("since 03:00 utc notes", "noted: The desk confirms it", "set protected mode"),
    ],
)
async def test_the_record_is_narrowed_down(world: World, asked: str, has: str, lacks: str) -> None:
    room = await protected(world)
    await world.alice.command("/incident role treasury_lead @bob", room)
    await world.bob.click("I'm here", channel=room)
    await world.alice.click("Done", near="Give the phone bridge", channel=room)
    await world.alice.command("/incident update holding", room)
    await world.alice.command("/incident note The desk confirms it", room)
    said = (await world.alice.command(f"/incident timeline {asked}", room)).reply
    assert "Times are UTC." in said
    assert has in said
    assert lacks not in said


async def test_what_was_long_ago_is_left_out(world: World) -> None:
    room = await world.declared()
    world.clock.advance(timedelta(hours=2))
    await world.alice.command("/incident note The desk confirms it", room)
    said = (await world.alice.command("/incident timeline since 1 h 30 min", room)).reply
    assert "noted:" in said
    assert "declared:" not in said


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("decision", "The timeline knows no “decision”. Did you mean decisions?"),
        ("everything", "It knows decisions, controls, notes, publications, people, steps"),
        ("since", "After “since” comes for how long back"),
        ("since forever", "After “since” comes for how long back"),
        ("@nobody", "Nobody here is called @nobody"),
        ("@alice @bob", "Name one person at a time."),
        ("<!channel>", "The timeline knows no"),
    ],
)
async def test_an_unknown_filter_is_answered_with_what_there_is(
    world: World, asked: str, answer: str
) -> None:
    room = await world.declared()
    said = (await world.alice.command(f"/incident timeline {asked}", room)).reply
    assert answer in said
    assert "For example: /incident timeline decisions since 30m @alice" in said


async def test_ten_thousand_rows_are_paged_within_limits_and_every_row_is_shown_once(world: World) -> None:
    room = await world.declared()
    for _ in range(5):
        await noted(world, 2000)
    said = (await world.alice.command("/incident timeline decisions @carol", room)).reply
    await world.alice.click("Older", channel=room)
    seen = [said]
    for _ in range(4):
        seen.append(world.alice.modal)
        assert world.alice.modal.startswith("Timeline · INC-1")
        await world.alice.click("Older")
    shown = [line for page in seen for line in page.splitlines() if "Carol Reyes proposed" in line]
    assert len(shown) == 5 * 20
    await world.alice.click("Newest")
    assert "[Newest]" not in world.alice.modal
    assert "[Older]" in (await world.alice.command("/incident timeline", room)).reply


async def test_pages_show_each_row_once_and_the_oldest_at_the_end(world: World) -> None:
    room = await world.declared()
    for number in range(45):
        await world.alice.command(f"/incident note number {number} of many", room)
    said = (await world.alice.command("/incident timeline notes", room)).reply
    await world.alice.click("Older", channel=room)
    second = world.alice.modal
    await world.alice.click("Older")
    third = world.alice.modal
    pages = f"{said}\n{second}\n{third}"
    assert all(pages.count(f"number {number} of many") == 1 for number in range(45))
    assert "number 0 of many" in third
    assert "[Older]" not in third


async def test_carol_reads_older_pages_where_she_was_let_in_and_nowhere_else(world: World) -> None:
    room = await world.declared()
    await world.invited("carol", to=room)
    for number in range(45):
        await world.alice.command(f"/incident note number {number}", room)
    await world.carol.command("/incident timeline notes", room)
    await world.carol.click("Older", channel=room)
    await world.carol.click("Older")
    assert "number 0" in world.carol.modal
    assert "is for its channel" in (await world.carol.command("/incident timeline INC-1", "general")).reply
