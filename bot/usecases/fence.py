"""Doing a job's work only while the job is ours: its fence is checked in every transaction it writes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

from bot.usecases.ports import Context, Job, Store, Tx


@dataclass(frozen=True, slots=True)
class FencedStore:
    """A store whose writing transactions raise LeaseLost when another worker holds the job by now."""

    inner: Store
    job: Job

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A transaction as the inner store's, which commits only under the job's fence."""
        async with self.inner.write() as tx:
            await tx.jobs.hold_fast(self.job)
            yield tx

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """A view as the inner store's."""
        return self.inner.read()


def fenced(ctx: Context, job: Job) -> Context:
    """The same context, for the use case that a claimed job asks for."""
    return replace(ctx, store=FencedStore(ctx.store, job))
