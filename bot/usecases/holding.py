"""The clocks that run beside a hold."""

from __future__ import annotations

from bot.domain.control import Hold, Level
from bot.usecases import work
from bot.usecases.ports import Context, Tx


async def arm(ctx: Context, tx: Tx, hold: Hold, level: Level) -> None:
    """A hold asks at its review time; a full suspension asks for a second person's word before that."""
    await work.at(ctx, tx, hold.review_at, "hold_review", hold.id)
    if level.full_suspension:
        due = ctx.clock.now() + ctx.content.now.authority.ratify_within
        await work.at(ctx, tx, due, "ratify", hold.id)
    else:
        await tx.jobs.cancel(f"ratify:{hold.id}")


async def disarm(tx: Tx, hold: Hold) -> None:
    """A hold that is no longer in force asks nothing more."""
    await tx.jobs.cancel(f"hold_review:{hold.id}", f"ratify:{hold.id}")
