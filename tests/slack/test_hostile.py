"""Whatever is typed: a private answer that helps, shown as text, and nothing changed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.slack.support.world import World

LONG = "a" * 10_000
MARKS = "*bold* _it_ ~no~ `code` > quote"
MENTIONS = "<!channel> <!here> <@U02BOB> <https://evil.example|click> :rotating_light:"
BIDI = "\u202egnitset\u202c \u200b\x07\x1b[31m"

TYPED = [
    "/incident",
    "/incident nonsense",
    f"/incident {LONG}",
    f"/incident {MARKS}",
    f"/incident {MENTIONS}",
    f"/incident declare {LONG}",
    f"/incident status {LONG}",
    "/incident status INC-999999999",
    "/incident phase",
    f"/incident phase {MENTIONS} because",
    "/incident phase closed",
    "/incident phase review The numbers are fine",
    "/incident role",
    "/incident role king @bob",
    "/incident role treasury_lead",
    "/incident role treasury_lead @nobody",
    "/incident role treasury_lead @carol",
    "/incident role treasury_lead @gus",
    "/incident handoff",
    "/incident handoff @carol",
    "/incident note",
    "/incident note \u200b\u202e",
    f"/incident note {LONG}",
    f"/incident step {MARKS}",
    f"/incident step {LONG}",
    "/incident classify nonsense because",
    "/incident classify custody_incident",
    f"/incident update {MENTIONS}",
    "/incident standdown",
    f"/incident standdown {LONG}",
    "/protected-mode",
    "/protected-mode on",
    f"/protected-mode on {LONG}",
    f"/protected-mode {MARKS}",
    "/protected-mode off",
    "/protected-mode off The cause has ended",
    "/control",
    f"/control show {LONG}",
    f"/control show {MENTIONS}",
    "/control set",
    "/control set withdrawals.risk",
    "/control set withdrawals.risk sideways because",
    "/control set withdrawals.risk normal because",
    "/control set withdrawals.risk checked",
    f"/control set withdrawals.risk checked {LONG}",
    "/control release",
    "/control release withdrawals.risk because",
]


async def test_every_odd_command_is_answered_in_private_with_help_and_changes_nothing(world: World) -> None:
    room = await world.declared()
    before = len(await world.rows())
    for line in TYPED:
        answer = await world.alice.command(line, room)
        assert answer.ok, (line[:60], answer.saw)
        assert 10 < len(answer.reply) < 4000, line[:60]
        unmarked_up(answer.raw["private"])
    assert len(await world.rows()) == before
    assert await world.drain() == []


@pytest.mark.parametrize("words", [MARKS, MENTIONS, BIDI, "A & B < C > D"])
async def test_what_people_typed_is_shown_as_text_everywhere(world: World, words: str) -> None:
    room = await world.declared(f"Hostile {words}")
    await world.alice.command(f"/incident note {words}", room, escape=True)
    await world.bob.click("Blocked", near="Check balances", channel=room)
    await world.bob.fill("What blocks it?", f"Because {words}")
    await world.bob.submit()
    await world.bob.command(f"/protected-mode on Because {words}", room)
    await world.bob.click("Set protected mode", channel=room)
    await world.bob.command("/incident timeline", room)
    await world.drain()
    for channel in world.workspace.channels.values():
        for message in [*channel.messages.values(), *channel.ephemerals]:
            if message.by_app:
                unmarked_up([{"text": message.text, "blocks": message.blocks}])


async def test_a_name_that_is_no_name_is_data_too(world: World) -> None:
    room = await world.declared()
    world.workspace.person("gus").name = "*gus* <!channel>"
    await world.invited("*gus* <!channel>", to=room)
    await world.post("command", user="U07GUS", channel=room, text="/incident note hello")
    row = (await world.rows())[-1]
    assert (row.kind, row.actor) == ("note", "slack:U07GUS")
    await world.drain()
    shown = [[*c.messages.values(), *c.ephemerals] for c in world.workspace.channels.values()]
    unmarked_up([{"text": m.text, "blocks": m.blocks} for every in shown for m in every if m.by_app])


def unmarked_up(messages: list[Any]) -> None:
    """No mention, link, bidi or control character of a person's making is alive in any markup."""
    for shown in (text for message in messages for text in markup_of(message)):
        for alive in ("<!", "<@U02", "<https", "*bold*", "~no~", "`code`", ":rotating_light:", "*gus*"):
            assert alive not in shown, (alive, shown[:400])
        for character in "\u202e\u202c\u200b\x07\x1b":
            assert character not in shown


def markup_of(value: Any) -> Iterator[str]:
    """Every text in which Slack would read markup."""
    if isinstance(value, list):
        for one in value:
            yield from markup_of(one)
    elif isinstance(value, dict) and value.get("type") != "plain_text":
        if isinstance(value.get("text"), str):
            yield value["text"]
        for one in value.values():
            yield from markup_of(one)
