"""A dead feed: two people attest to what they see, for a quarter of an hour, never against what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import AlreadyDone, BadInput, NotEntitled
from bot.domain.gate import GateResult, Verdict
from bot.usecases import attestations
from bot.usecases.gates import ask_gate
from tests.support.world import World

SEEN = "The custody console shows 41m hot, and 3m waiting"


async def dead(world: World) -> str:
    """Declared, and nothing is known of coverage; the gate that asks for it."""
    await world.declared()
    found = [g for g in world.content.now.gates.values() if any("coverage" in c.when for c in g.conditions)]
    return found[0].id


async def says(world: World, gate: str) -> GateResult:
    incident = await world.incident()
    async with world.ctx.store.read() as tx:
        return await ask_gate(world.ctx, tx, gate, incident)


async def attest(world: World, gate: str, by: str) -> attestations.Attested:
    return await attestations.attest(world.ctx, world.actor(by), "INC-1", gate, SEEN)


async def test_one_person_opens_nothing_and_two_open_it_for_a_quarter_of_an_hour(world: World) -> None:
    gate = await dead(world)
    assert (await says(world, gate)).verdict is Verdict.UNKNOWN
    first = await attest(world, gate, "alice")
    assert first.until is None
    assert "bob" in {p.id for p in first.second}
    assert (await says(world, gate)).verdict is Verdict.UNKNOWN
    world.clock.advance(timedelta(minutes=3))
    assert (await attest(world, gate, "bob")).until == world.clock.now() + timedelta(minutes=15)
    world.clock.advance(timedelta(minutes=4))
    result = await says(world, gate)
    assert (result.verdict, result.is_open) == (Verdict.ATTESTED, True)
    assert result.reason.startswith("attested by Alice Ng and Bob Okafor 4 min ago, until 03:18 UTC")
    world.clock.advance(timedelta(minutes=12))
    assert (await says(world, gate)).verdict is Verdict.UNKNOWN


async def test_the_second_is_another_and_comes_in_time(world: World) -> None:
    gate = await dead(world)
    await attest(world, gate, "alice")
    with pytest.raises(AlreadyDone, match="a second person must"):
        await attest(world, gate, "alice")
    world.clock.advance(timedelta(minutes=16))
    assert (await attest(world, gate, "bob")).until is None
    assert (await says(world, gate)).verdict is Verdict.UNKNOWN


async def test_nobody_attests_who_is_entitled_to_nothing(world: World) -> None:
    gate = await dead(world)
    with pytest.raises(NotEntitled):
        await attest(world, gate, "carol")
    assert await world.rows("gate.attested") == []


async def test_what_is_known_to_be_shut_stays_shut(world: World) -> None:
    gate = await dead(world)
    await attest(world, gate, "alice")
    await attest(world, gate, "bob")
    await world.feed({"coverage": "0.5"})
    assert (await says(world, gate)).verdict is Verdict.SHUT


async def test_there_is_nothing_to_attest_to_while_the_feed_lives(world: World) -> None:
    gate = await dead(world)
    await world.calm(coverage="0.5")
    with pytest.raises(BadInput, match="Nothing of"):
        await attest(world, gate, "alice")


async def test_the_ledger_says_who_saw_what_and_the_second_is_paged(world: World) -> None:
    gate = await dead(world)
    await attest(world, gate, "alice")
    await attest(world, gate, "bob")
    await world.drain()
    first, second = await world.rows("gate.attested")
    assert (first.actor, first.data["justification"], second.actor) == ("alice", SEEN, "bob")
    assert second.data["with"] == first.id
    assert any("whose feed is dead" in text for text in world.pages("bob"))
