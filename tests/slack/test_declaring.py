from bot.domain.incident import Incident
from bot.domain.trigger import Alert
from bot.sandbox.slack import Fault
from bot.sandbox.slack.channels import create_channel
from bot.usecases import signals
from tests.slack.support.world import World

ROOM = "inc-1-amber-anchor"


async def an_alert(world: World) -> None:
    now = world.clock.now()
    labels = {"alertname": "HotWalletCoverageLow", "severity": "critical"}
    alert = Alert(
        key="a1",
        source="alertmanager",
        firing=True,
        summary="coverage 0.82, hot wallet 1,204,000 USDT",
        labels=labels,
        started_at=now,
        received_at=now,
    )
    await signals.take_alerts(world.ctx, [alert])
    await world.drain()


async def test_a_summary_takes_one_confirmation_and_makes_a_channel_with_its_card(world: World) -> None:
    answer = await world.alice.command("/incident declare Withdrawals run after Northbank paused", "general")
    assert "Declare an incident?" in answer.reply
    assert await world.kinds() == []

    await world.alice.click("Declare", channel="general")
    await world.drain()

    assert ROOM in await world.alice.channels()
    card = (await world.alice.pins(ROOM))[0].splitlines()
    assert card[0] == "SANDBOX · SEV2 · amber anchor · INC-1 · classify · 0 s"
    assert card[1] == "Withdrawals run after Northbank paused"
    assert card[2] == "NORMAL"
    assert "INC-1 amber anchor is declared" in await world.alice.hears("INC-1", ever=True)
    assert "SANDBOX · SEV2 · amber anchor · INC-1" in await world.alice.topic(ROOM)


async def test_the_announcement_tells_that_something_is_on_and_nothing_more(world: World) -> None:
    await world.feed(hot_balance="1204000")
    await world.declared("Northbank keeps 4,100,000 USDT of ours")
    said = await world.carol.read("incidents")
    assert "SEV2 · amber anchor · INC-1" in said
    assert "Alice Ng commands" in said
    assert "Northbank" not in said
    assert "4,100,000" not in said
    assert "1,204,000" not in said


async def test_without_a_summary_a_modal_asks_for_it_and_for_the_severity(world: World) -> None:
    await world.alice.command("/incident declare", "general")
    await world.alice.fill("What is happening?", "Payouts run twice")
    await world.alice.choose("Severity", "SEV1 — customers lose access to funds, or may soon")
    assert await world.alice.submit() == {}
    await world.drain()
    assert "SEV1" in (await world.alice.pins(ROOM))[0]


async def test_whoever_may_act_is_let_in_and_carol_is_not(world: World) -> None:
    await world.declared()
    for person in (world.alice, world.bob, world.dana, world.erin, world.frank):
        assert ROOM in await person.channels()
    assert ROOM not in await world.carol.channels()


async def test_when_carol_declares_nobody_commands_yet_and_those_who_may_are_paged(world: World) -> None:
    await world.carol.command("/incident declare Withdrawals fail", "general")
    await world.carol.click("Declare", channel="general")
    await world.drain()
    assert "Roles: incident commander: nobody ·" in (await world.carol.pins(ROOM))[0]
    assert "nobody commands it yet" in await world.frank.read("@breakwater")

    await world.frank.click("I'm here", channel=ROOM)
    await world.drain()
    assert "incident commander: Frank Moreau" in (await world.frank.pins(ROOM))[0]


async def test_one_click_declares_from_a_suggestion_and_the_next_person_hears_who_was_first(
    world: World,
) -> None:
    await an_alert(world)
    assert "coverage 0.82" in await world.bob.read("@breakwater")
    assert "coverage 0.82" not in await world.bob.read("incidents")

    await world.alice.click("Declare", channel="incidents")
    await world.bob.click("Declare", channel="@breakwater")
    await world.drain()

    assert "Alice Ng took this up" in await world.bob.hears("took this up", ever=True)
    assert ROOM in await world.alice.channels()
    assert "inc-2-blue-beacon" not in await world.alice.channels()
    assert "taken up as INC-1 by Alice Ng" in await world.alice.read("incidents")
    assert "SEV1" in (await world.alice.pins(ROOM))[0]


async def test_a_suggestion_is_dismissed_with_a_reason_by_those_who_may(world: World) -> None:
    await an_alert(world)
    await world.carol.click("Dismiss", channel="incidents")
    assert world.carol.modal == ""
    await world.drain()
    await world.carol.hears("To dismiss a suggestion takes", ever=True)

    await world.bob.click("Dismiss", channel="incidents")
    await world.bob.fill("Why is no incident needed?", "A planned wallet move")
    assert await world.bob.submit() == {}
    await world.drain()
    assert "dismissed by Bob Okafor" in await world.bob.read("incidents")


async def test_a_declaration_delivered_three_times_declares_once(world: World) -> None:
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general", times=3)
    await world.alice.click("Declare", channel="general")
    await world.drain()
    assert [i.id for i in await incidents(world)] == ["INC-1"]

    await world.alice.command("/incident declare", "general")
    await world.alice.fill("What is happening?", "Payouts run twice")
    await world.alice.submit(times=3)
    await world.drain()
    assert [i.id for i in await incidents(world)] == ["INC-2", "INC-1"]


async def test_a_taken_name_gets_a_number_behind_it(world: World) -> None:
    create_channel(world.workspace, ROOM, "U01ALICE", is_private=True)
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    await world.drain()
    assert f"{ROOM}-2" in await world.alice.channels()
    assert "SEV2" in (await world.alice.pins(f"{ROOM}-2"))[0]


async def test_where_no_channel_can_be_made_the_incident_lives_in_the_incidents_channel(world: World) -> None:
    world.workspace.faults.add(
        Fault("error", match="conversations.create", error="restricted_action", count=None)
    )
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    await world.drain()
    await world.drain()
    said = await world.alice.read("incidents")
    assert "INC-1 amber anchor lives here: no channel of its own can be made (restricted_action)" in said
    await world.alice.click("Done", near="Give the phone bridge", channel="incidents")
    assert "step.done" in await world.kinds()


async def incidents(world: World) -> list[Incident]:
    async with world.ctx.store.read() as tx:
        return await tx.incidents.open()
