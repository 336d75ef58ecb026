"""Break-glass: past a shut gate or a missing approval, capped, told to everybody, and reviewed by another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.approval import Proposal, ProposalStatus
from bot.domain.base import Phase
from bot.domain.control import Control
from bot.domain.errors import BadInput, NotEntitled, NotFound, ProofNeeded, Stale, TransitionRefused
from bot.domain.ledger import plain_row
from bot.domain.mode import ModeId
from bot.domain.proof import StepUp
from bot.domain.verifier.rules import Replay, Wrong
from bot.usecases import approvals, controls, overrides, phases
from bot.usecases.opened import unreviewed
from bot.usecases.overrides import Glass
from tests.support.world import OVER, USDT, WHY, World

HARM = Glass("customer_harm", "Withdrawals wait for nothing; the custody console shows 2.1")
ALONE = Glass("nobody_answers", "Bob's phone is off since 03:00")


async def shut(world: World) -> str:
    """Protected, and one gate of the way out is shut; its id."""
    incident = await world.protected()
    await world.calm(coverage="0.5")
    await world.cause_ended(incident.id)
    with pytest.raises(TransitionRefused):
        await propose_off(world)
    ladder = world.content.now.modes[ModeId.PROTECTED].ladder
    assert ladder is not None
    gates = [world.content.now.gates[g] for g in ladder.begin]
    return next(g.id for g in gates if any("coverage" in c.when for c in g.conditions))


async def propose_off(world: World) -> Proposal:
    return await approvals.propose_off(world.ctx, world.actor("bob"), "INC-1", OVER)


async def broken(world: World, gate: str, by: str = "alice", glass: Glass = HARM) -> None:
    await overrides.override_gate(world.ctx, world.actor(by), "INC-1", gate, glass)


async def test_a_broken_gate_lets_the_way_out_be_proposed_and_says_so_to_the_second_person(
    world: World,
) -> None:
    gate = await shut(world)
    await broken(world, gate)
    made = await propose_off(world)
    assert made.shown.gates[gate] == "overridden"
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    assert (await world.incident()).phase is Phase.RECOVER


async def test_it_is_recorded_with_the_gates_truth_announced_and_paged_to_executives(world: World) -> None:
    gate = await shut(world)
    await broken(world, gate)
    await world.drain()
    (row,) = await world.rows("override.used")
    assert (row.actor, row.role, row.data["truth"]) == ("alice", "incident_commander", "shut")
    assert "coverage" in row.data["says"].casefold()
    assert row.data["numbers"]["coverage"]
    assert (row.data["reason_code"], row.data["justification"]) == (HARM.reason, HARM.why)
    assert any("broke the glass" in text for text in world.pages("erin"))
    assert any(j.kind == "warn" and "glass broken" in j.payload["text"] for j in world.wanted)


async def test_it_lasts_a_quarter_of_an_hour_and_no_longer(world: World) -> None:
    gate = await shut(world)
    await broken(world, gate)
    made = await propose_off(world)
    world.clock.advance(timedelta(minutes=16))
    await world.calm(coverage="0.5")
    with pytest.raises(Stale, match="a gate"):
        await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)


async def test_who_may_how_often_and_for_which_reasons_is_the_policys(world: World) -> None:
    gate = await shut(world)
    with pytest.raises(NotEntitled, match="Alice Ng"):
        await broken(world, gate, by="carol")
    with pytest.raises(BadInput, match="no reason code"):
        await broken(world, gate, glass=Glass("because", HARM.why))
    with pytest.raises(BadInput, match="Say why"):
        await broken(world, gate, glass=Glass("customer_harm", ""))
    with pytest.raises(NotFound, match="There are:"):
        await broken(world, "no-such-gate")
    for _ in range(2):
        await broken(world, gate)
    with pytest.raises(NotEntitled, match="the policy allows 2 within 60 minutes"):
        await broken(world, gate)
    world.clock.advance(timedelta(minutes=61))
    await broken(world, gate)
    assert len(await world.rows("override.used")) == 3


async def test_an_open_gate_needs_no_breaking(world: World) -> None:
    incident = await world.protected()
    await world.calm()
    await world.cause_ended(incident.id)
    gates = [
        g.id for g in world.content.now.gates.values() if any("coverage" in c.when for c in g.conditions)
    ]
    with pytest.raises(BadInput, match="nothing to break"):
        await broken(world, gates[0])


async def test_what_no_policy_can_open_stays_shut(world: World) -> None:
    """Holds in force keep an incident from ending, whatever gate is broken."""
    await world.declared()
    await controls.set_control(world.ctx, world.actor("alice"), "INC-1", USDT, "small_only", WHY)
    with pytest.raises(NotFound):
        await broken(world, "no_hold")
    with pytest.raises(TransitionRefused, match="No hold in force"):
        await phases.move_phase(world.ctx, world.actor("alice"), "INC-1", Phase.STOOD_DOWN, OVER)


async def test_the_incident_does_not_end_before_another_person_has_looked_at_each(world: World) -> None:
    await world.declared()
    gate = next(iter(world.content.now.gates))
    await world.feed({"coverage": "0.1"})
    await broken(world, gate)
    with pytest.raises(TransitionRefused, match="Every override is reviewed"):
        await phases.move_phase(world.ctx, world.actor("alice"), "INC-1", Phase.STOOD_DOWN, WHY)
    with pytest.raises(NotEntitled, match="You broke the glass; another must look at it: Erin Walsh"):
        await overrides.review(world.ctx, world.actor("alice"), "INC-1", "It was right")
    with pytest.raises(NotEntitled):
        await overrides.review(world.ctx, world.actor("carol"), "INC-1", "It was right")
    await overrides.review(world.ctx, world.actor("erin"), "INC-1", "I saw the console too")
    async with world.ctx.store.read() as tx:
        assert await unreviewed(tx, "INC-1") == []
    await phases.move_phase(world.ctx, world.actor("alice"), "INC-1", Phase.STOOD_DOWN, WHY)
    assert (await world.rows("override.reviewed"))[0].data["justification"] == "I saw the console too"


async def proposed(world: World) -> Proposal:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("alice"), "INC-1", USDT, "small_only", WHY)
    await world.drain()
    return await approvals.propose_release(world.ctx, world.actor("alice"), "INC-1", USDT, OVER)


async def alone(world: World, made: Proposal, by: str = "alice") -> None:
    await overrides.override_approval(world.ctx, world.actor(by), made.id, made.hash, ALONE)
    await world.drain()


async def test_past_a_missing_approval_one_person_loosens_and_an_auditor_sees_it_was_an_override(
    world: World,
) -> None:
    made = await proposed(world)
    with pytest.raises(NotEntitled):
        await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    await alone(world, made)
    assert world.service.level(world.control(USDT)) == "normal"
    replay = Replay({})
    for row in await world.rows():
        replay.take(plain_row(row))
    assert [o.actor for o in await world.rows("override.used")] == ["alice"]


async def test_without_it_the_same_rows_break_the_rule_of_the_second_person(world: World) -> None:
    made = await proposed(world)
    await alone(world, made)
    every = [plain_row(row) for row in await world.rows() if row.kind != "override.used"]
    at = next(n for n, row in enumerate(every) if row["kind"] == "proposal.approved")
    replay = Replay({})
    for row in every[:at]:
        replay.take(row)
    with pytest.raises(Wrong, match="is approved by alice, and alice proposed it"):
        replay.take(every[at])


async def test_what_cannot_be_undone_takes_two_always(world: World) -> None:
    made = await proposed(world)

    def hardened(control: Control) -> Control:
        return control.model_copy(update={"irreversible": control.id == USDT or control.irreversible})

    world.reload(controls=tuple(hardened(c) for c in world.content.now.controls))
    with pytest.raises(NotEntitled, match="takes two people, always"):
        await alone(world, made)
    assert (await world.proposal(made.id)).status is ProposalStatus.OPEN


async def test_a_second_factor_is_asked_for_even_so(world: World) -> None:
    authority = world.content.now.authority
    money = authority.rules["money"].model_copy(update={"step_up": StepUp.KEY})
    world.reload(authority=authority.model_copy(update={"rules": {**authority.rules, "money": money}}))
    made = await proposed(world)
    with pytest.raises(ProofNeeded):
        await alone(world, made)
    assert await world.rows("override.used") == []
    assert world.service.level(world.control(USDT)) == "small_only"


async def test_an_override_is_for_what_was_shown(world: World) -> None:
    made = await proposed(world)
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "suspended", WHY)
    with pytest.raises(Stale, match="propose it again"):
        await alone(world, made)
