"""Declaring from Slack's menus: one click from anywhere, and a message that becomes evidence."""

from typing import Any

from bot.sandbox.slack import Fault
from bot.sandbox.slack.messages import post
from bot.sandbox.slack.model import Message
from tests.slack.support.world import World

ROOM = "inc-1-amber-anchor"
SAID = "Northbank's desk says withdrawals are *paused* & nobody knows <why>"


async def declared_from(world: World, text: str = SAID, summary: str | None = None) -> None:
    """Carol writes, Alice declares from what she wrote."""
    await world.carol.say(text, "general")
    await world.alice.shortcut("declare_from_message", on=text[:12].strip(), channel="general")
    if summary is not None:
        await world.alice.fill("What is happening?", summary)
    assert await world.alice.submit() == {}
    await world.drain()


async def settled(world: World) -> None:
    """What waited for the channel is done once it stands."""
    await world.everything_due()
    await world.drain()


async def kept(world: World, kind: str = "evidence.kept") -> list[dict[str, Any]]:
    return [row.data for row in await world.rows() if row.kind == kind]


async def test_the_global_shortcut_declares_from_anywhere(world: World) -> None:
    await world.alice.shortcut("declare")
    assert world.alice.modal.startswith("Declare incident")
    await world.alice.fill("What is happening?", "Payouts run twice")
    assert await world.alice.submit() == {}
    await world.drain()
    assert "Payouts run twice" in (await world.alice.pins(ROOM))[0]
    assert "evidence.kept" not in await world.kinds()


async def test_a_message_becomes_evidence_with_its_author_and_a_link(world: World) -> None:
    await world.carol.say(SAID, "general")
    await world.alice.shortcut("declare_from_message", on="Northbank's desk", channel="general")
    assert "Kept as evidence, with a link:" in world.alice.modal
    assert "Carol Reyes: Northbank's desk says" in world.alice.modal
    assert await world.alice.submit() == {}
    await world.drain()
    await settled(world)

    (row,) = await kept(world)
    assert row["text"] == SAID
    assert (row["author"], row["author_name"], row["channel"]) == ("carol", "Carol Reyes", "C01GENERAL")
    (linked,) = await kept(world, "evidence.linked")
    assert linked["permalink"].startswith("https://sandbox.slack.com/archives/C01GENERAL/p")
    shown = await world.alice.read(ROOM)
    assert "Evidence: Carol Reyes wrote at 03:00 UTC" in shown
    assert "Open the message" in shown
    told = (await world.alice.command("/incident timeline notes", ROOM)).reply
    assert "kept as evidence what Carol Reyes wrote: Northbank's desk says" in told
    assert "found the message that is evidence message" in told
    assert SAID[:38] in (await world.alice.pins(ROOM))[0]  # the summary it was prefilled with


async def test_evidence_is_capped_escaped_and_rid_of_secrets_and_the_summary_is_ones_own(
    world: World,
) -> None:
    text = "Look <!channel> *here* xoxb-1234567890-abcdefgh " + 'é"\n' * 1500
    await declared_from(world, text, summary="Coverage falls")
    await settled(world)
    (row,) = await kept(world)
    assert len(row["text"]) <= 2000
    assert "xoxb-" not in row["text"]
    assert "[secret removed]" in row["text"]
    shown = await world.alice.read(ROOM)
    assert "@channel" not in shown
    assert "Coverage falls" in (await world.alice.pins(ROOM))[0]


async def test_where_slack_gives_no_link_the_incident_and_the_evidence_stand_all_the_same(
    world: World,
) -> None:
    world.workspace.faults.add(
        Fault("error", match="chat.getPermalink", error="channel_not_found", count=None)
    )
    await declared_from(world, summary="Withdrawals run")
    await settled(world)
    assert len(await kept(world)) == 1
    assert await kept(world, "evidence.linked") == []
    shown = await world.alice.read(ROOM)
    assert "Evidence: Carol Reyes wrote" in shown
    assert "No link: " in shown


async def test_with_slack_down_afterwards_the_evidence_is_kept_and_linked_once_it_is_back(
    world: World,
) -> None:
    await world.carol.say(SAID, "general")
    await world.alice.shortcut("declare_from_message", on="Northbank's desk", channel="general")
    world.workspace.faults.down = True
    assert await world.alice.submit(times=3) == {}
    await world.drain()
    assert len(await kept(world)) == 1
    world.workspace.faults.down = False
    for _ in range(3):
        await world.everything_due()
        await world.drain()
    assert len(await kept(world, "evidence.linked")) == 1
    assert (await world.alice.read(ROOM)).count("Evidence: Carol Reyes wrote") == 1


async def test_a_message_of_an_app_without_words_declares_too(world: World) -> None:
    channel = world.workspace.channel_called("general")
    attached = {"fallback": "HotWalletCoverageLow is firing", "blocks": []}
    message = Message(world.workspace.new_ts(), "", "", attachments=[attached])
    post(world.workspace, channel, message)
    place = {"channel": channel.id, "ts": message.ts}
    await world.post("shortcut", user="U01ALICE", callback_id="declare_from_message", **place)
    await world.alice.look()
    assert "an app: HotWalletCoverageLow is firing" in world.alice.modal
    assert await world.alice.submit() == {}
    await world.drain()
    assert (await kept(world))[0]["text"] == "HotWalletCoverageLow is firing"


async def test_when_slack_opens_no_modal_the_person_is_told_what_to_type(world: World) -> None:
    world.workspace.faults.add(Fault("server_error", match="views.open"))
    await world.alice.shortcut("declare")
    await world.drain()
    assert "/incident declare Withdrawals run" in await world.alice.read("@breakwater")


async def test_the_same_message_may_start_two_incidents_and_each_keeps_its_own_evidence(world: World) -> None:
    await declared_from(world, summary="One")
    await world.alice.shortcut("declare_from_message", on="Northbank's desk", channel="general")
    await world.alice.fill("What is happening?", "Two")
    assert await world.alice.submit() == {}
    await world.drain()
    assert "evidence.kept" in await world.kinds("INC-1")
    assert "evidence.kept" in await world.kinds("INC-2")
