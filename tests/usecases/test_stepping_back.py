"""The ladder steps back by itself only where the approval said so; otherwise it pauses and asks."""

from __future__ import annotations

import pytest

from bot.domain.approval import PlanStatus, ReleasePlan
from bot.domain.base import Outcome
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, NotFound, Stale
from bot.domain.mode import ModeId
from bot.usecases import approvals, controls, ladder_words
from tests.support.service import Fault
from tests.support.world import CALM, OVER, USDT, WHY, World

DRIFT = {**CALM, "books_drift": "7"}
SHORT = {**CALM, "coverage": "0.9"}
AGAIN = "The drift was a late block; books agree"


async def look(world: World, values: dict[str, str] = CALM, **units: float) -> ReleasePlan:
    """So much time passes, these samples come in, and what follows from them is done."""
    await world.pass_time(minutes=units.get("minutes", 0))
    await world.feed(values)
    return await now(world)


async def now(world: World) -> ReleasePlan:
    async with world.ctx.store.read() as tx:
        plan = (await tx.proposals.plans("INC-1"))[-1]
    await world.make_due(f"ladder:{plan.id}")
    await world.drain()
    return await world.plan(plan.id)


async def second_step(world: World) -> ReleasePlan:
    """A reopening whose second step is confirmed: withdrawals `tightened`."""
    await world.reopening()
    plan = await look(world, minutes=31)
    assert (plan.stage, world.service.level(world.control(USDT))) == (1, "tightened")
    return plan


@pytest.mark.parametrize(
    ("values", "said"), [(DRIFT, "books and chain"), (SHORT, "coverage must be at least 1")]
)
async def test_a_gate_that_the_approval_named_takes_the_last_step_back_by_itself(
    world: World, values: dict[str, str], said: str
) -> None:
    await second_step(world)
    plan = await look(world, values, minutes=1)
    assert world.service.level(world.control(USDT)) == "trickle"
    assert (plan.stage, plan.begun, plan.status, plan.asks) == (1, False, PlanStatus.PAUSED, True)
    assert said in plan.paused_because
    (row,) = await world.rows("plan.stepped_back")
    hold = (await world.holds())[USDT]
    assert (hold.level, hold.decision_id) == ("trickle", row.id)
    assert row.id.startswith(plan.decision_id)
    assert row.data["levels"] == {USDT: "trickle"}
    assert (await world.outcomes())[-1] is Outcome.CONFIRMED


async def test_it_is_told_on_the_card_to_those_who_command_and_to_the_public(world: World) -> None:
    await second_step(world)
    await look(world, DRIFT, minutes=1)
    waits = [a.what for a in (await world.view()).awaited]
    assert any(w.startswith("reopening paused: stepped back from “Withdrawals up to 25,000") for w in waits)
    assert any("the reopening stepped back" in text for text in world.pages("alice"))
    assert any("the reopening stepped back" in text for text in world.pages("bob"))
    assert len(await world.rows("plan.step_back_confirmed")) == 1
    draft = [p for p in await world.publications() if p.state == "draft"][-1]
    assert "25,000" not in draft.body
    assert "5,000" in draft.body


async def test_unknown_takes_nothing_back_and_lets_nothing_go_on(world: World) -> None:
    await second_step(world)
    await world.pass_time(minutes=31)
    plan = await now(world)
    assert await world.rows("plan.stepped_back") == []
    assert (plan.stage, plan.status) == (2, PlanStatus.PAUSED)
    assert "unknown" in plan.paused_because
    assert world.service.level(world.control(USDT)) == "tightened"


async def test_a_gate_the_approval_did_not_name_takes_nothing_back(world: World) -> None:
    await second_step(world)
    plan = await look(world, {**CALM, "net_outflow_hour": "900000"}, minutes=31)
    assert (plan.status, plan.asks) == (PlanStatus.PAUSED, False)
    assert world.service.level(world.control(USDT)) == "tightened"


async def test_what_takes_a_step_back_is_part_of_what_is_approved(world: World) -> None:
    made = await world.proposed_off()
    assert made.shown.step_back == ("books-match-now", "covered")
    modes = dict(world.ctx.content.now.modes)
    protected = modes[ModeId.PROTECTED]
    assert protected.ladder is not None
    ladder = protected.ladder.model_copy(update={"step_back": ()})
    modes[ModeId.PROTECTED] = protected.model_copy(update={"ladder": ladder})
    world.reload(modes=modes)
    with pytest.raises(Stale, match="what takes a step back"):
        await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)


async def test_it_goes_on_only_on_a_persons_word_and_on_confirmed_levels_from_where_it_stands(
    world: World,
) -> None:
    await second_step(world)
    plan = await look(world, DRIFT, minutes=1)
    plan = await look(world, minutes=90)
    assert (plan.stage, plan.status, plan.asks) == (1, PlanStatus.PAUSED, True)
    assert world.service.level(world.control(USDT)) == "trickle"
    with pytest.raises(NotEntitled, match="let the reopening go on"):
        await ladder_words.go_on(world.ctx, world.actor("carol"), plan.id, AGAIN)
    await ladder_words.go_on(world.ctx, world.actor("bob"), plan.id, AGAIN)
    with pytest.raises(AlreadyDone, match="Bob Okafor let it go on"):
        await ladder_words.go_on(world.ctx, world.actor("alice"), plan.id, AGAIN)
    plan = await look(world)
    assert (plan.stage, plan.begun, plan.status) == (1, True, PlanStatus.RUNNING)
    assert world.service.level(world.control(USDT)) == "tightened"
    assert (await world.climbed(plan)).status is PlanStatus.DONE


async def test_it_does_not_go_on_while_what_it_tightened_is_not_confirmed(world: World) -> None:
    plan = await second_step(world)
    world.service.fail(USDT, *[Fault.LOSE_BEFORE] * 3)
    await look(world, DRIFT, minutes=1)
    await ladder_words.go_on(world.ctx, world.actor("bob"), plan.id, AGAIN)
    plan = await look(world, minutes=1)
    assert (plan.begun, plan.asks) == (False, False)
    assert world.service.level(world.control(USDT)) == "tightened"
    await world.retry(4)
    assert (await now(world)).begun


async def test_a_word_to_go_on_waits_for_the_gates_and_takes_no_further_step_back_at_once(
    world: World,
) -> None:
    await second_step(world)
    plan = await look(world, DRIFT, minutes=1)
    await ladder_words.go_on(world.ctx, world.actor("bob"), plan.id, AGAIN)
    plan = await look(world, DRIFT, minutes=1)
    assert (plan.stage, plan.begun) == (1, False)
    assert len(await world.rows("plan.stepped_back")) == 1
    assert (await look(world, minutes=1)).begun


async def test_while_it_stays_shut_it_steps_back_once_in_ten_minutes_and_no_further_than_it_came(
    world: World,
) -> None:
    await second_step(world)
    await look(world, DRIFT, minutes=1)
    assert world.service.level(world.control(USDT)) == "trickle"
    await look(world, DRIFT, minutes=5)
    assert world.service.level(world.control(USDT)) == "trickle"
    await look(world, DRIFT, minutes=6)
    assert world.service.level(world.control(USDT)) == "small_only"
    plan = await look(world, DRIFT, minutes=30)
    assert (plan.stage, len(await world.rows("plan.stepped_back"))) == (0, 2)


async def test_what_the_step_released_is_held_again_with_its_review(world: World) -> None:
    await second_step(world)
    plan = await look(world, minutes=31)
    released = "trading.BTC-USDT"
    assert released not in await world.holds()
    plan = await look(world, DRIFT, minutes=1)
    hold = (await world.holds())[released]
    assert (hold.level, hold.in_force) == ("limit_only", True)
    assert hold.review_at > world.clock.now()
    assert world.service.level(world.control(released)) == "limit_only"
    assert plan.stage == 2


async def test_a_step_back_lowers_nothing_that_somebody_tightened_since(world: World) -> None:
    await second_step(world)
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "suspended", WHY)
    await world.drain()
    await look(world, DRIFT, minutes=1)
    assert (await world.holds())[USDT].level == "suspended"
    assert world.service.level(world.control(USDT)) == "suspended"


async def test_a_person_who_may_protect_takes_a_step_back_alone_and_once(world: World) -> None:
    plan = await second_step(world)
    shown = ladder_words.mark(plan)
    with pytest.raises(NotEntitled):
        await ladder_words.take_step_back(world.ctx, world.actor("dana"), plan.id, shown, WHY)
    with pytest.raises(BadInput):
        await ladder_words.take_step_back(world.ctx, world.actor("bob"), plan.id, shown, "")
    await ladder_words.take_step_back(world.ctx, world.actor("frank"), plan.id, shown, WHY)
    with pytest.raises(Stale):
        await ladder_words.take_step_back(world.ctx, world.actor("bob"), plan.id, shown, WHY)
    plan = await look(world)
    assert (plan.stage, plan.asks) == (1, True)
    assert world.service.level(world.control(USDT)) == "trickle"
    (row,) = await world.rows("plan.stepped_back")
    assert (row.actor, row.data["justification"]) == ("frank", WHY)


async def test_nothing_is_taken_back_before_anything_was_lowered(world: World) -> None:
    made = await world.proposed_off()
    plan = await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    with pytest.raises(NotFound, match="No step was taken"):
        await ladder_words.take_step_back(
            world.ctx, world.actor("bob"), plan.id, ladder_words.mark(plan), WHY
        )
    with pytest.raises(Stale, match="goes on by itself"):
        await ladder_words.go_on(world.ctx, world.actor("bob"), plan.id, AGAIN)


async def test_a_step_back_never_ends_beneath_another_incidents_hold(world: World) -> None:
    await second_step(world)
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-2", USDT, "small_only", WHY)
    await world.drain()
    plan = await look(world, DRIFT, minutes=1)
    assert world.service.level(world.control(USDT)) == "small_only"
    assert plan.back_at is not None
    await ladder_words.go_on(world.ctx, world.actor("bob"), plan.id, OVER)
    plan = await world.climbed(await look(world))
    assert world.service.level(world.control(USDT)) == "small_only"


async def test_a_suspension_that_a_step_back_restores_stands_on_the_two_who_approved(world: World) -> None:
    await world.protected()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "suspended", WHY)
    await controls.ratify(world.ctx, world.actor("frank"), (await world.holds())[USDT].id)
    await world.drain()
    await world.calm()
    await world.cause_ended("INC-1")
    made = await approvals.propose_off(world.ctx, world.actor("bob"), "INC-1", OVER)
    await approvals.approve(world.ctx, world.actor("erin"), made.id, made.hash)
    await world.drain()
    assert world.service.level(world.control(USDT)) == "trickle"
    await look(world, DRIFT, minutes=1)
    assert world.service.level(world.control(USDT)) == "suspended"
    assert (await world.view()).unratified == ()
    await world.pass_time(minutes=20)
    assert await world.rows("hold.unratified") == []
