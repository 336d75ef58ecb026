"""Runbooks in Slack: one added to an open incident, decisions among options, pages, money moved by two."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.trigger import Alert
from bot.slack.cards.steps import open_steps
from bot.usecases import signals
from bot.usecases.views import incident_view
from tests.slack.support.world import World

REFILL = "Refill the hot wallet from another rail"
HASH = "0x5eed1e55c0ffee1dea"


async def stabilizing(world: World, class_: str = "counterparty_failure") -> str:
    room = await world.declared()
    await world.alice.command(f"/incident classify {class_} We know by phone", room)
    await world.alice.command("/incident phase stabilize Outflow has doubled", room)
    await world.drain()
    return room


async def propose(world: World, room: str, amount: str = "250,000") -> None:
    await world.frank.click("Propose a transfer", near=REFILL, channel=room)
    await world.frank.choose("Out of which bucket", "Contingency reserve")
    for label, words in (
        ("Amount", amount),
        ("Asset", "usdt"),
        ("Where to", "hot wallet on Tron"),
        ("Why", "Empty in 40 minutes at this pace"),
    ):
        await world.frank.fill(label, words)


async def test_money_moves_when_one_proposes_another_agrees_and_both_see_it_arrive(world: World) -> None:
    room = await stabilizing(world)
    await propose(world, room)
    shown = world.frank.modal
    assert "Never from escrow or segregated customer funds" in shown
    assert "one of Bob Okafor, Erin Walsh must agree first" in shown
    await world.frank.submit()
    await world.drain()
    board = await world.bob.read(room)
    assert "250,000 USDT to hot wallet on Tron from contingency — proposed by Frank Moreau" in board
    assert "agree to move 250,000 USDT" in (await world.bob.pins(room))[0]
    assert "Frank Moreau proposes to move 250,000 USDT" in await world.bob.read("@breakwater")

    await world.bob.click("Agree", near=REFILL, channel=room, times=3)
    await world.drain()
    await world.frank.click("Sent", near=REFILL, channel=room)
    await world.frank.fill("Transaction hash", HASH)
    await world.frank.submit()
    await world.drain()
    await world.bob.click("Confirmed", near=REFILL, channel=room)
    await world.drain()
    assert f"Frank Moreau and Bob Okafor; confirmed: {HASH}" in await world.bob.read(room)
    await world.frank.click("Done", near=f"confirmed: {HASH}", channel=room)
    await world.drain()
    kinds = [r.kind for r in await world.rows() if r.kind.startswith("transfer.") or r.kind == "step.done"]
    stages = [f"transfer.{s}" for s in ("proposed", "agreed", "sent", "confirmed")]
    assert kinds[-5:] == [*stages, "step.done"]


async def test_an_amount_that_is_none_is_told_beside_its_field_and_nothing_is_proposed(world: World) -> None:
    room = await stabilizing(world)
    await propose(world, room, amount="all of it")
    complaints = await world.frank.submit()
    assert "plain number" in " ".join(complaints.values())
    assert "transfer.proposed" not in await world.kinds()


async def test_who_proposed_does_not_agree_and_who_may_not_move_money_sees_no_form(world: World) -> None:
    room = await stabilizing(world)
    await world.alice.click("Propose a transfer", near=REFILL, channel=room)
    await world.drain()
    assert "takes the treasury lead or wallet ops lead" in await world.alice.hears("takes the", ever=True)
    await propose(world, room)
    await world.frank.submit()
    await world.drain()
    await world.frank.click("Agree", near=REFILL, channel=room)
    await world.drain()
    assert "Bob Okafor, Erin Walsh" in await world.frank.hears("second person must be another", ever=True)
    await world.alice.click("Call off", near=REFILL, channel=room)
    await world.alice.fill("Why is it called off", "The refill came by itself")
    await world.alice.submit()
    await world.drain()
    assert "from contingency — called off" in await world.alice.read(room)
    assert "transfer.agreed" not in await world.kinds()


async def test_an_executive_decides_among_options_and_the_commander_does_not(world: World) -> None:
    room = await stabilizing(world, "custody_incident")
    freeze = "Decide on freezing signing"
    await world.alice.click("Decide", near=freeze, channel=room)
    await world.drain()
    assert "takes the executive: Erin Walsh" in await world.alice.hears("takes the", ever=True)

    await world.erin.click("Decide", near=freeze, channel=room)
    assert "Decides: executive — Erin Walsh" in world.erin.modal
    assert "Back: None by us" in world.erin.modal
    await world.erin.choose("Decision", "Freeze now - signatures may not be ours, and nothing must leave")
    await world.erin.fill("What is known", "One signer unknown; looked at again at 04:00")
    assert await world.erin.submit() == {}
    await world.drain()
    row = [r for r in await world.rows() if r.kind == "step.done"][-1]
    assert (row.actor, row.role, row.data["choice"]) == ("erin", "executive", "freeze")
    assert "Freeze now" in await world.alice.read(room)


async def test_a_page_step_calls_its_roles_straight_away(world: World) -> None:
    room = await stabilizing(world, "reserve_issue")
    await world.alice.click("Page", near="Call the executive and compliance", channel=room)
    await world.drain()
    assert "Paged: Erin Walsh" in await world.alice.hears("Paged", ever=True)
    assert "Alice Ng needs you: Call the executive" in await world.erin.read("@breakwater")


async def test_whom_to_call_and_how_stands_on_the_step(world: World) -> None:
    room = await world.declared()
    assert "Call Phone bridge: +1 555 0100, code 4242" in await world.alice.read(room)


async def test_the_commander_adds_a_runbook_by_form_and_its_steps_join_the_board(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident runbook", room)
    assert "Chain congestion or upgrade — A chain is slow, dear, halted or split" in world.alice.modal
    await world.alice.choose("Runbook", "Wallet compromise")
    await world.alice.fill("Why does it fit", "Frank's signing laptop was stolen")
    await world.alice.submit()
    await world.drain()
    assert "Take the device or key out of use" in await world.frank.read(room)
    card = (await world.alice.pins(room))[0]
    assert "Class: custody incident (provisional); runbooks added: Wallet compromise" in card

    again = await world.alice.command("/incident runbook wallet-compromise The laptop is gone", room)
    assert "Alice Ng added “Wallet compromise” at 03:00:00 UTC" in again.reply
    assert (await world.kinds()).count("runbook.added") == 1
    assert (
        "added the runbook Wallet compromise" in (await world.alice.command("/incident timeline", room)).reply
    )


async def open_titles(world: World) -> list[str]:
    """Every step that waits for somebody."""
    async with world.ctx.store.read() as tx:
        view = await incident_view(world.ctx, tx, "INC-1")
    return [s.step.title for s in open_steps(view)]


async def test_a_board_of_many_steps_goes_on_in_a_second_message_and_loses_it_again(world: World) -> None:
    room = await stabilizing(world, "custody_incident")
    await world.alice.command("/incident runbook wallet-compromise The laptop is gone", room)
    await world.drain()
    shown = await world.frank.read(room)
    assert "Steps · stabilize · INC-1 · 1 of 2" in shown
    assert "Steps · stabilize · INC-1 · 2 of 2" in shown
    assert all(title in shown for title in await open_titles(world))
    await world.frank.click("Propose a transfer", near="Sweep what it reaches", channel=room)
    assert "Propose a transfer" in world.frank.modal
    await world.frank.close()

    await world.alice.command("/incident phase protected Everything is suspended", room)
    await world.drain()
    parts = [m for m in (await world.frank.read(room)).split("breakwater: ") if "stabilize" in m[:40]]
    assert not any("[Done]" in part for part in parts)
    assert "These steps are finished, or carried over to the newest board." in await world.frank.read(room)


async def test_a_runbook_that_is_not_there_is_answered_with_those_that_are(world: World) -> None:
    room = await world.declared()
    for typed, says in (
        ("wallet-compromized A laptop is gone", "Did you mean wallet-compromise?"),
        ("<!channel> *bold* words", "There are: chain-congestion"),
        ("chain-congestion", "Say why"),
    ):
        answer = await world.alice.command(f"/incident runbook {typed}", room)
        assert says in answer.reply, typed
    assert "runbook.added" not in await world.kinds()
    await world.invited("bob", to=room)
    refused = await world.bob.command("/incident runbook chain-congestion The chain is slow", room)
    assert "takes the incident commander: Alice Ng" in refused.reply


async def test_the_end_of_the_tree_names_the_special_cases_of_the_class(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident classify", room)
    await world.alice.choose("Answer", "Yes")
    await world.alice.submit()
    assert "custody incident (confirmed)" in world.alice.modal
    assert "Wallet compromise — A hot-wallet key" in world.alice.modal
    assert "Chain congestion" not in world.alice.modal


async def test_a_suggestion_says_which_runbook_it_brings(world: World) -> None:
    at = datetime(2026, 11, 20, 3, tzinfo=UTC)
    labels = {"alertname": "CustodyProviderPaused", "severity": "critical"}
    alert = Alert(
        key="k",
        source="alertmanager",
        firing=True,
        summary="The custodian does not sign",
        labels=labels,
        started_at=at,
        received_at=at,
    )
    await signals.take_alerts(world.ctx, [alert])
    await world.drain()
    card = await world.alice.read("incidents")
    assert "looks like counterparty failure, with the runbook custody-provider-pause" in card
    await world.alice.click("Declare", near="custody provider has paused", channel="incidents")
    await world.drain()
    assert [r.data["runbook"] for r in await world.rows() if r.kind == "runbook.added"] == [
        "custody-provider-pause"
    ]
