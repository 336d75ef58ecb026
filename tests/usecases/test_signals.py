"""Alerts become suggestions to a human, each firing once, and never an actuation."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Stale
from bot.domain.trigger import Alert, Suggestion, SuggestionStatus
from bot.usecases import incidents, signals
from bot.usecases.incidents import Declaration
from tests.support.world import World


def alert(
    world: World, *, firing: bool = True, key: str = "firing-1", name: str = "CounterpartyDown"
) -> Alert:
    now = world.clock.now()
    return Alert(
        key=key,
        source="alertmanager",
        firing=firing,
        summary="Northbank does not answer",
        labels={"alertname": name, "severity": "critical"},
        started_at=now,
        received_at=now,
    )


async def raised(world: World) -> Suggestion:
    (made,) = await signals.take_alerts(world.ctx, [alert(world)])
    await world.drain()
    return made


async def found(world: World, suggestion_id: str) -> Suggestion:
    async with world.ctx.store.read() as tx:
        return await tx.suggestions.get(suggestion_id)


async def test_a_critical_alert_suggests_and_pages_those_who_find_out(world: World) -> None:
    made = await raised(world)
    assert (made.trigger_id, made.title) == ("counterparty-down", "A counterparty does not answer")
    assert [len(world.pages(who)) for who in ("alice", "bob", "frank", "carol", "erin")] == [1, 1, 1, 0, 0]
    (page,) = [j for j in world.wanted if j.kind == "page" and j.payload["person"] == "alice"]
    assert page.payload["suggestion"] == made.id
    assert world.service.reads == 0


async def test_an_alert_that_matches_no_trigger_suggests_nothing(world: World) -> None:
    quiet = alert(world).model_copy(update={"labels": {"alertname": "DiskFull", "severity": "warning"}})
    assert await signals.take_alerts(world.ctx, [quiet]) == []
    assert await world.rows() == []


async def test_a_repeated_firing_is_counted_and_not_raised_again(world: World) -> None:
    made = await raised(world)
    assert await signals.take_alerts(world.ctx, [alert(world), alert(world)]) == []
    assert (await found(world, made.id)).times == 3
    assert len(await world.rows("suggestion.raised")) == 1


async def test_the_same_firing_at_two_doors_at_once_is_raised_once(any_world: World) -> None:
    async def take() -> list[Suggestion]:
        try:
            return await signals.take_alerts(any_world.ctx, [alert(any_world)])
        except Stale:
            return await signals.take_alerts(any_world.ctx, [alert(any_world)])

    both = await asyncio.gather(take(), take())
    assert sum(len(b) for b in both) == 1
    assert len(await any_world.rows("suggestion.raised")) == 1


async def test_a_resolved_alert_resolves_what_nobody_has_taken_up_and_nobody_is_paged_further(
    world: World,
) -> None:
    made = await raised(world)
    await signals.take_alerts(world.ctx, [alert(world, firing=False)])
    assert (await found(world, made.id)).status is SuggestionStatus.RESOLVED
    before = len(world.pages())
    await world.pass_time(minutes=10)
    assert len(world.pages()) == before


async def test_a_resolved_alert_leaves_an_incident_alone(world: World) -> None:
    made = await raised(world)
    await incidents.declare(world.ctx, world.actor("alice"), Declaration("Down", suggestion_id=made.id))
    await signals.take_alerts(world.ctx, [alert(world, firing=False)])
    assert (await found(world, made.id)).status is SuggestionStatus.TAKEN


async def test_nobody_deciding_goes_to_the_deputies_after_three_minutes_and_to_executives_after_eight(
    world: World,
) -> None:
    await raised(world)
    before = len(world.pages("alice"))
    await world.pass_time(minutes=3)
    assert len(world.pages("alice")) == before + 1
    assert world.pages("erin") == []
    await world.pass_time(minutes=5)
    assert "Nobody has taken up “A counterparty does not answer” for 8 min" in world.pages("erin")[0]
    assert [r.data["to"] for r in await world.rows("suggestion.escalated")] == [
        "incident_commander",
        "executive",
    ]


async def test_a_suggestion_taken_up_escalates_no_further(world: World) -> None:
    made = await raised(world)
    await incidents.declare(world.ctx, world.actor("alice"), Declaration("Down", suggestion_id=made.id))
    await world.pass_time(minutes=10)
    assert await world.rows("suggestion.escalated") == []


async def test_dismissing_needs_a_reason_and_one_of_those_it_was_raised_for(world: World) -> None:
    made = await raised(world)
    with pytest.raises(NotEntitled, match="Alice Ng"):
        await signals.dismiss(world.ctx, world.actor("carol"), made.id, "Looks fine to me")
    with pytest.raises(BadInput):
        await signals.dismiss(world.ctx, world.actor("bob"), made.id, "")
    await signals.dismiss(world.ctx, world.actor("bob"), made.id, "A planned wallet move")
    with pytest.raises(AlreadyDone, match=r"Bob Okafor decided at 03:00 UTC: dismissed"):
        await signals.dismiss(world.ctx, world.actor("alice"), made.id, "A planned wallet move")
    (row,) = await world.rows("suggestion.dismissed")
    assert (row.actor, row.data["justification"]) == ("bob", "A planned wallet move")
    await world.pass_time(minutes=10)
    assert await world.rows("suggestion.escalated") == []


async def test_an_alert_moves_no_control(world: World) -> None:
    await raised(world)
    await world.pass_time(minutes=10)
    assert world.service.orders == []
    async with world.ctx.store.read() as tx:
        assert await tx.incidents.open() == []


async def test_samples_are_kept_once(world: World) -> None:
    await world.feed({"coverage": "2"})
    await world.feed({"coverage": "3"})
    async with world.ctx.store.read() as tx:
        assert str((await tx.samples.last())["coverage"].value) == "2"
