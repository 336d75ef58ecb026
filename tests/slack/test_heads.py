"""Signed heads in an incident's channel: one piece of small print for a phase, redrawn as it is signed."""

from __future__ import annotations

from bot.usecases import work
from tests.slack.support.world import World


async def signed(world: World, phase_round: int, row: int) -> None:
    async with world.ctx.store.write() as tx:
        await work.head(tx, "INC-1", phase_round, f"Ledger signed to row {row} `{'ab' * 16}` at 03:14 UTC")
    await world.settle()


async def test_a_phase_has_one_line_that_is_redrawn(world: World) -> None:
    room = await world.declared()
    for row in (12, 13, 14):
        await signed(world, 1, row)
    said = await world.alice.read(room)
    assert said.count("Ledger signed to row") == 1
    assert "Ledger signed to row 14" in said
    await signed(world, 2, 15)
    said = await world.alice.read(room)
    assert said.count("Ledger signed to row") == 2
