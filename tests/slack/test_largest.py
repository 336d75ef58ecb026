"""Everything at its largest and with hostile words: all that the bot shows passes `blocks.validate`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.base import Environment
from bot.domain.content import Content
from bot.domain.ledger import Entry
from bot.sandbox.people import Person
from bot.sandbox.slack.driver.seen import TROUBLE
from bot.sandbox.slack.modals import current_modal
from bot.sandbox.slack.validate import elements_of
from bot.usecases import incidents, work
from bot.usecases.incidents import Declaration
from bot.usecases.ports import Actor
from tests.slack.support.world import CONTENT, World, a_world
from tests.slack.test_hostile import unmarked_up
from tests.support.world import changed

HOSTILE = (
    "<script>alert(1)</script> <!channel> <@U02BOB> <https://evil.example|click> & *bold* ~no~ `code` "
    ":rotating_light: {{ 7 * 7 }} {% raw %} \u202egnitset\u202c \u200b\x07\x1b[31m عربي "
)
LONG = (HOSTILE * 100)[:10_000]
NAME = "Bartholomew *Featherstonehaugh* <!here> & Sons " * 4
CONTROLS, INCIDENTS, ROWS = 50, 20, 10_000
TYPED = (
    *(f"/incident {what}" for what in ("update", "macros", "step", "classify", "runbook", "close", "brief")),
    *("/incident timeline", "/incident list", "/incident status", "/incident help", "/control list"),
    *("/control show withdrawals.risk", "/protected-mode help", "/protected-mode status"),
    *(f"/protected-mode extend 1h {HOSTILE}", f"/control set withdrawals.risk strict {HOSTILE}"),
)
WITHIN = 1.5  # seconds for a card with a record of ten thousand rows; a healthy machine takes a tenth


def crowded() -> Content:
    """The shipped content with fifty controls and names that nobody has."""
    money = next(c for c in CONTENT.controls if c.id == "withdrawals.limit.USDT.TRON")
    more = range(CONTROLS - len(CONTENT.controls))
    controls = [money.model_copy(update={"id": f"withdrawals.limit.ASSET{i}.NETWORK{i}"}) for i in more]
    known = CONTENT.directory
    people = {k: p.model_copy(update={"name": f"{k} {NAME}"}) for k, p in known.people.items()}
    directory = known.model_copy(update={"people": people})
    return changed(CONTENT, controls=(*CONTENT.controls, *controls), directory=directory)


@pytest.fixture
async def crowd(sqlite_url: str) -> AsyncIterator[World]:
    """Twenty incidents, fifty controls, and names that fill a line."""
    async with a_world(sqlite_url) as found:
        found.ctx.content._content = crowded()  # type: ignore[attr-defined]  # as an operator's reload would
        alice = Actor(found.ctx.content.now.directory.people["alice"], request_id="many")
        for number in range(INCIDENTS):
            await incidents.declare(found.ctx, alice, Declaration(f"{number} {HOSTILE}"[:200]))
        await found.drain(rounds=4000)
        yield found
        assert found.refusals() == []


async def written(world: World, count: int) -> None:
    """So many rows for INC-1."""
    for part in range(0, count, 1000):
        async with world.ctx.store.write() as tx:
            for number in range(part, min(part + 1000, count)):
                tx.ledger.append(
                    Entry(
                        id=world.ctx.ids.new("rec"),
                        at=world.clock.now(),
                        environment=Environment.SANDBOX,
                        kind="note" if number % 10 else "proposal.made",
                        actor="carol",
                        incident_id="INC-1",
                        data={"text": f"entry {number} {HOSTILE}"},
                    )
                )


async def looked(world: World, person: Person) -> None:
    """Somebody looks at their Home, until it is drawn."""
    await person.open_home()
    async with asyncio.timeout(20):
        while person.user_id not in world.workspace.homes:
            await world.settle()


async def test_ten_thousand_rows_slow_down_neither_card_nor_home_brief_or_timeline(world: World) -> None:
    place = await world.declared()
    await written(world, ROWS)
    await looked(world, world.alice)
    await world.alice.command("/incident handoff @frank", place)
    began = time.monotonic()
    keys = await world.drain()
    assert "card:INC-1" in keys
    assert time.monotonic() - began < WITHIN * len(keys)
    assert "Frank Moreau commands" in await world.alice.home()
    for command in ("brief", "status", "timeline", "timeline decisions", "timeline @carol"):
        began = time.monotonic()
        answer = await world.frank.command(f"/incident {command}", place)
        assert answer.ok, (command, answer.saw)
        assert time.monotonic() - began < WITHIN, command
        unmarked_up(answer.raw["private"])


async def test_every_button_and_form_holds_with_the_longest_words(crowd: World) -> None:
    world = crowd
    place = next(c for c in await world.alice.channels() if c.startswith("inc-1-"))
    await world.alice.command(f"/protected-mode on {HOSTILE}", place)
    await world.alice.click("Set protected mode", channel=place)
    await world.settle()
    assert len(await world.rows()) > CONTROLS
    for line in TYPED:
        await world.alice.command(line, place)
        await filled(world, world.alice)
    await world.settle()
    for person in (world.alice, world.bob, world.dana, world.frank):
        await world.post("invite", user="alice", channel=place, who=person.user_id)
        await looked(world, person)
        assert await pressed(world, person) > 5
        await world.settle()
    world.clock.advance(timedelta(hours=9))
    await world.everything_due()
    await world.drain(*work.LANES, rounds=4000)
    for channel in world.workspace.channels.values():
        shown = [m for m in [*channel.messages.values(), *channel.ephemerals] if m.by_app]
        unmarked_up([{"text": m.text, "blocks": m.blocks} for m in shown])
    for view in world.workspace.homes.values():
        unmarked_up([view.spec])


async def pressed(world: World, person: Person) -> int:
    """Press one button of each kind that a person sees in the channel and on Home; how many that were."""
    seen: list[dict[str, Any]] = []
    for channel in world.workspace.channels.values():
        if person.user_id not in channel.members or not channel.name.startswith("inc-1-"):
            continue
        private = [m for m in channel.ephemerals if m.ephemeral_to == person.user_id]
        for message in (*channel.messages.values(), *private):
            where = {"channel": channel.id, "ts": message.ts}
            seen += [where | _named(*found) for found in elements_of(message.blocks)]
    home = world.workspace.homes[person.user_id].spec["blocks"]
    seen += [{"home": True} | _named(*found) for found in elements_of(home)]
    kinds = {("home" in one, one["action_id"].partition("/")[0]): one for one in seen}
    for one in kinds.values():
        answer = await world.post("click", user=person.user_id, **one)
        assert answer.get("saw") != TROUBLE, one
        await filled(world, person)
    return len(kinds)


def _named(block: dict[str, Any], element: dict[str, Any]) -> dict[str, Any]:
    return {"block_id": block["block_id"], "action_id": element["action_id"]}


async def filled(world: World, person: Person) -> None:
    """Fill the open modal with the longest that each field takes, send it, and put away what follows."""
    for _ in range(3):
        view = current_modal(world.workspace, person.user_id)
        if view is None:
            return
        unmarked_up([view.spec])
        for block in view.spec["blocks"]:
            if block["type"] == "input":
                given = _longest(block["element"])
                where = {"block_id": block["block_id"], "action_id": block["element"]["action_id"]}
                await world.post("fill", user=person.user_id, value=given, **where)
        answer = await world.post("submit", user=person.user_id)
        assert answer.get("saw") != TROUBLE, view.spec["title"]
    await world.post("close", user=person.user_id, all=True)


def _longest(element: dict[str, Any]) -> Any:
    if element["type"] == "plain_text_input":
        return LONG[: element.get("max_length", 3000)]
    options = element.get("options") or [o for g in element.get("option_groups", []) for o in g["options"]]
    if element["type"] == "checkboxes":
        return [option["value"] for option in options]
    return options[-1]["value"] if options else None
