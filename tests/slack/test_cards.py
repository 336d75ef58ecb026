"""Cards within Slack's limits however long the incident grows, with what is unknown said to be unknown."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.base import Environment, Outcome
from bot.domain.runbook import StepStatus
from bot.sandbox.people import render_blocks
from bot.sandbox.slack.messages import Content, check_content
from bot.sandbox.slack.validate import check_view
from bot.slack.cards.answers import incident_list, status, steps
from bot.slack.cards.blocks import Message
from bot.slack.cards.controls import control_list
from bot.slack.cards.forms import tighten_form
from bot.slack.cards.incident import incident_card
from bot.slack.cards.steps import board, past_board
from bot.slack.manifest import manifest
from bot.usecases.awaited import Awaited
from bot.usecases.control_views import ControlView
from bot.usecases.views import IncidentView, incident_view
from tests.slack.support.world import CONTENT, World


@pytest.fixture
async def view(world: World) -> IncidentView:
    await world.alice.command("/incident declare Withdrawals fail", "general")
    await world.alice.click("Declare", channel="general")
    async with world.ctx.store.read() as tx:
        return await incident_view(world.ctx, tx, "INC-1")


def huge(view: IncidentView) -> IncidentView:
    """Everything at once, a hundred times, with long and hostile words."""
    words = "<!channel> *very* long & " * 80
    step = view.steps[0]
    many = tuple(
        replace(
            step,
            state=step.state.model_copy(
                update={
                    "step_id": f"{step.state.step_id}-{i}",
                    "said": words,
                    "status": StepStatus.DONE if i % 2 else StepStatus.BLOCKED,
                    "by": "alice",
                    "at": view.now,
                }
            ),
            by=words,
            overdue=True,
        )
        for i in range(100)
    )
    control = CONTENT.controls[0]
    controls = tuple(
        ControlView(
            control=control.model_copy(update={"id": f"{control.id}.{i}"}),
            desired="suspended",
            observed=None,
            observed_at=None,
            outcome=Outcome.UNKNOWN,
            detail=words,
            holds=(),
            external=False,
        )
        for i in range(200)
    )
    awaited = tuple(Awaited(words, (words,) * 40, view.now) for _ in range(30))
    facts = view.facts.model_copy(update={"guarantees": (words,) * 50, "restrictions": (words,) * 50})
    incident = view.incident.model_copy(update={"summary": words[:200]})
    return replace(
        view,
        incident=incident,
        steps=many,
        current=tuple(s for s in many if not s.state.status.finished)[:3],
        controls=controls,
        awaited=awaited,
        facts=facts,
        elapsed=timedelta(days=400),
    )


def fits(message: Message) -> str:
    body: dict[str, Any] = message.body
    check_content(Content(body["text"], body.get("blocks")), text_limit=4000)
    return render_blocks(body.get("blocks") or [])


async def test_every_message_of_a_huge_incident_fits_into_slack(world: World, view: IncidentView) -> None:
    big = huge(view)
    for message in (
        incident_card(big),
        board(big),
        past_board(big, 1),
        status(big),
        steps(big, big.steps),
        incident_list([big.incident] * 200, [big.incident] * 50),
        control_list(big.controls, big.now),
    ):
        assert "… and " in fits(message)
    card = fits(incident_card(big))
    assert card.count("[Skip]") == 3
    assert "[Tighten]" in card
    assert "… and 180 more: /control list" in card


def test_the_form_for_every_shipped_control_fits_into_slack() -> None:
    assert check_view(tighten_form("INC-1", "C01GENERAL", CONTENT.controls)) == []


async def test_the_card_says_things_in_the_order_a_commander_needs(view: IncidentView) -> None:
    card = fits(incident_card(view))
    order = [
        "SANDBOX · SEV2 · amber anchor · INC-1 · classify",
        "NORMAL",
        "No decision is awaited",
        "Customers now:",
        "Hot wallet empty in",
        "Waiting withdrawals",
        "Books drift",
        "Class: unknown",
        "Public: nothing said yet",
        "Roles: incident commander: Alice Ng",
        "Give the phone bridge",
        "[Tighten]",
    ]
    places = [card.index(words) for words in order]
    assert places == sorted(places)
    assert "Hot wallet empty in, refill, first in: unknown" in card


async def test_numbers_carry_their_age_and_a_stale_one_is_unknown(world: World, view: IncidentView) -> None:
    await world.feed(queue_count="312", queue_value="4100000", queue_oldest="5400")
    world.clock.advance(timedelta(seconds=70))
    await world.feed(inflow_hour="10", outflow_hour="20")
    world.clock.advance(timedelta(seconds=70))
    async with world.ctx.store.read() as tx:
        card = fits(incident_card(await incident_view(world.ctx, tx, "INC-1")))
    assert "Waiting withdrawals unknown (last 312, 2 min old)" in card
    assert "in per hour 10 USDT, out per hour 20 USDT (1 min old)" in card


async def test_the_worst_control_is_named_first_beside_the_count(world: World, view: IncidentView) -> None:
    await world.bob.command("/protected-mode on Outflow has doubled since 03:10", "general")
    await world.bob.click("Set protected mode", channel="general")
    await world.settle()
    async with world.ctx.store.write() as tx:
        states = await tx.controls.lock(Environment.SANDBOX, ["quotes", "swaps"])
        for control, outcome in (("swaps", Outcome.UNKNOWN), ("quotes", Outcome.MISMATCH)):
            changes = {"observed_level": "normal", "outcome": outcome, "detail": "it reads back normal"}
            await tx.controls.save(states[control].model_copy(update=changes))
    async with world.ctx.store.read() as tx:
        card = fits(incident_card(await incident_view(world.ctx, tx, "INC-1")))
    wanted = "PROTECTED 14/16 — quotes is mismatch: wanted very_wide, seen normal (it reads back normal)"
    assert card.splitlines()[2] == wanted
    listed = card[card.index("Controls off normal") :].splitlines()
    assert [line.split(" ")[1].rstrip(":") for line in listed[1:3]] == ["quotes", "swaps"]


def test_the_manifest_asks_for_mentions_as_ids_and_for_no_scope_too_many(world: World) -> None:
    made = manifest("https://breakwater.example/")
    commands = made["features"]["slash_commands"]
    assert {c["command"] for c in commands} == set(world.workspace.app.commands)
    assert all(c["should_escape"] for c in commands)
    assert all(c["url"] == "https://breakwater.example/slack/events" for c in commands)
    assert set(made["oauth_config"]["scopes"]["bot"]) <= world.workspace.app.scopes
