"""Phases: gated, recorded, and ending for good."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest

from bot.domain.approval import PlanStatus
from bot.domain.base import Outcome, Phase
from bot.domain.errors import BadInput, Ended, NotEntitled, TransitionRefused
from bot.domain.mode import ModeId
from bot.usecases import approvals, controls, deadlines, incidents, modes, phases, publications, steps
from tests.support.world import OVER, USDT, WHY, World


async def move(world: World, to: Phase, by: str = "alice", why: str = OVER) -> None:
    await phases.move_phase(world.ctx, world.actor(by), "INC-1", to, why)


async def test_the_commander_moves_it_with_a_reason_and_nobody_else(world: World) -> None:
    await world.declared()
    with pytest.raises(NotEntitled, match="Alice Ng"):
        await move(world, Phase.STABILIZE, by="bob")
    with pytest.raises(BadInput):
        await move(world, Phase.STABILIZE, why="")
    await move(world, Phase.STABILIZE, why=WHY)
    (row,) = await world.rows("phase.decided")
    assert (row.actor, row.data["justification"], row.data["to"]) == ("alice", WHY, "stabilize")


async def test_an_impossible_move_says_where_one_can_go(world: World) -> None:
    await world.declared()
    with pytest.raises(TransitionRefused, match="stabilize, protected, stood_down"):
        await move(world, Phase.RECOVER)
    assert (await world.incident()).phase is Phase.CLASSIFY


async def test_a_shut_or_unknown_gate_is_named_with_its_reason_and_nothing_moves(world: World) -> None:
    await world.protected()
    rows = len(await world.rows())
    with pytest.raises(TransitionRefused) as refused:
        await move(world, Phase.RECOVER)
    assert len(refused.value.shut) == 3
    assert sum("unknown" in reason for reason in refused.value.shut) == 2
    assert len(await world.rows()) == rows


@pytest.mark.parametrize("to", [Phase.STOOD_DOWN])
async def test_nothing_ends_with_a_hold_in_force(world: World, to: Phase) -> None:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "eased", WHY)
    await world.drain()
    with pytest.raises(TransitionRefused, match="No hold in force: still held: withdrawals"):
        await move(world, to)


async def test_nothing_ends_while_a_decision_has_no_outcome(world: World) -> None:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "eased", WHY)
    with pytest.raises(TransitionRefused, match="Every decision has its outcome: under way: withdrawals"):
        await move(world, Phase.STOOD_DOWN)


async def test_the_review_is_not_reached_while_the_ladder_climbs(world: World) -> None:
    await world.reopening()
    with pytest.raises(TransitionRefused, match="No hold in force"):
        await move(world, Phase.REVIEW)


async def test_a_whole_incident_closes_once_every_step_is_finished_and_its_record_is_whole(
    world: World,
) -> None:
    await world.climbed(await world.reopening())
    for step in [s for s in await world.steps() if not s.status.finished and s.phase is Phase.RECOVER]:
        await _finish(world, step.step_id)
    await move(world, Phase.REVIEW)
    with pytest.raises(TransitionRefused, match="Read the timeline as the second person"):
        await move(world, Phase.CLOSED)
    for step in [s for s in await world.steps() if not s.status.finished]:
        await _finish(world, step.step_id)
    await move(world, Phase.CLOSED)
    incident = await world.incident()
    assert (incident.phase, incident.mode) == (Phase.CLOSED, ModeId.NORMAL)
    entered = [r.data["after"] for r in await world.rows("phase.entered")]
    assert entered == ["protected", "recover", "review", "closed"]


async def _finish(world: World, step_id: str) -> None:
    step = await world.step("INC-1", step_id)
    if step_id.startswith("publish"):
        await steps.skip_step(world.ctx, world.actor("dana"), world.ref(step), "Told on the phone bridge")
    else:
        await steps.finish_step(world.ctx, world.actor("alice"), world.ref(step), "Everything matched")


async def test_an_ended_incident_refuses_everything_in_the_public_region_too(world: World) -> None:
    await world.declared()
    draft = await publications.draft_update(world.ctx, world.actor("alice"), "INC-1", "holding")
    await move(world, Phase.STOOD_DOWN)
    who = world.actor("alice")
    step = (await world.steps())[0]
    late: list[Coroutine[Any, Any, object]] = [
        incidents.add_note(world.ctx, who, "INC-1", "late"),
        steps.skip_step(world.ctx, who, world.ref(step), WHY),
        modes.set_mode(world.ctx, who, ModeId.PROTECTED, WHY, "INC-1"),
        publications.draft_update(world.ctx, who, "INC-1", "holding"),
        publications.approve_publication(world.ctx, who, draft.id, draft.version),
        phases.move_phase(world.ctx, who, "INC-1", Phase.STABILIZE, WHY),
    ]
    rows = len(await world.rows())
    for request in late:
        with pytest.raises(Ended):
            await request
    assert len(await world.rows()) == rows


async def test_the_deadlines_of_an_ended_incident_are_gone_and_those_of_others_stay(world: World) -> None:
    for _ in range(10):
        await incidents.declare(world.ctx, world.actor("alice"), incidents.Declaration("Withdrawals run"))
    before = await world.due()
    await move(world, Phase.STOOD_DOWN)
    gone = before - await world.due()
    assert gone
    clocks = ("step_due", "update_due", "role_due", "hold_review", "ratify")
    left = {k for k in await world.due() if k.split(":")[0] in clocks}
    assert not [k for k in left if k.split(":")[1] == "INC-1"]
    assert {k for k in gone if k.split(":")[1] != "INC-1"} == set()
    assert {k for k in left if k.split(":")[1] == "INC-10"}


async def test_a_deadline_already_claimed_when_it_ended_finds_nothing_to_do(world: World) -> None:
    await world.declared()
    await move(world, Phase.STOOD_DOWN)
    rows = len(await world.rows())
    step = (await world.steps())[0]
    assert await deadlines.step_due(world.ctx, "INC-1", step.round, step.runbook_id, step.step_id) is None
    assert await deadlines.update_due(world.ctx, "INC-1") is None
    assert await deadlines.role_due(world.ctx, "INC-1") is None
    assert await deadlines.classify_due(world.ctx, "INC-1") is None
    assert len(await world.rows()) == rows


async def test_going_back_by_hand_ends_the_reopening_and_asks_for_everything_anew(world: World) -> None:
    plan = await world.reopening()
    await move(world, Phase.PROTECTED, why=WHY)
    assert (await world.plan(plan.id)).status is PlanStatus.ENDED
    assert (await world.step("INC-1", "propose-ladder")).status in ("done", "superseded")
    assert (await world.step("INC-1", "reconcile")).status == "superseded"
    asked = await world.step("INC-1", "confirm-cause-ended")
    assert asked.status == "open"
    await world.pass_time(minutes=1)
    await world.calm()
    async with world.ctx.store.read() as tx:
        gate = await phases.ask_gate(world.ctx, tx, "cause-ended", await world.incident())
    assert not gate.is_open


async def test_going_back_in_the_middle_of_a_step_holds_again_what_it_had_begun_to_loosen(
    world: World,
) -> None:
    made = await world.proposed_off()
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    await world.drain(only="time")  # the stage has begun, nothing is set yet
    assert (await world.holds())[USDT].level == "trickle"
    await move(world, Phase.PROTECTED, why=WHY)
    await world.drain()
    assert (await world.holds())[USDT].level == "small_only"
    assert world.service.level(world.control(USDT)) == "small_only"
    assert await world.outcomes() == [Outcome.CONFIRMED, Outcome.SUPERSEDED]
    (row,) = await world.rows("hold.put_back")
    assert row.data["reason"] == "the incident went back to protected"


async def test_a_head_of_the_ledger_is_anchored_at_every_phase(world: World) -> None:
    await world.declared()
    await move(world, Phase.STABILIZE)
    await world.drain()
    anchors = [j.key for j in world.wanted if j.kind == "anchor"]
    assert anchors == ["anchor:INC-1:0", "anchor:INC-1:2"]
