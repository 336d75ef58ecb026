"""Telling the classes apart: unknown counts as the dangerous answer, and changing the class loses nothing."""

from __future__ import annotations

import pytest

from bot.domain.base import IncidentClass, Phase
from bot.domain.classification import Answer
from bot.domain.errors import BadInput, NotEntitled
from bot.usecases import classification, controls
from bot.usecases.steps import finish_step
from tests.support.world import USDT, WHY, World

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


async def answer(world: World, **answers: Answer) -> None:
    for question, given in answers.items():
        await classification.answer_question(
            world.ctx, world.actor("alice"), "INC-1", question.replace("_", "-"), given
        )


async def named(world: World, class_: IncidentClass) -> None:
    await classification.set_class(
        world.ctx, world.actor("alice"), "INC-1", class_, "Northbank confirmed it by phone"
    )


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def test_every_answer_is_recorded_with_the_signals_beside_its_question(declared: World) -> None:
    await declared.feed({"unclaimed_outflow": "0", "coverage": "2"})
    await answer(declared, unclaimed_outflow=NO)
    (row,) = await declared.rows("classification.answered")
    assert (row.data["question"], row.data["answer"]) == ("unclaimed-outflow", "no")
    assert set(row.data["signals"]) == {"unclaimed_outflow", "outflow_hour"}
    assert row.data["signals"]["outflow_hour"].startswith("unknown")


async def test_known_answers_confirm_the_class_and_bring_its_steps(declared: World) -> None:
    await answer(declared, unclaimed_outflow=NO, books_differ=NO, provider_stuck=YES)
    incident = await declared.incident()
    assert (incident.class_, incident.class_confirmed) == (IncidentClass.COUNTERPARTY_FAILURE, True)
    assert (await declared.step("INC-1", "list-counterparty-flows")).status == "open"
    assert (await declared.step("INC-1", "classify")).status == "done"
    assert "classify_due:INC-1" not in await declared.due()


async def test_an_unknown_answer_counts_as_the_dangerous_one_and_leaves_the_class_provisional(
    declared: World,
) -> None:
    await answer(declared, unclaimed_outflow=UNKNOWN)
    incident = await declared.incident()
    assert (incident.class_, incident.class_confirmed) == (IncidentClass.CUSTODY_INCIDENT, False)


async def test_a_provisional_class_is_asked_about_again_every_ten_minutes(declared: World) -> None:
    await answer(declared, unclaimed_outflow=UNKNOWN)
    await declared.pass_time(minutes=11)
    await declared.pass_time(minutes=6)
    assert any("the class is provisional (custody incident)" in p for p in declared.pages("alice"))
    await named(declared, IncidentClass.TECHNICAL_OUTAGE)
    await declared.pass_time(minutes=11)
    assert "classify_due:INC-1" not in await declared.due()


async def test_an_end_without_a_class_stays_provisional_and_is_asked_again(declared: World) -> None:
    every = [q.id for q in declared.ctx.content.now.pinned.tree.questions if q.id != "deploy-explains"]
    await answer(declared, **{q.replace("-", "_"): NO for q in every})
    incident = await declared.incident()
    assert (incident.class_, incident.class_confirmed) == (None, False)
    assert "classify_due:INC-1" in await declared.due()


async def test_the_commander_may_name_the_class_outright_and_nobody_else(declared: World) -> None:
    with pytest.raises(NotEntitled):
        await classification.set_class(
            declared.ctx, declared.actor("bob"), "INC-1", IncidentClass.MARKET_MOVE, WHY
        )
    await named(declared, IncidentClass.MARKET_MOVE)
    assert (await declared.incident()).class_confirmed


async def test_an_answer_that_points_the_same_way_does_not_put_a_named_class_in_doubt(
    declared: World,
) -> None:
    await named(declared, IncidentClass.CUSTODY_INCIDENT)
    await answer(declared, unclaimed_outflow=UNKNOWN)
    assert (await declared.incident()).class_confirmed


async def test_reclassifying_keeps_holds_and_finished_steps_and_supersedes_the_rest(declared: World) -> None:
    await controls.set_control(declared.ctx, declared.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await finish_step(
        declared.ctx, declared.actor("frank"), declared.ref(await declared.step("INC-1", "check-signers"))
    )
    await named(declared, IncidentClass.COUNTERPARTY_FAILURE)
    await named(declared, IncidentClass.MARKET_MOVE)
    assert (await declared.holds())[USDT].level == "small_only"
    assert (await declared.step("INC-1", "check-signers")).status == "done"
    assert (await declared.step("INC-1", "list-counterparty-flows")).status == "superseded"
    assert (await declared.step("INC-1", "read-tickets")).status == "open"


async def test_going_back_to_a_class_brings_its_steps_back(declared: World) -> None:
    for class_ in (
        IncidentClass.COUNTERPARTY_FAILURE,
        IncidentClass.MARKET_MOVE,
        IncidentClass.COUNTERPARTY_FAILURE,
    ):
        await named(declared, class_)
    again = await declared.step("INC-1", "list-counterparty-flows")
    assert again.status == "open"
    assert f"step_due:INC-1:{again.round}:{again.runbook_id}:{again.step_id}" in await declared.due()


async def test_protection_never_waits_for_a_class(world: World) -> None:
    incident = await world.protected()
    assert incident.class_ is None
    assert incident.phase is Phase.PROTECTED


async def test_a_question_the_tree_does_not_have_is_refused(declared: World) -> None:
    with pytest.raises(BadInput):
        await answer(declared, is_it_tuesday=YES)
