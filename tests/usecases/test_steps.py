"""Walking the runbook: done once, by who may, with the numbers of that moment."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.base import IncidentClass, Phase, Role
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, NotFound, TransitionRefused
from bot.domain.mode import ModeId
from bot.domain.runbook import StepState
from bot.usecases import classification, controls, incidents, modes, phases, steps
from bot.usecases.step_effects import carry_out
from tests.support.world import ROUTE, WHY, World


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def finish(world: World, step_id: str, by: str, said: str = "") -> StepState:
    step = await world.step("INC-1", step_id)
    return await steps.finish_step(world.ctx, world.actor(by), world.ref(step), said)


async def test_done_is_one_tap_and_records_who_when_in_which_role_and_the_signals(declared: World) -> None:
    await declared.feed({"coverage": "1.7"})
    done = await finish(declared, "check-signers", "frank")
    assert (done.status, done.by, done.at) == ("done", "frank", declared.clock.now())
    (row,) = await declared.rows("step.done")
    assert (row.actor, row.role) == ("frank", Role.WALLET_OPS_LEAD)
    assert row.data["signals"]["coverage"].startswith("1.70")


async def test_the_commander_may_do_any_step_and_it_is_recorded_as_the_commanders(declared: World) -> None:
    await finish(declared, "check-signers", "alice")
    assert (await declared.rows("step.done"))[0].role == Role.INCIDENT_COMMANDER


async def test_who_may_not_do_it_is_told_who_may(declared: World) -> None:
    with pytest.raises(NotEntitled, match="Frank Moreau, Alice Ng"):
        await finish(declared, "check-signers", "carol")


async def test_an_assigned_role_is_its_holders_alone(declared: World) -> None:
    await incidents.assign_role(declared.ctx, declared.actor("alice"), "INC-1", Role.WALLET_OPS_LEAD, "frank")
    with pytest.raises(NotEntitled):
        await finish(declared, "check-signers", "bob")


async def test_the_second_to_tap_is_told_who_was_first_and_when(declared: World) -> None:
    await finish(declared, "check-signers", "frank")
    with pytest.raises(AlreadyDone, match=r"was done by Frank Moreau at 03:00:00 UTC"):
        await finish(declared, "check-signers", "alice")


async def test_two_who_tap_at_the_same_moment_do_it_once(any_world: World) -> None:
    await any_world.declared()
    both = [finish(any_world, "check-signers", who) for who in ("frank", "alice")]
    came = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(c, AlreadyDone) for c in came) == 1
    assert len(await any_world.rows("step.done")) == 1


@pytest.mark.parametrize("put_aside", [steps.skip_step, steps.block_step])
async def test_skipped_and_blocked_need_words(declared: World, put_aside: object) -> None:
    ref = declared.ref(await declared.step("INC-1", "read-tickets"))
    with pytest.raises(BadInput, match="Say why"):
        await put_aside(declared.ctx, declared.actor("dana"), ref, " ")  # type: ignore[operator]
    state = await put_aside(declared.ctx, declared.actor("dana"), ref, "The desk is asleep")  # type: ignore[operator]
    assert state.said == "The desk is asleep"
    row = (await declared.rows(f"step.{state.status}"))[0]
    assert (row.actor, row.data["justification"]) == ("dana", "The desk is asleep")


async def test_a_blocked_step_pages_the_commander_and_can_still_be_done(declared: World) -> None:
    ref = declared.ref(await declared.step("INC-1", "read-tickets"))
    await steps.block_step(declared.ctx, declared.actor("dana"), ref, "The desk is asleep")
    await declared.drain()
    assert "is blocked by Dana Kim: The desk is asleep" in declared.pages("alice")[0]
    assert (await finish(declared, "read-tickets", "dana")).status == "done"


async def test_a_step_that_asks_for_words_is_not_done_without_them(world: World) -> None:
    await world.protected()
    with pytest.raises(BadInput) as refused:
        await finish(world, "confirm-cause-ended", "alice")
    assert refused.value.example == "What ended, and how do you know?"
    assert (await finish(world, "confirm-cause-ended", "alice", "They settle again")).status == "done"


@pytest.mark.parametrize(("drift", "said"), [("12.5", "12.50"), (None, "unknown")])
async def test_a_gate_step_is_not_done_while_its_gate_is_not_open(
    declared: World, drift: str | None, said: str
) -> None:
    if drift is not None:
        await declared.feed({"books_drift": drift})
    with pytest.raises(TransitionRefused, match=said) as refused:
        await finish(declared, "check-books", "bob")
    assert refused.value.shut
    declared.clock.advance(declared.ctx.content.now.signals["books_drift"].stale_after / 2)
    await declared.feed({"books_drift": "0"})
    assert (await finish(declared, "check-books", "bob")).status == "done"


@pytest.mark.parametrize("step_id", ["freeze-changes", "publish-holding"])
async def test_a_step_that_changes_something_is_not_merely_ticked_off(declared: World, step_id: str) -> None:
    with pytest.raises(BadInput, match="done by carrying it out"):
        await finish(declared, step_id, "alice")


async def test_a_control_step_tightens_and_is_finished_in_the_same_breath(declared: World) -> None:
    step = await declared.step("INC-1", "freeze-changes")
    done = await carry_out(declared.ctx, declared.actor("frank"), declared.ref(step))
    assert done.status == "done"
    assert (await declared.holds())["change_freeze"].level == "frozen"
    (row,) = await declared.rows("control.decided")
    assert row.data["justification"] == "Runbook step: Freeze non-essential changes"
    with pytest.raises(AlreadyDone):
        await carry_out(declared.ctx, declared.actor("alice"), declared.ref(step))


async def test_a_control_step_needs_who_may_tighten_besides_who_may_do_the_step(world: World) -> None:
    await world.declared()
    step = await world.step("INC-1", "freeze-changes")
    with pytest.raises(NotEntitled):
        await carry_out(world.ctx, world.actor("bob"), world.ref(step))
    assert await world.holds() == {}


async def test_a_mode_step_sets_the_mode(declared: World) -> None:
    await phases.move_phase(declared.ctx, declared.actor("alice"), "INC-1", Phase.STABILIZE, WHY)
    step = await declared.step("INC-1", "set-stressed")
    await carry_out(declared.ctx, declared.actor("alice"), declared.ref(step), WHY)
    assert (await declared.incident()).mode is ModeId.STRESSED
    assert (await declared.step("INC-1", "set-stressed")).status == "done"


async def test_a_publish_step_drafts_and_stays_open_until_the_draft_is_approved(declared: World) -> None:
    step = await declared.step("INC-1", "publish-holding")
    await carry_out(declared.ctx, declared.actor("dana"), declared.ref(step))
    assert (await declared.step("INC-1", "publish-holding")).status == "open"
    assert [p.spec_id for p in await declared.publications()] == ["holding"]


async def test_a_page_step_calls_everyone_of_its_roles_once_and_says_so(declared: World) -> None:
    why = "Coverage is far below one"
    await classification.set_class(
        declared.ctx, declared.actor("alice"), "INC-1", IncidentClass.RESERVE_ISSUE, why
    )
    step = await declared.step("INC-1", "call-executive-reserve")
    with pytest.raises(BadInput, match="done by carrying it out"):
        await finish(declared, "call-executive-reserve", "alice")
    assert (await carry_out(declared.ctx, declared.actor("alice"), declared.ref(step))).status == "done"
    with pytest.raises(AlreadyDone):
        await carry_out(declared.ctx, declared.actor("frank"), declared.ref(step))
    await declared.drain()
    called = [t for t in declared.pages("erin") if "needs you: Call the executive" in t]
    assert sorted(t.rsplit(". ", 1)[-1] for t in called) == [
        "You may act as compliance lead.",
        "You may act as executive.",
    ]
    (row,) = await declared.rows("role.paged")
    assert (row.data["roles"], row.data["people"]) == (["executive", "compliance_lead"], ["erin"])


async def test_a_decision_is_its_roles_alone_and_holds_the_options_and_the_choice(declared: World) -> None:
    custody = IncidentClass.CUSTODY_INCIDENT
    await classification.set_class(declared.ctx, declared.actor("alice"), "INC-1", custody, WHY)
    await phases.move_phase(declared.ctx, declared.actor("alice"), "INC-1", Phase.STABILIZE, WHY)
    ref = declared.ref(await declared.step("INC-1", "decide-freeze-signing"))
    known = "One signer unknown, looked at again at 04:00"
    with pytest.raises(NotEntitled, match="takes the executive: Erin Walsh"):
        await steps.choose(declared.ctx, declared.actor("alice"), ref, "freeze", known)
    with pytest.raises(BadInput, match="done by choosing"):
        await steps.finish_step(declared.ctx, declared.actor("erin"), ref, known)
    for option, said, says in (("burn", known, "Choose one"), ("freeze", "", "Say why")):
        with pytest.raises(BadInput, match=says):
            await steps.choose(declared.ctx, declared.actor("erin"), ref, option, said)
    done = await steps.choose(declared.ctx, declared.actor("erin"), ref, "rescue_first", known)
    assert (done.status, done.choice) == ("done", "rescue_first")
    assert done.said == f"Not yet - clean signers move the funds to new keys first, then freeze — {known}"
    row = (await declared.rows("step.done"))[-1]
    assert (row.actor, row.role, row.data["choice"]) == ("erin", "executive", "rescue_first")
    assert row.data["options"] == ["freeze", "rescue_first", "keep"]


async def test_the_commander_passes_a_decision_over_and_does_not_take_it(declared: World) -> None:
    await classification.set_class(
        declared.ctx, declared.actor("alice"), "INC-1", IncidentClass.CUSTODY_INCIDENT, WHY
    )
    ref = declared.ref(await declared.step("INC-1", "which-signing-domain"))
    skipped = await steps.skip_step(declared.ctx, declared.actor("alice"), ref, "Frank says it on the bridge")
    assert skipped.status == "skipped"


async def test_a_control_set_by_command_finishes_the_step_that_asked_for_it(declared: World) -> None:
    why = "Northbank confirmed it by phone"
    await classification.set_class(
        declared.ctx, declared.actor("alice"), "INC-1", IncidentClass.COUNTERPARTY_FAILURE, why
    )
    await modes.set_mode(declared.ctx, declared.actor("alice"), ModeId.STRESSED, WHY, "INC-1")
    await controls.set_control(declared.ctx, declared.actor("bob"), "INC-1", ROUTE, "settle_only", WHY)
    assert (await declared.step("INC-1", "route-settle-only")).status == "done"


async def test_a_step_is_found_by_its_first_words_and_an_unknown_one_answered_with_those_open(
    declared: World,
) -> None:
    incident = await declared.incident()
    async with declared.ctx.store.read() as tx:
        _, step, _ = await steps.by_title(tx, incident, "read the tic")
        assert step.id == "read-tickets"
        for words in ("signers", "policies sign", "check-signers"):
            assert (await steps.by_title(tx, incident, words))[1].id == "check-signers"
        with pytest.raises(NotFound, match=r"Open steps:\n• [^•]*\n• Name treasury, wallet ops"):
            await steps.by_title(tx, incident, "pour <coffee>")
