from datetime import timedelta

from tests.slack.support.world import World


async def test_one_tap_does_a_step_with_who_when_and_the_signals_of_that_moment(world: World) -> None:
    await world.feed(books_drift="0", coverage="1.2")
    room = await world.declared()
    await world.frank.click("Done", near="Check signers", channel=room)
    await world.drain()

    row = next(r for r in await world.rows() if r.kind == "step.done")
    assert (row.actor, row.role, row.data["step"]) == ("frank", "wallet_ops_lead", "check-signers")
    assert row.data["signals"]["coverage"] == "1.20 × (0 s old)"
    board = await world.alice.read(room)
    assert "Check signers, policies and unclaimed outflow — done by Frank Moreau, 03:00 UTC" in board


async def test_the_second_tap_is_told_who_was_first_and_a_repeated_delivery_is_silent(world: World) -> None:
    room = await world.declared()
    await world.frank.click("Done", near="Check signers", channel=room, times=3)
    await world.alice.click("Done", near="Check signers", channel=room)
    await world.drain()

    assert (await world.kinds()).count("step.done") == 1
    assert "was done by Frank Moreau at 03:00:00 UTC" in await world.alice.hears("was done by", ever=True)
    assert "was done by" not in await world.frank.read(room)


async def test_carol_is_told_in_private_who_may_do_the_step(world: World) -> None:
    room = await world.declared()
    await world.invited("carol", to=room)
    await world.carol.click("Done", near="Check signers", channel=room)
    await world.drain()
    told = await world.carol.hears("takes the", ever=True)
    assert "wallet ops lead or incident commander: Frank Moreau, Alice Ng" in told
    assert "step.done" not in await world.kinds()


async def test_skip_asks_why_and_takes_no_answer_without_words(world: World) -> None:
    room = await world.declared()
    await world.alice.click("Skip", near="Read the ticket categories", channel=room)
    await world.alice.fill("Why is it passed over?", "x")
    assert "Say why, in a few words" in str(await world.alice.submit())
    await world.alice.fill("Why is it passed over?", "The desk is closed at night")
    assert await world.alice.submit() == {}
    await world.drain()
    assert "Read the ticket categories of the last hour — skipped by Alice Ng" in await world.alice.read(room)


async def test_blocked_stays_on_the_board_with_its_reason_and_tells_the_commander(world: World) -> None:
    room = await world.declared()
    await world.bob.click("Blocked", near="Check balances", channel=room)
    await world.bob.fill("What blocks it?", "Northbank's desk does not answer")
    await world.bob.submit()
    await world.drain()
    assert "blocked by Bob Okafor: Northbank's desk does not answer" in await world.bob.read(room)
    assert "is blocked by Bob Okafor" in await world.alice.read("@breakwater")


async def test_a_control_step_shows_from_and_to_and_does_both_at_once(world: World) -> None:
    room = await world.declared()
    await world.frank.click("Do it", near="Freeze non-essential changes", channel=room)
    assert "change_freeze: unknown → frozen" in world.frank.modal
    assert "Loosening it again takes two persons: technical lead + incident commander" in world.frank.modal
    assert "control.decided" not in await world.kinds()

    assert await world.frank.submit() == {}
    await world.settle()

    kinds = await world.kinds()
    assert kinds.count("control.decided") == 1
    assert kinds.count("step.done") == 1
    card = (await world.alice.pins(room))[0]
    assert "NORMAL 1/1 confirmed" in card
    assert "change_freeze: frozen" in card


async def test_setting_a_control_by_command_finishes_the_step_that_asked_for_it(world: World) -> None:
    room = await world.declared()
    await world.frank.command("/control set change_freeze frozen No deploys tonight", room)
    await world.drain()
    assert "Freeze non-essential changes — done by Frank Moreau" in await world.alice.read(room)


async def test_a_gate_step_can_be_ticked_off_only_while_the_gate_is_open(world: World) -> None:
    room = await world.declared()
    await world.bob.click("Check", near="Check balances", channel=room)
    assert "Books match the chain is unknown" in world.bob.modal
    assert "[Done]" not in world.bob.modal
    await world.bob.close()

    await world.feed(books_drift="0")
    await world.bob.click("Check", near="Check balances", channel=room)
    assert "Books match the chain is open" in world.bob.modal
    await world.bob.submit()
    assert "step.done" in await world.kinds()


async def test_a_publish_step_is_finished_once_its_approved_draft_is_public(world: World) -> None:
    room = await world.declared()
    await world.dana.click("Draft", near="Publish the holding statement", channel=room)
    await world.drain()
    assert "step.done" not in await world.kinds()
    await world.alice.click("Approve", near="We are looking into a problem", channel=room)
    await world.drain()
    kinds = await world.kinds()
    order = ["publication.approved", "publication.published", "step.done"]
    assert [k for k in kinds if k in order] == order


async def test_a_step_that_asks_takes_words_and_no_single_tap(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident classify counterparty_failure Northbank confirmed it by phone", room)
    await world.alice.command("/incident phase stabilize Outflow has doubled", room)
    await world.drain()
    await world.bob.click("Done", near="State the exposure", channel=room)
    assert "How much is with them" in world.bob.modal
    await world.bob.fill("How much is with them", "4.1 M USDT as of 03:00, 0.3 M on the way")
    await world.bob.submit()
    row = [r for r in await world.rows() if r.kind == "step.done"][-1]
    assert row.data["said"] == "4.1 M USDT as of 03:00, 0.3 M on the way"


async def test_overdue_steps_come_first_and_say_by_how_much(world: World) -> None:
    room = await world.declared()
    world.clock.advance(timedelta(minutes=7))
    await world.alice.command("/incident note The bridge stands", room)
    await world.drain()
    card = (await world.alice.pins(room))[0]
    assert card.index("overdue by 5 min") < card.index("overdue by 3 min")


async def test_a_new_phase_has_a_board_of_its_own_and_the_old_one_loses_its_buttons(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/incident phase stabilize Outflow has doubled and we know why", room)
    await world.drain()
    boards = [m for m in (await world.alice.read(room)).split("\n\n") if "Steps ·" in m]
    assert "carried over to the newest board" in boards[0]
    assert "[Done]" not in boards[0]
    assert "Set stressed mode" in boards[1]
    assert "Check signers" in boards[1]


async def test_step_by_command_finds_the_one_that_begins_so(world: World) -> None:
    room = await world.declared()
    for words in ("check sig", "signers"):
        answer = await world.alice.command(f"/incident step {words}", room)
        assert "Check signers" in answer.reply
        assert "Freeze" not in answer.reply
    await world.alice.click("Done", near="Check signers", channel=room)
    answer = await world.alice.command("/incident step nonsense", room)
    assert "No open step has “nonsense” in it" in answer.reply
    assert "• Freeze non-essential changes" in answer.reply


async def test_the_step_that_gives_roles_out_says_how(world: World) -> None:
    room = await world.declared()
    assert (
        "/incident role treasury_lead @bob" in (await world.alice.command("/incident step name", room)).reply
    )
