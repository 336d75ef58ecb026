"""What a row says of itself: who, how they were known, under what; and never a secret."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain.ledger import find_flaw
from bot.usecases.record import record
from tests.support.world import World

SECRET = "a-service's-own-token"


async def test_secrets_are_blotted_out_before_anything_is_hashed(world: World) -> None:
    ctx = replace(world.ctx, secrets=lambda: (SECRET,))
    heads = [{"auth": "Bearer abcdefghijklmnop"}]
    told: dict[str, Any] = {"detail": f"401 for {SECRET}", "heads": heads, "amount": "1.50"}
    async with ctx.store.write() as tx:
        record(ctx, tx, "note", world.actor("alice"), entry_id="e_1", **told)
    (row,) = await world.rows("note")
    assert row.data == {
        "detail": "401 for [secret removed]",
        "heads": [{"auth": "[secret removed]"}],
        "amount": "1.50",
    }
    assert find_flaw(await world.rows()) is None


async def test_a_row_says_under_which_content_and_code_and_at_which_wall_time_it_was_written(
    world: World,
) -> None:
    ctx = replace(world.ctx, code="0.1.0+c0ffee")
    async with ctx.store.write() as tx:
        record(ctx, tx, "note", world.actor("alice"))
    (row,) = await world.rows("note")
    assert (row.format, row.code, row.content) == (2, "0.1.0+c0ffee", ctx.content.now.policy_digest)
    assert row.written_at == world.clock.wall()
    assert (row.request, row.proof) == ("request of alice", {"via": "slack"})


async def test_every_decision_that_moves_controls_says_from_where_on_which_numbers_and_why(
    world: World,
) -> None:
    await world.calm()
    plan = await world.reopening()
    await world.climbed(plan)
    decided = [*await world.rows("mode.decided"), *await world.rows("proposal.approved")]
    assert len(decided) == 2
    for row in decided:
        assert row.role
        assert row.data["before"]
        assert row.data["numbers"]
        assert row.data["justification"]
        assert row.proof["via"] == "slack"
