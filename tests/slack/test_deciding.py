"""Classes, phases, roles, controls and words by command and modal."""

import pytest

from bot.slack.cards.help import HELP
from tests.slack.support.world import World

CLASSIFIED = "counterparty failure (confirmed)"


async def answer(world: World, word: str, remark: str = "") -> None:
    await world.alice.choose("Answer", word)
    if remark:
        await world.alice.fill("Remark", remark)
    assert await world.alice.submit(times=2) == {}


async def test_the_tree_is_walked_in_one_modal_with_signals_beside_each_question(world: World) -> None:
    await world.feed(unclaimed_outflow="0", books_drift="0")
    room = await world.declared()
    await world.alice.click("Classify", near="Answer the tree", channel=room)
    assert "Is there an outflow that nobody claims" in world.alice.modal
    assert "Outflow nobody claims: 0.00 USDT (0 s old)" in world.alice.modal
    await answer(world, "No", "Frank looked at both signers")
    assert "Do the books differ from the chain" in world.alice.modal
    await answer(world, "No")
    assert "Are genuine assets stuck" in world.alice.modal
    await answer(world, "Yes")
    assert CLASSIFIED in world.alice.modal
    await world.drain()

    given = [r for r in await world.rows() if r.kind == "classification.answered"]
    assert [r.data["answer"] for r in given] == ["no", "no", "yes"]
    assert given[0].data["remark"] == "Frank looked at both signers"
    assert given[0].data["signals"]["unclaimed_outflow"] == "0.00 USDT (0 s old)"
    assert f"Class: {CLASSIFIED}" in (await world.alice.pins(room))[0]
    said = await world.alice.read(room)
    assert "List what flows to them by itself" in said
    assert "Answer the tree and choose a class, provisional if need be — done by Alice Ng" in said


async def test_an_unknown_answer_leaves_the_class_provisional_and_names_the_runner_up(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident classify", room)
    await answer(world, "Unknown")
    assert "custody incident (provisional: an answer was unknown)" in world.alice.modal
    await world.drain()
    assert "Class: custody incident (provisional), runner-up" in (await world.alice.pins(room))[0]

    await world.alice.command("/incident classify", room)
    assert "(x) Unknown" in world.alice.modal
    await answer(world, "No")
    assert "Do the books differ" in world.alice.modal


async def test_a_role_is_given_and_its_holder_answers_with_one_click(world: World) -> None:
    room = await world.declared()
    reply = (await world.alice.command("/incident role treasury_lead @bob", room)).reply
    assert reply == "Bob Okafor is treasury lead of INC-1."
    await world.drain()
    assert "you are treasury lead" in await world.bob.read("@breakwater")
    assert "treasury lead: Bob Okafor (has not answered)" in (await world.alice.pins(room))[0]
    await world.bob.click("I'm here", channel=room)
    await world.drain()
    assert "has not answered" not in (await world.alice.pins(room))[0]

    assert (
        "Frank Moreau commands INC-1" in (await world.alice.command("/incident handoff @frank", room)).reply
    )
    refused = (await world.bob.command("/incident handoff @alice", room)).reply
    assert "hand over the command of INC-1 takes the incident commander" in refused


async def test_controls_are_listed_shown_set_and_proposed_for_release(world: World) -> None:
    room = await world.declared()
    shown = (await world.frank.command("/control show SWAPS", room)).reply
    assert "Loosened by two persons: technical lead + incident commander" in shown
    reply = (await world.frank.command("/control set swaps low_risk Prices lag behind", room)).reply
    assert "Set: swaps: unknown → low_risk" in reply
    assert "Loosening it again takes two persons: technical lead + incident commander" in reply
    again = (await world.alice.command("/control set swaps low_risk Prices lag behind", room)).reply
    assert "Frank Moreau set swaps to low_risk at 03:00:00 UTC" in again
    assert "To tighten" in (await world.carol.command("/control set quotes wide Why not", "general")).reply
    await world.settle()
    listed = (await world.frank.command("/control list", room)).reply
    assert listed.splitlines()[0] == "• swaps: low_risk, seen 0 s ago"

    released = (await world.frank.command("/control release swaps Prices are in step", room)).reply
    assert "It waits for Alice Ng" in released
    await world.drain()
    await world.alice.click("Approve", near="Release swaps", channel=room)
    await world.settle()
    assert "approved by Alice Ng" in await world.alice.read(room)
    assert "• swaps" not in (await world.alice.pins(room))[0]


async def test_tighten_on_the_card_previews_before_it_sets(world: World) -> None:
    room = await world.declared()
    await world.bob.click("Tighten", channel=room)
    await world.bob.choose("Control and level", "withdrawals.limit.BTC.BTC → small_only")
    await world.bob.fill("Why?", "Outflow in BTC has tripled")
    await world.bob.submit()
    assert "withdrawals.limit.BTC.BTC: unknown → small_only" in world.bob.modal
    assert "Loosening it again takes two persons" in world.bob.modal
    assert "control.decided" not in await world.kinds()
    assert await world.bob.submit(times=3) == {}
    row = [r for r in await world.rows() if r.kind == "control.decided"]
    assert [r.data["justification"] for r in row] == ["Outflow in BTC has tripled"]


async def test_a_draft_is_edited_by_dana_and_approved_word_for_word(world: World) -> None:
    room = await world.declared()
    await world.alice.click("Update", channel=room)
    await world.drain()
    await world.dana.click("Edit", near="We are looking into a problem", channel=room)
    await world.dana.fill(
        "What the public is told", "Withdrawals up to 500 USDT continue. Next word 04:00 UTC."
    )
    assert await world.dana.submit() == {}
    await world.drain()
    await world.alice.click("Approve", near="Withdrawals up to 500 USDT continue", channel=room)
    await world.drain()
    await world.alice.hears("takes the comms owner: Dana Kim", ever=True)

    await world.dana.click("Approve", near="Withdrawals up to 500 USDT continue", channel=room)
    await world.drain()
    assert "published 03:00 UTC, approved by Dana Kim" in await world.dana.read(room)
    assert "Public: last 0 s ago, next by" in (await world.alice.pins(room))[0]


async def test_a_form_is_opened_only_to_who_may_submit_it(world: World) -> None:
    room = await world.declared()
    await world.invited("carol", to=room)
    await world.dana.command("/incident update", room)
    await world.drain()
    await world.carol.click("Edit", channel=room)
    assert world.carol.modal == ""
    await world.drain()
    await world.carol.hears("To edit what the public is told takes the comms owner: Dana Kim", ever=True)


async def test_the_macros_are_drafted_shown_in_full_and_approved(world: World) -> None:
    room = await world.declared()
    await world.dana.command("/incident macros", room)
    await world.drain()
    said = await world.dana.read(room)
    for question in ("Is my money safe?", "Where is my withdrawal?", "Do I need to do anything?"):
        assert question in said
    await world.dana.click("Discard", near="Support macros", channel=room)
    await world.drain()
    assert "discarded" in await world.dana.read(room)


async def test_brief_status_list_and_timeline_tell_where_it_stands(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident note Northbank's desk confirms it", room)
    brief = (await world.frank.command("/incident brief", room)).reply
    assert "declared by Alice Ng 03:00 UTC, 0 s ago" in brief
    assert "Where it stands: classify for 0 s" in brief
    assert "Alice Ng noted: Northbank's desk confirms it" in brief
    assert (
        "03:00:00 Alice Ng declared: Withdrawals run"
        in (await world.alice.command("/incident timeline", room)).reply
    )
    assert (
        "INC-1 amber anchor · SEV2 · classify"
        in (await world.carol.command("/incident list", "general")).reply
    )
    await world.declared("A second one")
    confused = (await world.alice.command("/incident status", "general")).reply
    assert "Several incidents are open (INC-2, INC-1)" in confused
    assert "For example: /incident status INC-2" in confused
    assert "blue beacon" in (await world.alice.command("/incident status inc-2", "general")).reply


async def test_reserve_figures_and_the_record_are_for_the_channel_and_for_those_who_may_act(
    world: World,
) -> None:
    room = await world.declared("Books differ")
    await world.feed(reserve_ratio="0.8731", books_drift="4321")
    words = ("status", "brief", "timeline", "classify")
    told = {word: (await world.carol.command(f"/incident {word}", "general")).reply for word in words}
    assert "Customers now" in told["status"]
    assert "ask the commander to be let in" in told["status"]
    assert "Books differ" not in told["status"]
    for word in ("brief", "timeline"):
        assert told[word] == f"The {word} of INC-1 is for its channel. To be let in, ask Alice Ng."
    assert "To classify INC-1 takes the incident commander" in told["classify"]
    assert world.carol.modal == ""
    assert not any(figure in reply for reply in told.values() for figure in ("0.87", "4,321"))
    assert "4,321" in (await world.bob.command("/incident status", "general")).reply
    await world.invited("carol", to=room)
    assert "4,321" in (await world.carol.command("/incident status", room)).reply


async def test_a_false_alarm_is_stood_down_and_its_messages_lose_their_buttons(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident standdown A monitoring fault; books and chain agree", room)
    await world.drain()
    card = (await world.alice.pins(room))[0]
    assert "stood down" in card.splitlines()[0]
    assert "[" not in card
    assert "It has ended" in await world.carol.read("incidents")
    late = (await world.alice.command("/incident note One more thing", room)).reply
    assert "INC-1 has ended (stood down); nothing was changed" in late


async def test_close_asks_for_words_and_names_what_is_left(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident close", room)
    await world.alice.fill("What came of it?", "Everything is back to normal")
    assert "From classify there is no way to closed" in str(await world.alice.submit())


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ("/incident", "/incident declare Withdrawals are running after Northbank paused"),
        ("/protected-mode", "/protected-mode off Northbank settles again since 14:10"),
        ("/control", "/control set withdrawals.risk checked Outflow to new addresses has doubled"),
    ],
)
async def test_help_and_nothing_at_all_list_every_subcommand_with_an_example(
    world: World, command: str, example: str
) -> None:
    for typed in (command, f"{command} help"):
        reply = (await world.carol.command(typed, "general")).reply
        assert example in reply
        for usage, purpose, _ in HELP[command]:
            assert f"{usage} — {purpose}" in reply


async def test_a_misspelt_subcommand_is_answered_with_the_one_it_is_most_like(world: World) -> None:
    reply = (await world.alice.command("/incident declar Withdrawals run", "general")).reply
    assert "Did you mean declare?" in reply
    assert "handoff" not in reply
    assert "/control help" in (await world.alice.command("/control xyzzy", "general")).reply
