"""A second person's yes to exactly what was shown."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.approval import Proposal, ProposalStatus
from bot.domain.base import Phase, Role
from bot.domain.errors import AlreadyDone, BadInput, Ended, NotEntitled, NotFound, Stale, TransitionRefused
from bot.usecases import approvals, controls, phases, steps
from tests.support.world import OVER, ROUTE, USDT, WHY, World


async def held(world: World, level: str = "small_only", control: str = USDT) -> None:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", control, level, WHY)
    await world.drain()


async def propose(world: World, by: str = "bob", control: str = USDT) -> Proposal:
    return await approvals.propose_release(world.ctx, world.actor(by), "INC-1", control, OVER)


async def approve(world: World, made: Proposal, by: str = "alice", shown: str | None = None) -> None:
    await approvals.approve(world.ctx, world.actor(by), made.id, shown or made.hash)


async def test_the_proposer_never_approves_and_is_told_who_may(world: World) -> None:
    await held(world)
    made = await propose(world, by="alice")
    with pytest.raises(NotEntitled, match="You proposed this; the second person must be another: Bob Okafor"):
        await approve(world, made, by="alice")
    assert (await world.proposal(made.id)).status is ProposalStatus.OPEN


@pytest.mark.parametrize("who", ["carol", "dana", "erin"])
async def test_who_does_not_complete_the_pair_is_refused_and_told_who_does(world: World, who: str) -> None:
    await held(world)
    made = await propose(world)
    with pytest.raises(NotEntitled, match="Alice Ng, Frank Moreau"):
        await approve(world, made, by=who)
    assert (await world.proposal(made.id)).status is ProposalStatus.OPEN


@pytest.mark.parametrize(("one", "other"), [("bob", "alice"), ("alice", "bob"), ("frank", "bob")])
async def test_the_pair_may_act_either_way_round(world: World, one: str, other: str) -> None:
    await held(world)
    await approve(world, await propose(world, by=one), by=other)
    await world.drain()
    assert world.service.level(world.control(USDT)) == "normal"
    (row,) = await world.rows("proposal.approved")
    roles = {Role.TREASURY_LEAD.value, Role.INCIDENT_COMMANDER.value}
    assert {row.role, (await world.rows("proposal.made"))[0].role} == roles
    assert row.data["justification"] == OVER


async def test_only_one_of_the_pair_proposes(world: World) -> None:
    await held(world)
    with pytest.raises(NotEntitled):
        await propose(world, by="carol")
    assert await world.rows("proposal.made") == []


async def test_out_of_a_full_suspension_one_of_the_two_is_an_executive(world: World) -> None:
    await held(world, "suspended")
    made = await propose(world, by="bob")
    with pytest.raises(NotEntitled, match="Erin Walsh"):
        await approve(world, made, by="alice")
    await approve(world, made, by="erin")
    await world.drain()
    assert world.service.level(world.control(USDT)) == "normal"


async def test_leaving_a_mode_with_a_suspension_in_it_takes_an_executive_too(world: World) -> None:
    incident = await world.protected()
    await controls.set_control(world.ctx, world.actor("bob"), incident.id, USDT, "suspended", WHY)
    await world.calm()
    await world.cause_ended(incident.id)
    made = await approvals.propose_off(world.ctx, world.actor("bob"), incident.id, OVER)
    assert approvals.approvers(world.ctx, made) == ["Erin Walsh"]


async def test_what_was_clicked_must_be_what_is_proposed(world: World) -> None:
    await held(world)
    made = await propose(world)
    with pytest.raises(Stale, match="the message you clicked changed"):
        await approve(world, made, shown="0" * 64)
    assert (await world.proposal(made.id)).status is ProposalStatus.STALE
    assert await world.rows("proposal.approved") == []


async def test_a_hold_raised_since_makes_an_approval_stale(world: World) -> None:
    await held(world, "tightened")
    made = await propose(world)
    await controls.set_control(world.ctx, world.actor("frank"), "INC-1", USDT, "small_only", WHY)
    with pytest.raises(Stale, match="a hold"):
        await approve(world, made)
    await world.drain()
    assert world.service.level(world.control(USDT)) == "small_only"


async def test_another_incidents_hold_on_the_control_makes_an_approval_stale(world: World) -> None:
    await held(world)
    made = await propose(world)
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-2", USDT, "tightened", WHY)
    with pytest.raises(Stale):
        await approve(world, made)


async def test_a_hold_placed_since_on_another_control_makes_leaving_the_mode_stale(world: World) -> None:
    made = await world.proposed_off()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", ROUTE, "settle_only", WHY)
    with pytest.raises(Stale):
        await approve(world, made)
    assert (await world.holds())[ROUTE].level == "settle_only"


async def test_a_gate_that_shut_since_makes_an_approval_stale(world: World) -> None:
    made = await world.proposed_off()
    world.clock.advance(timedelta(seconds=1))
    await world.feed({"coverage": "1.2"})
    with pytest.raises(Stale, match="a gate changed"):
        await approve(world, made)
    assert (await world.incident()).phase is Phase.PROTECTED


async def test_samples_may_move_while_the_truth_of_the_gates_stays(world: World) -> None:
    made = await world.proposed_off()
    world.clock.advance(timedelta(seconds=1))
    await world.feed({"coverage": "1.9"})
    await approve(world, made)
    assert (await world.incident()).phase is Phase.RECOVER


async def test_changed_content_makes_an_approval_stale(world: World) -> None:
    await held(world)
    made = await propose(world)
    authority = world.ctx.content.now.authority
    world.reload(authority=authority.model_copy(update={"ratify_within": timedelta(minutes=5)}))
    with pytest.raises(Stale, match="the runbooks"):
        await approve(world, made)


async def test_a_proposal_runs_out_after_its_hour_and_says_so(world: World) -> None:
    await held(world)
    made = await propose(world)
    world.clock.advance(timedelta(hours=1))
    with pytest.raises(Stale, match="expired"):
        await approve(world, made)
    await world.make_due(f"proposal_due:{made.id}")
    await world.drain(only="time")
    assert (await world.proposal(made.id)).status is ProposalStatus.EXPIRED
    assert len(await world.rows("proposal.expired")) == 1


async def test_two_who_approve_at_the_same_moment_have_one_effect_and_the_second_is_told(
    any_world: World,
) -> None:
    await held(any_world)
    made = await propose(any_world)
    both = [approve(any_world, made, by=who) for who in ("alice", "frank")]
    came = await asyncio.gather(*both, return_exceptions=True)
    told = [c for c in came if c is not None]
    assert len(told) == 1
    assert isinstance(told[0], AlreadyDone)
    assert "approved this at 03:00:00 UTC" in str(told[0])
    async with any_world.ctx.store.read() as tx:
        assert len(await tx.proposals.plans("INC-1")) == 1


async def test_proposing_the_same_again_says_who_was_first(world: World) -> None:
    await held(world)
    await propose(world, by="bob")
    with pytest.raises(AlreadyDone, match="Bob Okafor proposed this at 03:00:00 UTC; it waits for a second"):
        await propose(world, by="alice")


async def test_a_proposal_is_refused_with_a_reason_or_taken_back(world: World) -> None:
    await held(world)
    made = await propose(world)
    with pytest.raises(NotEntitled):
        await approvals.refuse(world.ctx, world.actor("carol"), made.id, WHY)
    with pytest.raises(BadInput):
        await approvals.refuse(world.ctx, world.actor("alice"), made.id, "")
    await approvals.refuse(world.ctx, world.actor("alice"), made.id, "Coverage is still falling")
    with pytest.raises(AlreadyDone, match="Alice Ng refused this"):
        await approve(world, made, by="frank")
    again = await propose(world)
    await approvals.refuse(world.ctx, world.actor("bob"), again.id, "Proposed too early")
    rows = await world.rows("proposal.refused")
    assert [(r.actor, bool(r.role)) for r in rows] == [("alice", True), ("bob", True)]


async def test_what_is_not_held_is_not_released(world: World) -> None:
    await world.declared()
    with pytest.raises(NotFound, match="holds nothing on"):
        await propose(world)


async def test_leaving_a_mode_waits_for_its_gates_and_names_those_that_are_shut(world: World) -> None:
    incident = await world.protected()
    with pytest.raises(TransitionRefused) as refused:
        await approvals.propose_off(world.ctx, world.actor("bob"), incident.id, OVER)
    assert {s.split(":")[0] for s in refused.value.shut} == {
        "The cause has ended",
        "Books matched the chain for 30 minutes",
        "Coverage is at least 1.5",
    }
    assert "unknown" in str(refused.value)


async def test_there_is_no_mode_to_leave_in_normal_mode(world: World) -> None:
    await world.declared()
    with pytest.raises(NotFound, match="no mode to leave"):
        await approvals.propose_off(world.ctx, world.actor("bob"), "INC-1", OVER)


async def test_an_approved_way_out_moves_to_recover_and_finishes_the_step_that_asked_for_it(
    world: World,
) -> None:
    made = await world.proposed_off()
    await approve(world, made)
    assert (await world.incident()).phase is Phase.RECOVER
    assert (await world.step("INC-1", "propose-ladder")).status == "done"


async def test_a_mode_is_not_left_by_naming_the_next_phase(world: World) -> None:
    incident = await world.protected()
    await world.calm()
    await world.cause_ended(incident.id)
    with pytest.raises(TransitionRefused, match="propose /protected-mode off"):
        await phases.move_phase(world.ctx, world.actor("alice"), incident.id, Phase.RECOVER, OVER)


async def test_a_single_release_goes_no_further_than_the_mode_and_not_beneath_it(world: World) -> None:
    await world.protected()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "suspended", WHY)
    await world.drain()
    made = await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)
    assert [(m.from_level, m.to_level) for m in made.shown.moves] == [("suspended", "small_only")]
    await approvals.approve(world.ctx, world.actor("erin"), made.id, made.hash)
    await world.drain()
    assert world.service.level(world.control(USDT)) == "small_only"
    with pytest.raises(BadInput, match=r"Protected mode keeps \S+ at small_only"):
        await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)


async def test_a_reopening_under_way_is_not_proposed_a_second_time(world: World) -> None:
    await world.reopening()
    await world.calm()
    with pytest.raises(AlreadyDone, match=r"Alice Ng approved this at 03:00:00 UTC; it is under way"):
        await approvals.propose_off(world.ctx, world.actor("bob"), "INC-1", OVER)


async def test_an_ended_incident_approves_nothing(world: World) -> None:
    await held(world)
    await approve(world, await propose(world))
    await world.drain()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", ROUTE, "half", WHY)
    await world.drain()
    made = await propose(world, control=ROUTE)
    await approve(world, made)
    await world.drain()
    await phases.move_phase(world.ctx, world.actor("alice"), "INC-1", Phase.STOOD_DOWN, OVER)
    with pytest.raises(Ended):
        await approve(world, made, by="frank")
    step = (await world.steps())[0]
    with pytest.raises(Ended):
        await steps.finish_step(world.ctx, world.actor("alice"), world.ref(step))


async def test_those_whose_yes_counts_are_paged_once_and_nobody_else(world: World) -> None:
    await held(world)
    await world.drain()
    before = len(world.pages())
    made = await propose(world)
    await world.drain()
    new = [j.payload for j in world.wanted if j.kind == "page"][before:]
    assert {p["person"] for p in new} == {p.id for p in approvals.second_persons(world.ctx, made)}
    assert {p["text"] for p in new} == {
        f"INC-1: Bob Okafor proposes to release {USDT}; it waits for your yes until 04:00 UTC."
    }


async def test_a_proposal_that_nobody_answers_is_brought_to_executives_and_ends_in_time(world: World) -> None:
    await held(world)
    made = await propose(world, by="bob")
    await world.pass_time(minutes=7)
    assert world.pages("erin") == []
    await world.pass_time(minutes=1)
    assert sum("answered Bob Okafor's proposal" in text for text in world.pages("erin")) == 1
    assert (await world.proposal(made.id)).status is ProposalStatus.OPEN
    await world.pass_time(minutes=53)
    assert (await world.proposal(made.id)).status is ProposalStatus.EXPIRED
    assert len(await world.rows("proposal.unanswered")) == 1


async def test_when_executives_are_called_is_the_policys(world: World) -> None:
    authority = world.content.now.authority
    world.reload(authority=authority.model_copy(update={"executive_after": timedelta(minutes=2)}))
    await held(world)
    await propose(world, by="bob")
    await world.pass_time(minutes=2)
    assert len(await world.rows("proposal.unanswered")) == 1
