"""Read → commit intent → set if different → read back → probe → record.

An expired lease starts again at *read*.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.base import Environment, Outcome
from bot.domain.control import Value, same_value
from bot.usecases.actuations import conclude, intend, unreadable, unseen, watched
from bot.usecases.attempts import Attempt, Intent, Look, Unseen, Wait
from bot.usecases.by_hand import ask
from bot.usecases.ports import (
    Again,
    ByHand,
    Changed,
    Context,
    ControlAdapter,
    Job,
    Observation,
    Outrun,
    Refused,
    Registries,
    Retry,
    ServiceError,
    Unanswered,
    Unfit,
)
from bot.usecases.scene import Target
from bot.usecases.witness import Unwitnessed, Witness

UNKNOWN_EFFECT = "it reads back right, but its effect is unknown: {}"
UNREST = 3
FORGETFUL_WATCH = timedelta(seconds=10)
NO_EFFECT = "it reads back right, but the probe does not see its effect"


@dataclass(frozen=True, slots=True)
class Actuator:
    """The handler of `actuate` jobs. `watch` is how often a control is looked at while that matters.

    Nothing is loosened before the `witness` keeps a head that knows the decision; without one none is asked.
    """

    ctx: Context
    registries: Registries
    watch: timedelta
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    witness: Witness | None = None

    async def __call__(self, job: Job) -> Again | None:
        """Bring one control to what is desired when this runs. Raises Retry, LeaseLost, StoreAway."""
        at = self._target(job)
        adapter = self.registries[at.environment].of(at.control)
        try:
            seen = await adapter.read(at.control, at.target)
        except ByHand as error:
            await ask(self.ctx, job, at, str(error))
            return Again(self.watch) if await watched(self.ctx, at) else None
        except ServiceError as error:
            await unreadable(self.ctx, job, at, str(error))
            raise Retry(str(error)) from error
        effect, doubt = await self._effect(adapter, at, seen.value)
        intent = await self._intend(job, at, Look(seen.value, seen.etag, effect, doubt, seen.sight))
        if isinstance(intent, Wait):
            raise Retry(intent.reason)
        if intent is not None:
            try:
                attempt = await self._attempt(adapter, at, intent, seen.value)
            except ByHand as error:
                await ask(self.ctx, job, at, str(error))
                return Again(self.watch)
            await conclude(self.ctx, job, at, intent, attempt)
            if not attempt.outcome.final:
                raise Retry(attempt.detail)
        if not await watched(self.ctx, at):
            return None
        return Again(self.watch if at.control.adapter.durable else min(self.watch, FORGETFUL_WATCH))

    async def _intend(self, job: Job, at: Target, look: Look) -> Intent | Wait | None:
        """Decide and commit the intent; a decision that loosens is first borne witness to."""
        witness = self.witness
        if witness is None:
            found = await intend(self.ctx, job, at, look)
        else:
            found = await intend(self.ctx, job, at, look, witness.reached)
            if isinstance(found, Unseen):
                try:
                    await witness.reach(found.seq)
                except Unwitnessed as reason:
                    return await unseen(self.ctx, job, at, look, str(reason))
                found = await intend(self.ctx, job, at, look, witness.reached)
        return Wait("a later decision is to be witnessed first") if isinstance(found, Unseen) else found

    def _target(self, job: Job) -> Target:
        _, environment, control_id, target = job.key.split(":", 3)
        control = self.ctx.content.now.by_id.get(control_id)
        if control is None:
            raise Unfit(f"its content does not know the control {control_id}")
        if target not in control.targets:
            raise Unfit(f"its content does not know the target {target} of {control_id}")
        return Target(Environment(environment), control, target)

    async def _attempt(self, adapter: ControlAdapter, at: Target, intent: Intent, before: Value) -> Attempt:
        doubt = ""
        try:
            await self._set(adapter, at, intent, before)
        except Changed as error:
            return Attempt(Outcome.MISMATCH, await self._look(adapter, at), str(error), changed=True)
        except Refused as error:
            return Attempt(Outcome.REJECTED, await self._look(adapter, at), str(error))
        except Outrun as error:
            return Attempt(Outcome.MISMATCH, await self._look(adapter, at), str(error))
        except ByHand:
            raise
        except Unanswered as error:
            doubt = str(error)
        return await self._verify(adapter, at, intent.value, doubt)

    async def _set(self, adapter: ControlAdapter, at: Target, intent: Intent, before: Value) -> None:
        """Set, and again under the ETag of now when it was not our setting that changed beneath it.

        Raises Changed when it was, or when something else in the document never rests.
        """
        order = intent.order
        for _ in range(UNREST):
            try:
                return await adapter.set(at.control, at.target, intent.value, order)
            except Changed as changed:
                seen = await self._seen(adapter, at)
                if seen is None or not same_value(seen.value, before):
                    raise changed from None
                order = replace(order, etag=seen.etag)
        return await adapter.set(at.control, at.target, intent.value, order)

    async def _verify(self, adapter: ControlAdapter, at: Target, wanted: Value, doubt: str) -> Attempt:
        """Look until setting and effect are as wanted or the verify time is up; once after a lost answer."""
        verify = at.control.adapter.verify
        loop = asyncio.get_running_loop()
        until = loop.time() + (0 if doubt else verify.within.total_seconds())
        while True:
            attempt = await self._compare(adapter, at, wanted, doubt)
            if attempt.outcome is Outcome.CONFIRMED or loop.time() >= until:
                return attempt
            await self.sleep(verify.every.total_seconds())

    async def _compare(self, adapter: ControlAdapter, at: Target, wanted: Value, doubt: str) -> Attempt:
        observed = await self._look(adapter, at)
        if observed is not None and same_value(observed, wanted):
            effect, detail = await self._effect(adapter, at, observed)
            return Attempt(effect, observed, detail)
        if doubt or observed is None:
            return Attempt(Outcome.UNKNOWN, observed, doubt or "it could not be read back")
        return Attempt(Outcome.MISMATCH, observed, "the service said yes, but reads back something else")

    async def _look(self, adapter: ControlAdapter, at: Target) -> Value | None:
        seen = await self._seen(adapter, at)
        return seen.value if seen else None

    async def _seen(self, adapter: ControlAdapter, at: Target) -> Observation | None:
        try:
            return await adapter.read(at.control, at.target)
        except ServiceError:
            return None

    async def _effect(self, adapter: ControlAdapter, at: Target, observed: Value) -> tuple[Outcome, str]:
        """What the probe says of a setting that was read, and in words what is wrong with it."""
        level = at.control.level_of(observed)
        if level is None:
            return Outcome.CONFIRMED, ""
        try:
            works = await adapter.probe(at.control, at.target, level)
        except ServiceError as error:
            return Outcome.UNKNOWN, UNKNOWN_EFFECT.format(error)
        return (Outcome.CONFIRMED, "") if works else (Outcome.MISMATCH, NO_EFFECT)
