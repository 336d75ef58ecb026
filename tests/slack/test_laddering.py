"""The reopening's buttons, one level up and down, taking back, and the choice of what to restore."""

from datetime import timedelta

import pytest

from bot.domain.approval import ReleasePlan
from bot.slack.commands import previews
from bot.usecases.ports import Order
from tests.slack.support.world import World
from tests.slack.test_modes import ready_to_reopen

CALM = {"coverage": "2", "books_drift": "0", "net_outflow_hour": "1000", "refill_available": "900000"}
USDT = "withdrawals.limit.USDT.TRON"


async def later(world: World, values: dict[str, str], **units: float) -> None:
    """So much time passes, these numbers come in, and everything that follows is done."""
    world.clock.advance(timedelta(**units))
    await world.feed(**values)
    await world.everything_due()
    await world.settle()


async def reopening(world: World) -> str:
    """Protected, and the way out approved with its first step confirmed; the channel."""
    room = await world.declared()
    await world.alice.command("/protected-mode on Northbank has paused", room)
    await world.alice.click("Set protected mode", channel=room)
    await world.settle()
    await ready_to_reopen(world, room)
    await world.settle()
    await world.alice.command("/protected-mode off Northbank settles again", room)
    await world.drain()
    await world.invited("bob", to=room)
    await world.bob.click("Approve", near="Reopen along the ladder", channel=room)
    await world.settle()
    return room


async def plan(world: World) -> ReleasePlan:
    async with world.ctx.store.read() as tx:
        return (await tx.proposals.plans("INC-1"))[-1]


async def test_a_step_back_shows_on_the_card_and_a_word_lets_it_go_on(world: World) -> None:
    room = await reopening(world)
    await later(world, CALM, minutes=31)
    card = (await world.alice.pins(room))[0]
    assert "Reopening 2/" in card
    await later(world, {**CALM, "books_drift": "7"}, minutes=1)
    card = (await world.alice.pins(room))[0]
    assert "paused: stepped back from “Withdrawals up to 25,000" in card
    assert "the reopening stepped back" in await world.alice.read("@breakwater")
    await world.bob.click("Go on when gates open", channel=room)
    await world.bob.fill("Why may it go on?", "A late block; books agree")
    assert await world.bob.submit() == {}
    await later(world, CALM, minutes=1)
    assert (await plan(world)).begun
    await world.bob.click("Step back", channel=room)
    await world.bob.fill("Why is it taken back?", "The queue grows faster than the refill")
    assert await world.bob.submit(times=2) == {}
    await world.settle()
    stepped = [r for r in await world.rows() if r.kind == "plan.stepped_back"]
    assert [r.actor for r in stepped] == ["breakwater", "bob"]
    assert "Propose anew" in (await world.alice.pins(room))[0]


async def test_the_proposal_says_what_takes_a_step_back(world: World) -> None:
    room = await reopening(world)
    said = await world.alice.read(room)
    assert "Steps back by itself unless: Books match the chain, Obligations are covered" in said


async def test_one_level_up_and_down_a_jump_and_what_was_just_set_taken_back(world: World) -> None:
    room = await world.declared()
    await world.settle()
    said = (await world.bob.command(f"/control tighten {USDT} Outflow has doubled", room)).reply
    assert f"Set: {USDT}: unknown → eased" in said or f"Set: {USDT}: normal → eased" in said
    assert "Impact unknown" in said
    await world.settle()
    await world.feed(queue_count="1817", queue_value="4894634")
    said = (await world.bob.command(f"/control set {USDT} small_only It runs", room)).reply
    assert "Impact: Withdrawals waiting 1,817" in said
    assert "Out per hour unknown" in said
    assert "eased → small_only (passing over tightened, trickle)" in said
    said = (await world.bob.command(f"/control loosen {USDT} The queue has halved", room)).reply
    assert f"Proposed for INC-1: lower {USDT} to trickle. It waits for" in said
    said = (await world.bob.command(f"/control withdraw {USDT} It was the wrong network", room)).reply
    assert f"withdraw the hold on {USDT}" in said
    await world.drain()
    await world.alice.click("Approve", near=f"Withdraw the hold on {USDT}", channel=room)
    await world.settle()
    async with world.ctx.store.read() as tx:
        (hold,) = [h for h in await tx.holds.of("INC-1") if h.in_force]
    assert hold.level == "eased"


async def test_whoever_approves_says_what_to_put_back_where_it_was_off_normal(world: World) -> None:
    control = world.ctx.content.now.by_id["swaps"]
    adapter = world.handlers["actuate"].registries[world.ctx.environment].of(control)  # type: ignore[attr-defined]  # the actuator
    await adapter.set(control, "all", control.level("low_risk").value, Order("elsewhere", 0, 1, ""))
    room = await world.declared()
    await world.frank.command("/control set swaps none Prices lag", room)
    await world.settle()
    await world.frank.command("/control release swaps Prices are fresh again", room)
    await world.drain()
    assert "found off normal" in await world.alice.read(room)
    await world.alice.click("Approve", near="Release swaps", channel=room)
    assert "What is put back?" in world.alice.modal
    await world.alice.choose("swaps", "Normal")
    assert await world.alice.submit() == {}
    await world.settle()
    assert control.level_of((await adapter.read(control, "all")).value) == control.levels[0]


async def test_a_preview_too_slow_for_its_numbers_keeps_nobody_from_tightening(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await world.declared()
    monkeypatch.setattr(previews, "WITHIN", 0)
    said = (await world.bob.command(f"/control set {USDT} small_only It runs", room)).reply
    assert "unknown → small_only" in said
    assert "Impact unknown" in said
