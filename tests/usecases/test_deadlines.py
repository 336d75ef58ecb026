"""What clocks ask, and how seldom: one list every five minutes, and only danger pages."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from bot.domain.base import PublicState, Role
from bot.usecases import controls, incidents, publications
from bot.usecases.fence import fenced
from bot.usecases.ports import LeaseLost
from bot.usecases.record import record
from bot.usecases.steps import skip_step
from tests.support.world import USDT, WHY, World


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


async def test_an_overdue_step_is_in_the_next_list_of_its_role_and_later_of_the_commander(
    declared: World,
) -> None:
    await declared.pass_time(minutes=9)
    await declared.pass_time(minutes=5)
    lists = [p for p in declared.pages("frank") if p.startswith("Waiting for you:")]
    assert "Check signers, policies and unclaimed outflow (since 03:08 UTC)" in lists[0]
    late = [r for r in await declared.rows("step.overdue") if r.data["step"] == "check-signers"]
    assert late[0].data["late_seconds"] == 60
    await declared.pass_time(minutes=5)
    assert len([r for r in await declared.rows("step.overdue") if r.data["step"] == "check-signers"]) == 2


async def test_a_person_gets_at_most_one_list_every_five_minutes_however_much_is_overdue(
    declared: World,
) -> None:
    told: list[int] = []
    for _ in range(30):
        await declared.pass_time(minutes=1)
        told.append(len([p for p in declared.pages("frank") if p.startswith("Waiting for you:")]))
    assert told[-1] >= 1
    grew = [minute for minute, (a, b) in enumerate(itertools.pairwise(told)) if b > a]
    assert all(b - a == 1 for a, b in itertools.pairwise(told) if b > a)
    assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(grew))


async def test_what_was_done_meanwhile_is_not_in_the_list(declared: World) -> None:
    await declared.pass_time(minutes=9)
    for step in await declared.steps():
        await skip_step(declared.ctx, declared.actor("alice"), declared.ref(step), "Done on the bridge")
    before = len(declared.pages("frank"))
    await declared.pass_time(minutes=6)
    assert [p for p in declared.pages("frank")[before:] if "Check signers" in p] == []


async def test_roles_that_do_not_answer_are_paged_after_three_minutes_and_executives_after_eight(
    declared: World,
) -> None:
    await declared.pass_time(minutes=2)
    assert not any("has not answered" in p for p in declared.pages("bob"))
    await declared.pass_time(minutes=2)
    assert any("the treasury lead has not answered" in p for p in declared.pages("bob"))
    assert declared.pages("erin") == []
    await declared.pass_time(minutes=5)
    assert any("nobody has answered as" in p for p in declared.pages("erin"))


async def test_who_has_answered_is_not_paged(declared: World) -> None:
    for who in ("bob", "frank"):
        await incidents.show_up(declared.ctx, declared.actor(who), "INC-1")
    await declared.pass_time(minutes=9)
    assert [p for p in declared.pages() if "answered" in p] == []


async def test_a_first_word_is_drafted_before_it_is_due_and_overdue_after_ten_minutes(
    declared: World,
) -> None:
    await declared.pass_time(minutes=6)
    assert [p.spec_id for p in await declared.publications()] == ["holding"]
    assert (await declared.incident()).standing.public is PublicState.SILENT
    await declared.pass_time(minutes=5)
    assert (await declared.incident()).standing.public is PublicState.OVERDUE
    assert any("the next public word is overdue" in p for p in declared.pages("dana"))
    assert len(await declared.rows("public.overdue")) == 1


async def test_a_word_in_time_is_not_overdue_and_the_next_one_is_prepared(declared: World) -> None:
    found = await publications.draft_update(declared.ctx, declared.actor("dana"), "INC-1", "holding")
    await publications.approve_publication(declared.ctx, declared.actor("dana"), found.id, found.version)
    await declared.drain()
    await declared.pass_time(minutes=20)
    assert (await declared.incident()).standing.public is PublicState.INFORMED
    await declared.pass_time(minutes=6)
    drafts = [p for p in await declared.publications() if p.state == "draft"]
    assert [d.spec_id for d in drafts] == ["update"]
    await declared.pass_time(minutes=6)
    assert (await declared.incident()).standing.public is PublicState.OVERDUE


async def test_every_lapse_pages_comms_anew(declared: World) -> None:
    await declared.pass_time(minutes=11)
    found = [p for p in await declared.publications() if p.state == "draft"][-1]
    await publications.approve_publication(declared.ctx, declared.actor("dana"), found.id, found.version)
    await declared.drain()
    await declared.pass_time(minutes=40)
    assert len([p for p in declared.pages("dana") if "overdue" in p and "Waiting" not in p]) == 2


async def test_a_hold_past_its_review_asks_then_nags_then_pages_and_never_loosens(declared: World) -> None:
    await controls.set_control(declared.ctx, declared.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await incidents.assign_role(declared.ctx, declared.actor("alice"), "INC-1", Role.TREASURY_LEAD, "bob")
    await declared.drain()
    for _ in range(5):
        await declared.pass_time(minutes=13)
    assert len(await declared.rows("hold.review_due")) == 1
    lists = [p for p in declared.pages("bob") if f"review the hold on {USDT} (small_only)" in p]
    assert lists or "digest:bob" in await declared.due()
    assert [p for p in declared.pages("alice") if "past their review time" in p] == []
    for _ in range(3):
        await declared.pass_time(minutes=11)
    assert len([p for p in declared.pages("alice") if "past their review time" in p]) in (1, 2)
    assert declared.service.level(declared.control(USDT)) == "small_only"
    assert [r for r in await declared.rows() if r.kind.startswith("plan.")] == []


async def test_a_deadline_of_a_worker_that_lost_its_lease_writes_nothing(declared: World) -> None:
    job = await declared.claim("role_due:INC-1")
    await declared.expire_leases()
    await declared.drain()
    rows = len(await declared.rows())
    ctx = fenced(declared.ctx, job)
    with pytest.raises(LeaseLost):
        async with ctx.store.write() as tx:
            record(ctx, tx, "note", None)
    with pytest.raises(LeaseLost):
        await declared.handlers["role_due"](job)
    assert len(await declared.rows()) == rows


async def test_a_deadline_that_comes_early_comes_again_at_its_time(declared: World) -> None:
    await declared.make_due("update_due:INC-1")
    await declared.drain()
    assert await declared.publications() == []
    assert "update_due:INC-1" in await declared.due()
    await declared.pass_time(minutes=6)
    assert len(await declared.publications()) == 1


async def test_time_is_business_time(declared: World) -> None:
    incident = await declared.incident()
    assert incident.next_update_at == declared.clock.now() + timedelta(minutes=10)
