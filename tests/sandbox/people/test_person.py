import asyncio

import pytest

from bot.sandbox.people import NotSeen, Person
from tests.sandbox.slack.echo_bot import EchoBot

SECONDS = 3.0


async def test_alice_declares_in_words(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident modal", channel="incidents")
    assert "Summary: []" in alice.modal
    await alice.fill("Summary", "Withdrawals are running")
    await alice.choose("Severity", "sev2")
    await alice.choose("Lead", "Bob Okafor")
    assert "Severity (optional): [sev2 ▾]" in alice.modal
    assert "Lead (optional): [bob ▾]" in alice.modal
    assert await alice.submit() == {}
    assert alice.modal == ""
    values = bot.submissions[0]["view"]["state"]["values"]
    assert values["severity"]["severity"]["selected_option"]["value"] == "sev2"
    assert values["lead"]["lead"]["selected_user"] == "U02BOB"


async def test_a_modals_own_buttons_are_pressed_by_their_words(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident modal", channel="incidents")
    await alice.fill("Summary", "fine")
    await alice.click("Declare")
    assert len(bot.submissions) == 1
    await alice.command("/incident modal", channel="incidents")
    await alice.click("Cancel")
    assert (alice.modal, len(bot.closed)) == ("", 1)


async def test_a_button_is_found_by_what_stands_near_it(alice: Person, bob: Person, bot: EchoBot) -> None:
    await alice.command("/incident card", channel="incidents")
    await bob.sees("PROTECTED 12/12", channel="incidents", within=SECONDS)
    await bob.click("Done", near="Check signers", channel="incidents")
    assert bot.actions[0]["actions"][0]["value"] == "Check signers"
    assert bot.actions[0]["user"]["id"] == "U02BOB"
    await alice.sees("after Check signers", channel="incidents", within=SECONDS)


async def test_an_overflow_option_is_pressed_like_a_button(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident card", channel="incidents")
    await alice.sees("PROTECTED", channel="incidents", within=SECONDS)
    await alice.click("Skip", near="Freeze changes", channel="incidents")
    assert bot.actions[0]["actions"][0]["selected_option"]["value"] == "skip"
    assert bot.actions[0]["actions"][0]["action_id"] == "more_1"


async def test_buttons_that_cannot_be_told_apart_are_not_guessed(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident card", channel="incidents")
    await alice.sees("PROTECTED", channel="incidents", within=SECONDS)
    with pytest.raises(NotSeen, match=r"Alice sees 2 times button 'Done' in #incidents: .* Say near what\."):
        await alice.click("Done", channel="incidents")
    assert not bot.actions


async def test_a_missing_button_is_told_with_those_that_are_there(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident card", channel="incidents")
    await alice.sees("PROTECTED", channel="incidents", within=SECONDS)
    sentence = (
        r"Alice sees no button 'Approve' near 'Freeze changes' in #incidents; "
        r"visible buttons: 'Stop', 'Done', 'Skip', 'Blocked'"
    )
    with pytest.raises(NotSeen, match=sentence):
        await alice.click("Approve", near="Freeze changes", channel="incidents")


async def test_a_confirmation_dialog_is_read_and_may_be_left(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident card", channel="incidents")
    await alice.sees("PROTECTED", channel="incidents", within=SECONDS)
    left = await alice.click("Stop", channel="incidents", confirm=False)
    assert (left.confirmation, len(bot.actions)) == ("Sure?\nThis stops.", 0)
    await alice.click("Stop", channel="incidents")
    assert len(bot.actions) == 1


async def test_what_is_not_there_is_told_with_the_screen(alice: Person, bot: EchoBot) -> None:
    await alice.say("All quiet", channel="incidents")
    with pytest.raises(
        NotSeen, match=r"Alice does not see 'PROTECTED' within 0\.05 s(.|\n)*#incidents: All quiet"
    ):
        await alice.sees("PROTECTED", channel="incidents", within=0.05)
    with pytest.raises(NotSeen, match="Alice sees 'quiet' in #incidents"):
        await alice.sees_nothing_of("quiet", channel="incidents")


async def test_seeing_waits_for_what_comes_later(alice: Person, bob: Person, bot: EchoBot) -> None:
    looking = asyncio.create_task(alice.sees("here it is", channel="incidents", within=SECONDS))
    await asyncio.sleep(0)
    await bob.say("here it is", channel="incidents")
    surface = await looking
    assert surface.text == "here it is"


async def test_hearing_begins_at_the_last_deed(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident first answer", channel="incidents")
    await alice.command("/incident second answer", channel="incidents")
    assert alice.reply == "second: answer"
    with pytest.raises(NotSeen, match="is not told 'first: answer'"):
        await alice.hears("first: answer")
    assert await alice.hears("first: answer", ever=True)


async def test_an_option_that_is_not_offered_is_told_with_those_that_are(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident modal", channel="incidents")
    with pytest.raises(Exception, match="there is no option 'sev9'; on offer: 'sev1', 'sev2'"):
        await alice.choose("Severity", "sev9")
    with pytest.raises(NotSeen, match="Alice sees no field 'Colour' in the modal 'Declare incident'"):
        await alice.choose("Colour", "red")


async def test_the_home_tab_is_drawn_when_looked_at(alice: Person, bot: EchoBot) -> None:
    assert await alice.home() == ""
    await alice.open_home()
    await alice.sees("All quiet", channel="home", within=SECONDS)
    await alice.click("Go", channel="home")
    assert bot.actions[0]["container"]["type"] == "view"


async def test_the_end_of_a_channel_is_seen(alice: Person, bob: Person, bot: EchoBot) -> None:
    await alice.leave("incidents")
    assert "incidents" not in await alice.channels()
    await alice.join("incidents")
    await alice.archive("incidents")
    assert "incidents" not in await bob.channels()
