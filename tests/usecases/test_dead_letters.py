"""Work that was given up is recorded and told."""

from __future__ import annotations

from bot.usecases.dead_letters import tell_of
from bot.usecases.ports import Job
from tests.support.world import World


async def test_a_dead_letter_is_recorded_without_secrets_and_paged_once(
    world: World,
) -> None:
    job = Job(7, "publish:pub_1", "publish", "views", {}, attempts=12, fence=12, wanted=1)
    await tell_of(world.ctx, job, "refused: token=abcdef123456")
    await tell_of(world.ctx, job, "refused: token=abcdef123456")
    async with world.ctx.store.read() as tx:
        rows = [r for r in await tx.ledger.rows() if r.kind == "job.given_up"]
    assert rows[0].data == {"job": "publish:pub_1", "attempts": 12, "error": "refused: [secret removed]"}
    pages = [p for p in world.pages() if "publish:pub_1" in str(p)]
    assert len(pages) == len({str(p) for p in pages})
