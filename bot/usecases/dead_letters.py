"""Work that was given up, or that no worker knows: it is recorded, and somebody who can mend it is told."""

from __future__ import annotations

from bot.domain.base import Role
from bot.domain.text import clean
from bot.usecases import work
from bot.usecases.ports import Context, Job
from bot.usecases.record import record


async def tell_of(ctx: Context, job: Job, error: str) -> None:
    """Record a dead letter and page the technical leads once for it. Raises StoreError."""
    said = clean(error, limit=300)
    async with ctx.store.write() as tx:
        record(ctx, tx, "job.given_up", None, job=job.key, attempts=job.attempts, error=said)
        people = [p.id for p in ctx.content.now.directory.holders([Role.TECHNICAL_LEAD])]
        text = f"Breakwater gave up on {job.key} after {job.attempts} tries: {said}"
        await work.page(ctx, tx, f"dead:{job.id}", people, text)


async def tell_left(ctx: Context, job: Job, said: str) -> None:
    """Record a job that nobody takes and page the technical leads once for it. Raises StoreError."""
    said = clean(said, limit=300)
    async with ctx.store.write() as tx:
        if not await tx.keepsakes.first_time("left", f"{job.key}:{job.id}", ctx.clock.now()):
            return
        record(ctx, tx, "job.left", None, job=job.key, error=said)
        people = [p.id for p in ctx.content.now.directory.holders([Role.TECHNICAL_LEAD])]
        text = f"No worker has taken {job.key} for a minute; it waits. {said}"
        await work.page(ctx, tx, f"left:{job.key}:{job.id}", people, text)
