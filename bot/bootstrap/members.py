"""Keeping the directory in step with the groups that a worker last read from Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from bot.bootstrap.content import LoadedContent
from bot.usecases import groups
from bot.usecases.ports import Context, StoreError

LOOK_EVERY = 5.0  # seconds
log = structlog.get_logger(__name__)


async def look(ctx: Context, content: LoadedContent) -> None:
    """Take the remembered groups over. Raises StoreError."""
    if not groups.wanted(content.now.directory):
        return
    async with ctx.store.read() as tx:
        found = await groups.remembered(tx, ctx.clock.wall())
    if found != content.groups:
        content.groups = found


@asynccontextmanager
async def in_step(ctx: Context, content: LoadedContent) -> AsyncIterator[None]:
    """Do so at once and until the block ends; nothing is asked where no group is named."""
    await _try(ctx, content)
    task = asyncio.create_task(_follow(ctx, content), name="groups")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(ctx: Context, content: LoadedContent) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        await _try(ctx, content)


async def _try(ctx: Context, content: LoadedContent) -> None:
    try:
        await look(ctx, content)
    except StoreError as error:
        log.warning("groups unknown", reason=str(error))
