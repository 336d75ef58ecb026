"""Declaring an incident, by whom, from what, and once."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.base import IncidentClass, Role, Severity
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Stale
from bot.domain.trigger import Alert, Suggestion, SuggestionStatus
from bot.usecases import incidents, signals
from bot.usecases.incidents import Declaration
from bot.usecases.once import Repeated, once
from bot.usecases.steps import skip_step
from tests.support.world import FEW, World


async def suggested(world: World, key: str = "firing-1") -> Suggestion:
    now = world.clock.now()
    labels = {"alertname": "CounterpartyDown", "severity": "critical"}
    alert = Alert(
        key=key,
        source="alertmanager",
        firing=True,
        summary="Northbank does not answer",
        labels=labels,
        started_at=now,
        received_at=now,
    )
    (made,) = await signals.take_alerts(world.ctx, [alert])
    return made


async def test_a_declarer_who_may_command_commands_and_has_answered(world: World) -> None:
    incident = await world.declared(by="alice")
    assert incident.id == "INC-1"
    assert incident.assigned == {Role.INCIDENT_COMMANDER: "alice"}
    assert incident.acknowledged == (Role.INCIDENT_COMMANDER,)
    assert world.pages("alice") == []


async def test_those_who_may_hold_the_roles_wanted_first_hear_of_a_declaration_once(world: World) -> None:
    await world.declared(by="alice")
    (bobs,), (franks,) = world.pages("bob"), world.pages("frank")
    assert bobs.endswith("Alice Ng has declared “Withdrawals run”. You may act as treasury lead.")
    assert franks.endswith("You may act as wallet ops lead.")
    assert world.pages("alice") == world.pages("carol") == world.pages("dana") == []


async def test_taking_up_a_suggestion_pages_nobody_who_was_paged_for_it(world: World) -> None:
    found = await suggested(world)
    await world.drain()
    before = len(world.pages())
    await incidents.declare(world.ctx, world.actor("alice"), Declaration("x", suggestion_id=found.id))
    await world.drain()
    assert len(world.pages()) == before


async def test_a_declarer_who_may_not_command_leaves_it_open_and_those_who_may_are_paged(
    world: World,
) -> None:
    incident = await world.declared(by="bob")
    assert incident.assigned == {}
    assert len(world.pages("alice")) == len(world.pages("frank")) == 1
    assert "nobody commands it yet. You may act as incident commander." in world.pages("alice")[0]
    assert world.pages("bob") == []  # who declared it knows
    assert world.pages("carol") == []


async def test_declaring_asks_for_room_card_anchor_and_a_look_at_every_control(world: World) -> None:
    await world.declared()
    assert {"room:INC-1", "card:INC-1", "anchor:INC-1:0"} <= {job.key for job in world.wanted}
    assert world.service.reads == len(world.ctx.content.now.controls)
    assert {view.observed for view in (await world.view()).controls} <= {"normal"}
    assert (await world.state(FEW[0])).observed_level == "normal"


async def test_the_steps_of_every_incident_are_laid_out_at_once(world: World) -> None:
    await world.declared()
    assert {"name-roles", "freeze-changes", "publish-holding"} <= {s.step_id for s in await world.steps()}


async def test_the_same_request_declares_once(world: World) -> None:
    given = Declaration("Withdrawals run", once="view-7")
    await incidents.declare(world.ctx, world.actor("alice"), given)
    with pytest.raises(AlreadyDone):
        await incidents.declare(world.ctx, world.actor("alice"), given)
    async with world.ctx.store.read() as tx:
        assert [i.id for i in await tx.incidents.recent(10)] == ["INC-1"]


async def test_a_request_that_had_its_effect_is_not_taken_again_and_a_refused_one_may_be_repeated(
    world: World,
) -> None:
    ctx = once(world.ctx, "trigger-1")
    with pytest.raises(BadInput):
        await incidents.declare(ctx, world.actor("alice"), Declaration("   "))
    await incidents.declare(ctx, world.actor("alice"), Declaration("Withdrawals run"))
    with pytest.raises(Repeated):
        await incidents.declare(ctx, world.actor("alice"), Declaration("Withdrawals run"))


@pytest.mark.parametrize("summary", ["", "  \u202e ", "x" * 201])
async def test_a_summary_that_says_nothing_or_too_much_changes_nothing(world: World, summary: str) -> None:
    with pytest.raises(BadInput) as refused:
        await incidents.declare(world.ctx, world.actor("alice"), Declaration(summary))
    assert refused.value.example.startswith("/incident declare ")
    assert await world.rows() == []


async def test_a_suggestion_is_taken_up_with_its_severity_class_and_moment(world: World) -> None:
    found = await suggested(world)
    given = Declaration("Northbank is down", suggestion_id=found.id)
    incident = await incidents.declare(world.ctx, world.actor("alice"), given)
    assert (incident.severity, incident.class_) == (Severity.SEV2, IncidentClass.COUNTERPARTY_FAILURE)
    assert not incident.class_confirmed
    assert incident.detected_at == found.raised_at
    assert "route-settle-only" not in {s.step_id for s in await world.steps()}  # that one is for stabilize
    assert "list-counterparty-flows" in {s.step_id for s in await world.steps()}


async def test_the_second_to_take_up_a_suggestion_is_told_who_was_first_and_as_what(world: World) -> None:
    found = await suggested(world)
    given = Declaration("Northbank is down", suggestion_id=found.id)
    await incidents.declare(world.ctx, world.actor("alice"), given)
    with pytest.raises(AlreadyDone, match=r"Alice Ng took this up at 03:00 UTC as INC-1"):
        await incidents.declare(world.ctx, world.actor("frank"), given)


async def test_two_who_take_up_a_suggestion_at_the_same_moment_declare_once(any_world: World) -> None:
    found = await suggested(any_world)
    given = Declaration("Northbank is down", suggestion_id=found.id)
    both = [incidents.declare(any_world.ctx, any_world.actor(name), given) for name in ("alice", "frank")]
    came = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(c, AlreadyDone) for c in came) == 1
    async with any_world.ctx.store.read() as tx:
        assert len(await tx.incidents.open()) == 1
        assert (await tx.suggestions.get(found.id)).status is SuggestionStatus.TAKEN


async def test_a_dismissed_suggestion_is_not_taken_up(world: World) -> None:
    found = await suggested(world)
    await signals.dismiss(world.ctx, world.actor("bob"), found.id, "A planned wallet move")
    with pytest.raises(Stale, match="dismissed"):
        await incidents.declare(world.ctx, world.actor("alice"), Declaration("x", suggestion_id=found.id))


async def test_roles_are_given_out_by_the_commander_to_those_who_may_hold_them(world: World) -> None:
    await world.declared()
    made = await incidents.assign_role(world.ctx, world.actor("alice"), "INC-1", Role.COMMS_OWNER, "dana")
    assert made.assigned[Role.COMMS_OWNER] == "dana"
    assert Role.COMMS_OWNER not in made.acknowledged
    await world.drain()
    assert "you are comms owner" in world.pages("dana")[0]
    with pytest.raises(BadInput, match=r"may not be treasury lead. Listed: Bob Okafor"):
        await incidents.assign_role(world.ctx, world.actor("alice"), "INC-1", Role.TREASURY_LEAD, "carol")


async def test_who_does_not_command_gives_out_nothing_but_may_take_up_a_free_role_of_theirs(
    world: World,
) -> None:
    await world.declared()
    with pytest.raises(NotEntitled, match="Alice Ng") as refused:
        await incidents.assign_role(world.ctx, world.actor("bob"), "INC-1", Role.COMMS_OWNER, "dana")
    assert "Alice Ng" in refused.value.who
    made = await incidents.assign_role(world.ctx, world.actor("bob"), "INC-1", Role.TREASURY_LEAD, "bob")
    assert Role.TREASURY_LEAD in made.acknowledged


async def test_an_assigned_role_is_not_taken_away_by_another_who_may_hold_it(world: World) -> None:
    await world.declared(by="alice")
    with pytest.raises(NotEntitled):
        await incidents.assign_role(
            world.ctx, world.actor("frank"), "INC-1", Role.INCIDENT_COMMANDER, "frank"
        )


async def test_command_is_handed_over_and_must_be_acknowledged(world: World) -> None:
    await world.declared()
    made = await incidents.hand_off(world.ctx, world.actor("alice"), "INC-1", "frank")
    assert made.assigned[Role.INCIDENT_COMMANDER] == "frank"
    assert Role.INCIDENT_COMMANDER not in made.acknowledged
    made = await incidents.acknowledge(world.ctx, world.actor("frank"), "INC-1")
    assert Role.INCIDENT_COMMANDER in made.acknowledged
    with pytest.raises(NotEntitled):
        await incidents.hand_off(world.ctx, world.actor("alice"), "INC-1", "alice")


async def test_who_holds_no_role_has_nothing_to_acknowledge(world: World) -> None:
    await world.declared()
    with pytest.raises(BadInput, match="You hold no role here"):
        await incidents.acknowledge(world.ctx, world.actor("carol"), "INC-1")
    with pytest.raises(BadInput):
        await incidents.show_up(world.ctx, world.actor("carol"), "INC-1")


async def test_showing_up_takes_what_is_free_and_answers_for_what_is_held(world: World) -> None:
    await world.declared(by="bob")
    made = await incidents.show_up(world.ctx, world.actor("frank"), "INC-1")
    mine = {r for r, who in made.assigned.items() if who == "frank"}
    assert mine == {Role.INCIDENT_COMMANDER, Role.WALLET_OPS_LEAD, Role.TECHNICAL_LEAD}
    assert set(made.acknowledged) == mine


async def test_anyone_may_note_something_and_what_they_type_is_cleaned(world: World) -> None:
    await world.declared()
    text = "Northbank says\u202e soon, token=xoxb-123456789012-abcdef"
    await incidents.add_note(world.ctx, world.actor("carol"), "INC-1", text)
    (row,) = await world.rows("note")
    assert (row.actor, row.proof["via"]) == ("carol", "slack")
    assert "\u202e" not in row.data["text"]
    assert "xoxb" not in row.data["text"]


async def test_whoever_acts_has_answered_for_the_roles_they_hold(world: World) -> None:
    await world.declared()
    for role, who in ((Role.COMMS_OWNER, "dana"), (Role.WALLET_OPS_LEAD, "frank")):
        await incidents.assign_role(world.ctx, world.actor("alice"), "INC-1", role, who)
    await incidents.add_note(world.ctx, world.actor("dana"), "INC-1", "The page is ready")
    step = await world.step("INC-1", "check-signers")
    with pytest.raises(BadInput):
        await skip_step(world.ctx, world.actor("frank"), world.ref(step), "")
    assert Role.WALLET_OPS_LEAD not in (await world.incident()).acknowledged  # a refused deed is none
    await skip_step(world.ctx, world.actor("frank"), world.ref(step), "The signers are with the auditor")
    answered = (await world.incident()).acknowledged
    assert {Role.COMMS_OWNER, Role.WALLET_OPS_LEAD} <= set(answered)
    assert [r.actor for r in await world.rows("role.acknowledged")] == ["dana", "frank"]


async def test_who_holds_a_role_is_not_told_that_they_may_act_in_it(world: World) -> None:
    await world.declared()
    await incidents.hand_off(world.ctx, world.actor("alice"), "INC-1", "frank")
    await world.pass_time(minutes=4)
    late = "the incident commander has not answered. "
    assert [p.split(late)[1] for p in world.pages("frank") if late in p] == ["You are incident commander."]
    assert [p.split(late)[1] for p in world.pages("alice") if late in p] == [
        "You may act as incident commander."
    ]
