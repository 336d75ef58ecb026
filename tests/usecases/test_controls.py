"""Tightening: one entitled person, at once; a full suspension then asks for a second person's word."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.base import Phase
from bot.domain.errors import AlreadyDone, BadInput, Ended, NotEntitled, NotFound, Stale
from bot.usecases import controls, phases
from tests.support.world import ROUTE, USDT, WHY, World


async def tighten(world: World, level: str, by: str = "bob", control: str = USDT, why: str = WHY) -> None:
    await controls.set_control(world.ctx, world.actor(by), "INC-1", control, level, why)


@pytest.fixture
async def declared(world: World) -> World:
    await world.declared()
    return world


@pytest.mark.parametrize("who", ["alice", "bob", "frank"])
async def test_one_entitled_person_tightens_at_once_and_the_record_says_why_and_on_which_numbers(
    declared: World, who: str
) -> None:
    await declared.feed({"coverage": "0.8"})
    await tighten(declared, "small_only", by=who)
    hold = (await declared.holds())[USDT]
    (row,) = await declared.rows("control.decided")
    assert (hold.level, hold.owner, hold.decision_id) == ("small_only", who, row.id)
    assert (row.actor, row.data["justification"]) == (who, WHY)
    assert row.role
    assert row.data["numbers"]["coverage"].startswith("0.80")


@pytest.mark.parametrize("who", ["carol", "dana"])
async def test_who_is_not_entitled_is_told_who_is_and_nothing_changes(declared: World, who: str) -> None:
    rows = len(await declared.rows())
    with pytest.raises(NotEntitled, match="Frank Moreau, Bob Okafor, Alice Ng"):
        await tighten(declared, "small_only", by=who)
    assert await declared.holds() == {}
    assert len(await declared.rows()) == rows


async def test_treasury_does_not_move_a_market_control_by_itself(declared: World) -> None:
    with pytest.raises(NotEntitled):
        await tighten(declared, "none", by="bob", control="swaps")


async def test_a_looser_level_is_refused_and_the_way_to_a_release_is_shown(declared: World) -> None:
    await tighten(declared, "small_only")
    for level in ("tightened", "normal"):
        with pytest.raises(BadInput, match="takes a second person") as refused:
            await tighten(declared, level)
        assert refused.value.example.startswith(f"/control release {USDT} ")
    assert (await declared.holds())[USDT].level == "small_only"


async def test_the_second_to_set_the_same_is_told_who_was_first_and_when(declared: World) -> None:
    await tighten(declared, "small_only", by="bob")
    with pytest.raises(AlreadyDone, match=r"Bob Okafor set .* to small_only at 03:00:00 UTC"):
        await tighten(declared, "small_only", by="alice")
    assert len(await declared.rows("control.decided")) == 1


async def test_two_who_tighten_at_the_same_moment_make_one_hold(any_world: World) -> None:
    await any_world.declared()
    both = [tighten(any_world, "small_only", by=who) for who in ("bob", "alice")]
    came = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(c, AlreadyDone) for c in came) == 1
    assert len(await any_world.holds()) == 1


async def test_raising_a_hold_keeps_it_and_moves_its_review(declared: World) -> None:
    await tighten(declared, "tightened")
    first = (await declared.holds())[USDT]
    await declared.pass_time(minutes=10)
    await tighten(declared, "small_only", by="alice")
    raised = (await declared.holds())[USDT]
    assert raised.id == first.id
    assert (raised.owner, raised.version) == ("alice", first.version + 1)
    assert raised.review_at > first.review_at


async def test_a_hold_keeps_what_its_level_meant_and_under_which_content(declared: World) -> None:
    await tighten(declared, "small_only")
    hold = (await declared.holds())[USDT]
    assert hold.value == declared.control(USDT).level("small_only").value
    assert hold.content_digest == declared.ctx.content.now.policy_digest


async def test_an_irreversible_control_is_never_set_by_one_person(declared: World) -> None:
    with pytest.raises(BadInput, match="cannot be undone by us"):
        await tighten(declared, "frozen", by="frank", control="custody.signing")


async def test_an_unknown_control_or_level_is_answered_with_those_that_exist(declared: World) -> None:
    with pytest.raises(NotFound, match=r"Near it: withdrawals\.limit\.USDT\.TRON"):
        await tighten(declared, "small_only", control="withdrawals")
    with pytest.raises(BadInput, match="From normal to most restrictive: normal → eased"):
        await tighten(declared, "off")


@pytest.mark.parametrize("why", ["", "ok", "x" * 2001])
async def test_nothing_is_tightened_without_a_reason(declared: World, why: str) -> None:
    with pytest.raises(BadInput):
        await tighten(declared, "small_only", why=why)
    assert await declared.holds() == {}


async def test_beyond_the_cap_a_suspension_stands_at_once_and_an_executive_is_paged(declared: World) -> None:
    authority = declared.ctx.content.now.authority
    declared.reload(authority=authority.model_copy(update={"suspensions_an_hour": 1}))
    await tighten(declared, "suspended", by="frank")
    await declared.drain()
    assert not any("within an hour" in text for text in declared.pages("erin"))
    await tighten(declared, "stopped", by="frank", control="settlement.trusted")
    await declared.drain()
    assert declared.service.level(declared.control("settlement.trusted")) == "stopped"
    (told,) = [text for text in declared.pages("erin") if "within an hour" in text]
    assert "Frank Moreau has suspended 2 controls within an hour, settlement.trusted last" in told
    (row,) = await declared.rows("suspensions.beyond_cap")
    assert (row.actor, row.data["count"], row.data["cap"]) == ("frank", 2, 1)


async def test_what_one_person_suspended_is_counted_for_an_hour_and_for_them_alone(declared: World) -> None:
    authority = declared.ctx.content.now.authority
    declared.reload(authority=authority.model_copy(update={"suspensions_an_hour": 1}))
    await tighten(declared, "suspended", by="frank")
    await tighten(declared, "stopped", by="bob", control="settlement.trusted")
    await declared.pass_time(minutes=61)
    await tighten(declared, "halted", by="frank", control="trading.BTC-USDT")
    assert await declared.rows("suspensions.beyond_cap") == []


async def test_an_ended_incident_tightens_nothing(declared: World) -> None:
    await phases.move_phase(declared.ctx, declared.actor("alice"), "INC-1", Phase.STOOD_DOWN, WHY)
    with pytest.raises(Ended):
        await tighten(declared, "small_only")


async def test_a_preview_says_what_is_known_and_never_blocks(declared: World) -> None:
    pairs = [(declared.control(c), declared.control(c).levels[-1]) for c in (USDT, ROUTE)]
    blind = controls.preview(pairs, {}, [])
    assert [c.observed for c in blind] == [None, None]
    assert "suspended" in blind[0].customers
    await tighten(declared, "suspended")
    async with declared.ctx.store.read() as tx:
        holds = await tx.holds.in_force(declared.ctx.environment)
    assert [c.kept for c in controls.preview(pairs, {}, holds)] == [True, False]


async def suspended(world: World, by: str = "bob") -> str:
    await tighten(world, "suspended", by=by)
    return (await world.holds())[USDT].id


async def test_a_full_suspension_is_in_force_at_once_and_waits_for_a_second_word(declared: World) -> None:
    await suspended(declared)
    await declared.drain()
    assert declared.service.level(declared.control(USDT)) == "suspended"
    awaited = [a for a in (await declared.view()).awaited if a.what.startswith("ratify")]
    assert awaited[0].who == ("Frank Moreau", "Alice Ng", "Erin Walsh")


async def test_unratified_for_fifteen_minutes_pages_an_executive_and_stays_in_force(declared: World) -> None:
    await suspended(declared)
    await declared.pass_time(minutes=14)
    assert not [p for p in declared.pages("erin") if "not ratified" in p]
    await declared.pass_time(minutes=2)
    assert len([p for p in declared.pages("erin") if "not ratified" in p]) == 1
    assert declared.service.level(declared.control(USDT)) == "suspended"


async def test_two_unratified_suspensions_page_for_each(full_world: World) -> None:
    await full_world.declared()
    for control in (USDT, "withdrawals.limit.BTC.BTC"):
        await tighten(full_world, "suspended", control=control)
    await full_world.drain(only="pages")
    full_world.clock.advance(full_world.ctx.content.now.authority.ratify_within)
    for hold in (await full_world.holds()).values():
        await full_world.make_due(f"ratify:{hold.id}")
    await full_world.drain(only="time")
    await full_world.drain(only="pages")
    assert len([p for p in full_world.pages("erin") if "not ratified" in p]) == 2


async def test_a_second_person_ratifies_and_nobody_is_paged(declared: World) -> None:
    hold = await suspended(declared)
    await controls.ratify(declared.ctx, declared.actor("frank"), hold)
    await declared.pass_time(minutes=20)
    assert not [p for p in declared.pages("erin") if "not ratified" in p]
    (row,) = await declared.rows("hold.ratified")
    assert (row.actor, row.data["control"]) == ("frank", USDT)
    assert not [a for a in (await declared.view()).awaited if a.what.startswith("ratify")]


async def test_a_deadline_already_claimed_looks_again_before_it_pages(declared: World) -> None:
    hold = await suspended(declared)
    job = await declared.claim(f"ratify:{hold}")
    await controls.ratify(declared.ctx, declared.actor("frank"), hold)
    await declared.carry(job)
    assert await declared.rows("hold.unratified") == []


async def test_the_person_who_suspended_does_not_ratify_and_is_told_who_may(declared: World) -> None:
    hold = await suspended(declared)
    with pytest.raises(NotEntitled, match="Frank Moreau, Alice Ng, Erin Walsh"):
        await controls.ratify(declared.ctx, declared.actor("bob"), hold)
    with pytest.raises(NotEntitled):
        await controls.ratify(declared.ctx, declared.actor("carol"), hold)


async def test_the_second_to_ratify_is_told_who_was_first(declared: World) -> None:
    hold = await suspended(declared)
    await controls.ratify(declared.ctx, declared.actor("frank"), hold)
    with pytest.raises(AlreadyDone, match="Frank Moreau ratified this"):
        await controls.ratify(declared.ctx, declared.actor("erin"), hold)


async def test_only_a_full_suspension_is_ratified(declared: World) -> None:
    await tighten(declared, "small_only")
    with pytest.raises(Stale, match="only a full suspension"):
        await controls.ratify(declared.ctx, declared.actor("frank"), (await declared.holds())[USDT].id)
