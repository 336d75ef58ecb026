"""What the public is told: observed facts, approved by a person, true when it goes out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.base import PublicState
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Stale
from bot.domain.publication import Publication, PublicationKind, PublicationState, StatusStage
from bot.usecases import controls, publications
from bot.usecases.publishing import ready_to_publish
from tests.support.world import USDT, WHY, World

PROMISE = "withdrawals up to 25,000 USDT in value"


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def draft(world: World, spec: str | None = "update", by: str = "dana") -> Publication:
    return await publications.draft_update(world.ctx, world.actor(by), "INC-1", spec)


async def approve(world: World, found: Publication, by: str = "dana") -> Publication:
    return await publications.approve_publication(world.ctx, world.actor(by), found.id, found.version)


async def published(world: World, spec: str = "update") -> Publication:
    found = await draft(world, spec)
    await approve(world, found, by="dana")
    await world.drain()
    return next(p for p in await world.publications() if p.id == found.id)


async def suspend(world: World, level: str = "suspended") -> None:
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, level, WHY)


async def test_a_text_states_what_is_observed_and_never_what_is_desired(declared: World) -> None:
    await suspend(declared)
    assert "suspended" not in (await draft(declared)).body
    await declared.drain()
    found = next(p for p in await declared.publications() if p.state is PublicationState.DRAFT)
    assert "Withdrawals of USDT on Tron are suspended" in found.body


async def test_what_cannot_be_seen_is_promised_to_nobody(declared: World) -> None:
    await published(declared)
    await suspend(declared, "small_only")
    await declared.drain()
    declared.service.deaf.add(USDT)
    await declared.pass_time(minutes=2)
    assert PROMISE not in (await draft(declared)).body
    assert "Some limits are changing at this moment" in (await draft(declared)).body


async def test_a_reading_gone_stale_is_promised_to_nobody(declared: World) -> None:
    await suspend(declared, "eased")
    await declared.drain()
    declared.clock.advance(timedelta(minutes=11))  # nobody has looked meanwhile
    assert "Withdrawals up to 100,000" not in (await draft(declared)).body


async def test_comms_approves_it_is_published_and_its_promise_becomes_a_deadline(declared: World) -> None:
    found = await published(declared)
    assert (found.state, found.approved_by) == (PublicationState.PUBLISHED, "dana")
    incident = await declared.incident()
    assert incident.standing.public is PublicState.INFORMED
    assert incident.next_update_at == found.next_update_at
    assert [r.kind for r in await declared.rows() if r.kind.startswith("publication.")] == [
        "publication.drafted",
        "publication.approved",
        "publication.published",
    ]
    assert (await declared.rows("publication.published"))[0].data["body"] == found.body


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
async def test_others_do_not_approve_and_are_told_who_does(declared: World, who: str) -> None:
    found = await draft(declared)
    with pytest.raises(NotEntitled, match="Dana Kim"):
        await approve(declared, found, by=who)


async def test_who_is_not_entitled_does_not_even_draft(declared: World) -> None:
    with pytest.raises(NotEntitled):
        await draft(declared, by="carol")


async def test_a_holding_statement_goes_out_on_the_commanders_word_alone(declared: World) -> None:
    await approve(declared, await draft(declared, "holding"), by="alice")
    await declared.drain()
    assert (await declared.incident()).standing.public is PublicState.INFORMED
    assert (await declared.step("INC-1", "publish-holding")).status == "done"


async def test_an_edited_holding_statement_needs_comms(declared: World) -> None:
    found = await draft(declared, "holding")
    with pytest.raises(NotEntitled):
        await publications.edit_draft(declared.ctx, declared.actor("alice"), found.id, "All is well.")
    edited = await publications.edit_draft(
        declared.ctx, declared.actor("dana"), found.id, "We are looking into slow withdrawals."
    )
    with pytest.raises(NotEntitled):
        await approve(declared, edited, by="alice")
    await approve(declared, edited, by="dana")


async def test_what_was_read_must_be_what_is_approved(declared: World) -> None:
    found = await draft(declared)
    edited = await publications.edit_draft(declared.ctx, declared.actor("dana"), found.id, "Some words.")
    with pytest.raises(Stale, match="changed since"):
        await approve(declared, found)
    with pytest.raises(Stale):
        await publications.edit_draft(declared.ctx, declared.actor("dana"), found.id, "More.", found.version)
    assert edited.version == found.version + 1


async def test_facts_that_moved_on_are_not_published_and_a_new_draft_is_ready(declared: World) -> None:
    found = await draft(declared)
    await suspend(declared)
    await declared.drain(only="actuation")
    with pytest.raises(Stale, match="The facts changed"):
        await approve(declared, found)
    fresh = next(p for p in await declared.publications() if p.state is PublicationState.DRAFT)
    assert "suspended" in fresh.body
    assert (await declared.incident()).standing.public is PublicState.SILENT


async def test_a_draft_whose_promised_next_word_is_due_already_is_not_published(declared: World) -> None:
    found = await draft(declared)
    await declared.pass_time(minutes=31)
    found = next(p for p in await declared.publications() if p.id == found.id)
    late = found.model_copy(update={"next_update_at": declared.clock.now()})
    async with declared.ctx.store.write() as tx:
        late = await tx.publications.save(late)
    with pytest.raises(Stale, match="is due already"):
        await approve(declared, late)


async def test_an_approved_text_that_is_true_no_longer_does_not_go_out_and_its_approver_is_told(
    declared: World,
) -> None:
    found = await approve(declared, await draft(declared))
    await suspend(declared)
    await declared.drain(only="actuation")
    assert await ready_to_publish(declared.ctx, found.id) is None
    await declared.drain()
    assert "was not published" in declared.pages("dana")[0]
    states = {p.id: p.state for p in await declared.publications()}
    assert states[found.id] is PublicationState.DISCARDED
    assert PublicationState.DRAFT in states.values()


async def test_the_second_to_approve_is_told_who_was_first(declared: World) -> None:
    found = await draft(declared)
    await approve(declared, found)
    with pytest.raises(AlreadyDone, match="Dana Kim approved this at 03:00:00 UTC"):
        await approve(declared, found)


async def test_an_unedited_draft_is_redrawn_and_a_persons_own_words_are_left_alone(declared: World) -> None:
    plain = await draft(declared, "holding")
    await suspend(declared)
    await declared.drain()
    redrawn = next(p for p in await declared.publications() if p.id == plain.id)
    assert redrawn.body != plain.body
    edited = await publications.edit_draft(
        declared.ctx, declared.actor("dana"), plain.id, "Withdrawals of USDT on Tron are suspended."
    )
    await suspend_others(declared)
    async with declared.ctx.store.write() as tx:
        await publications.offer_draft(declared.ctx, tx, await declared.incident())
    (left,) = [p for p in await declared.publications() if p.state is PublicationState.DRAFT]
    assert left.body == edited.body


async def suspend_others(world: World) -> None:
    await controls.set_control(world.ctx, world.actor("alice"), "INC-1", "swaps", "none", WHY)
    await world.drain()


async def test_what_is_discarded_for_another_text_is_recorded(declared: World) -> None:
    await draft(declared, "holding")
    await draft(declared, "update")
    (row,) = await declared.rows("publication.discarded")
    assert row.data["reason"] == "update was drafted in its place"


async def test_a_thrown_away_draft_is_recorded_with_who_did_it(declared: World) -> None:
    found = await draft(declared)
    await publications.discard_draft(declared.ctx, declared.actor("dana"), found.id)
    assert (await declared.rows("publication.discarded"))[0].actor == "dana"
    with pytest.raises(Stale, match="discarded"):
        await approve(declared, found)


async def test_published_macros_follow_the_controls_by_themselves(declared: World) -> None:
    made = await publications.draft_macros(declared.ctx, declared.actor("dana"), "INC-1")
    assert [m.question for m in made.macros] == [
        "Is my money safe?",
        "Where is my withdrawal?",
        "Why is it limited?",
        "When will it resume?",
        "What still works?",
        "Do I need to do anything?",
    ]
    await approve(declared, made)
    await suspend(declared)
    await declared.drain()
    macros = next(p for p in await declared.publications() if p.kind is PublicationKind.MACROS)
    assert "Withdrawals of USDT on Tron are suspended" in macros.macros[1].answer
    assert len(await declared.rows("macros.followed")) >= 1
    with pytest.raises(AlreadyDone):
        await publications.edit_draft(declared.ctx, declared.actor("dana"), made.id, "No.")


async def test_a_published_status_that_is_true_no_longer_brings_a_new_draft(declared: World) -> None:
    await published(declared)
    await suspend(declared)
    await declared.drain()
    drafts = [p for p in await declared.publications() if p.state is PublicationState.DRAFT]
    assert len(drafts) == 1
    assert "suspended" in drafts[0].body


async def test_another_incidents_stricter_mode_rules_what_both_promise(world: World) -> None:
    await world.declared()
    await world.protected((await world.declared()).id)
    found = await draft(world)
    assert PROMISE not in found.body
    assert "withdrawals up to 500 USDT in value" in found.body


@pytest.mark.parametrize("body", ["", "   ", "x" * 5001])
async def test_an_update_of_no_or_too_many_words_is_refused(declared: World, body: str) -> None:
    found = await draft(declared)
    with pytest.raises(BadInput):
        await publications.edit_draft(declared.ctx, declared.actor("dana"), found.id, body)


async def test_an_update_nobody_wrote_is_answered_with_those_there_are(declared: World) -> None:
    with pytest.raises(BadInput, match="holding, update, protected, reopening, resolved"):
        await draft(declared, "all-clear")


async def test_a_text_bears_the_time_at_which_it_was_approved(declared: World) -> None:
    before = await draft(declared, "holding")
    declared.clock.advance(timedelta(minutes=4))
    approved = await approve(declared, before)
    assert before.next_update_at is not None
    assert approved.next_update_at == before.next_update_at + timedelta(minutes=4)
    assert f"Posted at {declared.clock.now():%H:%M} UTC" in approved.body


async def test_in_public_an_incident_does_not_go_back_a_stage(declared: World) -> None:
    assert (await published(declared, "protected")).stage is StatusStage.IDENTIFIED
    assert (await published(declared, "update")).stage is StatusStage.IDENTIFIED


@pytest.mark.parametrize("words", ["Your funds are SAFE with us.", "This is planned maintenance."])
async def test_nobody_can_edit_a_forbidden_word_into_a_public_text(declared: World, words: str) -> None:
    before = await draft(declared)
    with pytest.raises(BadInput, match="never said in public"):
        await publications.edit_draft(declared.ctx, declared.actor("dana"), before.id, words)
    assert next(p for p in await declared.publications() if p.id == before.id) == before
