"""Read → commit intent → set if different → read back → probe → record.

An expired lease starts again at *read*.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.base import Environment, Outcome
from bot.domain.control import Value, same_value
from bot.usecases.actuations import Attempt, Intent, Target, conclude, intend, unreadable, watched
from bot.usecases.ports import (
    Again,
    Context,
    ControlAdapter,
    Job,
    Outrun,
    Refused,
    Registries,
    Retry,
    ServiceError,
    Unanswered,
)

SOON = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class Actuator:
    """The handler of `actuate` jobs. `watch` is how often a control is looked at while that matters."""

    ctx: Context
    registries: Registries
    watch: timedelta
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def __call__(self, job: Job) -> Again | None:
        """Bring one control to what is desired when this runs. Raises Retry, LeaseLost, StoreAway."""
        at = self._target(job)
        adapter = self.registries[at.environment].of(at.control)
        try:
            seen = await adapter.read(at.control, at.target)
        except ServiceError as error:
            await unreadable(self.ctx, job, at, str(error))
            raise Retry(str(error)) from error
        intent = await intend(self.ctx, job, at, seen.value, seen.etag)
        if intent is not None:
            attempt = await self._attempt(adapter, at, intent)
            await conclude(self.ctx, job, at, intent, attempt)
            if not attempt.outcome.final:
                raise Retry(attempt.detail)
        return Again(self.watch) if await watched(self.ctx, at) else None

    def _target(self, job: Job) -> Target:
        _, environment, control_id, target = job.key.split(":", 3)
        control = self.ctx.content.now.by_id.get(control_id)
        if control is None:
            raise Retry(f"this worker's content does not know the control {control_id}")
        return Target(Environment(environment), control, target)

    async def _attempt(self, adapter: ControlAdapter, at: Target, intent: Intent) -> Attempt:
        doubt = ""
        try:
            await adapter.set(at.control, at.target, intent.value, intent.order)
        except Refused as error:
            return Attempt(Outcome.REJECTED, await self._look(adapter, at), str(error))
        except Outrun as error:
            return Attempt(Outcome.MISMATCH, await self._look(adapter, at), str(error))
        except Unanswered as error:
            doubt = str(error)
        observed = await self._read_back(adapter, at, intent.value, patient=not doubt)
        if observed is not None and same_value(observed, intent.value):
            return await self._probed(adapter, at, intent, observed)
        if doubt or observed is None:
            return Attempt(Outcome.UNKNOWN, observed, doubt or "it could not be read back")
        return Attempt(Outcome.MISMATCH, observed, "the service said yes, but reads back something else")

    async def _read_back(
        self, adapter: ControlAdapter, at: Target, wanted: Value, *, patient: bool
    ) -> Value | None:
        """Read until it is as wanted or the verify time is up; one look is enough after a lost answer."""
        verify = at.control.adapter.verify
        loop = asyncio.get_running_loop()
        until = loop.time() + (verify.within.total_seconds() if patient else 0)
        while True:
            observed = await self._look(adapter, at)
            if (observed is not None and same_value(observed, wanted)) or loop.time() >= until:
                return observed
            await self.sleep(verify.every.total_seconds())

    async def _look(self, adapter: ControlAdapter, at: Target) -> Value | None:
        try:
            return (await adapter.read(at.control, at.target)).value
        except ServiceError:
            return None

    async def _probed(self, adapter: ControlAdapter, at: Target, intent: Intent, observed: Value) -> Attempt:
        level = at.control.level_of(intent.value)
        if level is None:
            return Attempt(Outcome.CONFIRMED, observed)
        try:
            works = await adapter.probe(at.control, at.target, level)
        except ServiceError as error:
            return Attempt(
                Outcome.UNKNOWN, observed, f"it reads back right, but its effect is unknown: {error}"
            )
        if works:
            return Attempt(Outcome.CONFIRMED, observed)
        return Attempt(
            Outcome.MISMATCH, observed, "it reads back right, but the probe does not see its effect"
        )
