import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.people import NotSeen, Person
from bot.sandbox.people.line import Json, Line, Refused
from bot.sandbox.slack import SlackServer
from tests.sandbox.slack.conftest import Clock
from tests.sandbox.slack.echo_bot import EchoBot, form, text
from tests.sandbox.slack.failures import failure


@pytest.fixture
def alice(slack: SlackServer) -> Person:
    return Person("Alice", "U01ALICE", slack.url)


async def trigger(alice: Person, bot: EchoBot) -> str:
    await alice.command("/incident status", channel="incidents")
    return str(bot.commands[-1]["trigger_id"])


async def test_a_trigger_lives_three_seconds(
    alice: Person, bot: EchoBot, client: AsyncWebClient, clock: Clock
) -> None:
    in_time, too_late = await trigger(alice, bot), await trigger(alice, bot)
    clock.forward(seconds=3)
    assert await failure(client, "views.open", trigger_id=in_time, view=form()) is None
    clock.forward(seconds=0.001)
    assert await failure(client, "views.open", trigger_id=too_late, view=form()) == "expired_trigger_id"


async def test_a_trigger_opens_one_modal(alice: Person, bot: EchoBot, client: AsyncWebClient) -> None:
    once = await trigger(alice, bot)
    await client.views_open(trigger_id=once, view=form())
    assert await failure(client, "views.open", trigger_id=once, view=form()) == "exchanged_trigger_id"
    assert await failure(client, "views.open", trigger_id="made.up", view=form()) == "invalid_trigger_id"


async def test_a_bad_view_spends_no_trigger(alice: Person, bot: EchoBot, client: AsyncWebClient) -> None:
    once = await trigger(alice, bot)
    assert await failure(client, "views.open", trigger_id=once, view={"type": "modal"}) == "invalid_arguments"
    assert await failure(client, "views.open", trigger_id=once, view=form()) is None


async def test_a_stale_hash_is_a_conflict(alice: Person, bot: EchoBot, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=await trigger(alice, bot), view=form()))["view"]
    known = {"view_id": opened["id"], "hash": opened["hash"]}
    await client.views_update(view=form(title=text("Newer")), **known)
    assert await failure(client, "views.update", view=form(title=text("Older")), **known) == "hash_conflict"
    assert "Newer" in await alice.look()


async def test_typed_text_survives_an_update(alice: Person, bot: EchoBot, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=await trigger(alice, bot), view=form()))["view"]
    await alice.fill("Summary", "Withdrawals are running")
    await client.views_update(view_id=opened["id"], view=form(title=text("Newer")))
    assert "Summary: [Withdrawals are running]" in await alice.look()


async def test_the_stack_holds_three_views(alice: Person, bot: EchoBot, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=await trigger(alice, bot), view=form())
    for _ in range(2):
        await client.views_push(trigger_id=await trigger(alice, bot), view=form())
    full = await failure(client, "views.push", trigger_id=await trigger(alice, bot), view=form())
    assert full == "push_limit_reached"


async def test_a_closed_view_is_not_found(alice: Person, bot: EchoBot, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=await trigger(alice, bot), view=form()))["view"]
    await alice.close()
    assert await failure(client, "views.update", view_id=opened["id"], view=form()) == "not_found"
    assert bot.closed[0]["is_cleared"] is False


async def test_external_ids_are_unique_and_find_the_view(
    alice: Person, bot: EchoBot, client: AsyncWebClient
) -> None:
    await client.views_open(trigger_id=await trigger(alice, bot), view=form(external_id="e1"))
    await client.views_update(external_id="e1", view=form(external_id="e1", title=text("Newer")))
    again = {"trigger_id": await trigger(alice, bot), "view": form(external_id="e1")}
    assert await failure(client, "views.push", **again) == "duplicate_external_id"


@pytest.mark.parametrize(
    ("typed", "then"),
    [("fine", ""), ("enough", ""), ("more", "Second page"), ("above", "On top")],
)
async def test_a_submission_is_answered_by_the_app(
    alice: Person, bot: EchoBot, typed: str, then: str
) -> None:
    await alice.command("/incident modal", channel="incidents")
    await alice.fill("Summary", typed)
    assert await alice.submit() == {}
    assert alice.modal.split("\n")[0] == then
    assert bot.submissions[0]["view"]["state"]["values"]["summary"]["summary"]["value"] == typed


async def test_the_apps_complaints_stand_by_their_labels(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident modal", channel="incidents")
    await alice.fill("Summary", "bad")
    assert await alice.submit() == {"Summary": "Say more."}
    assert alice.modal


async def test_a_required_field_is_missed_before_the_app_hears_of_it(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident modal", channel="incidents")
    assert await alice.submit() == {"Summary": "Please complete this required field."}
    assert not bot.submissions


@pytest.mark.parametrize("typed", ["wrong", "nowhere"])
async def test_an_answer_that_breaks_the_rules_leaves_the_modal_open(
    alice: Person, bot: EchoBot, slack: SlackServer, typed: str
) -> None:
    await alice.command("/incident modal", channel="incidents")
    await alice.fill("Summary", typed)
    assert await alice.submit() == {"": "We had some trouble connecting. Try again?"}
    assert alice.modal
    refusals = slack.workspace.journal.refusals.as_json()
    assert [r["where"] for r in refusals] == ["view_submission acknowledgement"]


async def test_a_silent_app_keeps_the_modal_open(alice: Person, bot: EchoBot, slack: SlackServer) -> None:
    await alice.command("/incident modal", channel="incidents")
    await alice.fill("Summary", "fine")
    slack.workspace.app.bot_url = "http://127.0.0.1:9/"
    assert await alice.submit() == {"": "We had some trouble connecting. Try again?"}
    slack.workspace.app.bot_url = bot.url
    assert await alice.submit() == {}


async def test_a_double_submission_arrives_twice_with_one_view_id(alice: Person, bot: EchoBot) -> None:
    await alice.command("/incident modal", channel="incidents")
    await alice.fill("Summary", "fine")
    await alice.submit(times=2)
    assert len({submission["view"]["id"] for submission in bot.submissions}) == 1
    assert len(bot.submissions) == 2


async def test_nobody_submits_what_is_not_open(alice: Person, bot: EchoBot) -> None:
    with pytest.raises(NotSeen, match="Alice has no modal open"):
        await alice.submit()


async def test_a_shortcut_opens_a_modal_and_names_its_message(alice: Person, bot: EchoBot) -> None:
    await alice.say("The desk sees a queue", channel="incidents")
    await alice.shortcut("declare_from_message", on="The desk sees", channel="incidents")
    assert alice.modal.startswith("Declare incident")
    await alice.close()
    await alice.shortcut("declare")
    assert [s["type"] for s in bot.shortcuts] == ["message_action", "shortcut"]
    assert bot.shortcuts[0]["message"]["text"] == "The desk sees a queue"


async def test_a_shortcut_that_the_app_did_not_declare_so_is_in_no_menu(
    alice: Person, bot: EchoBot, slack: SlackServer
) -> None:
    listed = (await Line(slack.url).get("app"))["shortcuts"]
    assert {(s["callback_id"], s["type"]) for s in listed} == {
        ("declare", "global"),
        ("declare_from_message", "message"),
    }
    with pytest.raises(Refused, match="no_such_shortcut"):
        await alice.shortcut("declare_from_message")
    assert bot.shortcuts == []


async def test_an_app_without_a_home_tab_publishes_none(slack: SlackServer, client: AsyncWebClient) -> None:
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    assert await failure(client, "views.publish", user_id="U01ALICE", view=view) is None
    slack.workspace.app.home_tab = False
    assert await failure(client, "views.publish", user_id="U01ALICE", view=view) == "not_enabled"


async def test_the_app_hears_which_of_its_tabs_is_looked_at(alice: Person, slack: SlackServer) -> None:
    heard: list[Json] = []
    slack.workspace.on_event = heard.append
    await alice.open_home()
    await alice.open_home("messages")
    assert [event["tab"] for event in heard] == ["home", "messages"]
