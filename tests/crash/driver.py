"""People who decide: several at once, over several incidents that hold the same controls."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.domain.control import Control, Hold
from bot.domain.errors import Refusal
from bot.usecases import approvals, controls
from bot.usecases.incidents import Declaration, declare
from bot.usecases.ports import Actor, Context, StoreAway
from tests.crash.world import seeded

INCIDENTS = 3
WHY = "The queue has doubled since 03:10 and coverage falls"
RELEASES = 0.45  # of the decisions, where anything is held
# Who proposes and who says yes, by rule; out of a full suspension an executive must be one of the two.
PAIRS = {"money": ("bob", "alice"), "market": ("frank", "alice")}
SUSPENDED = ("alice", "erin")


@dataclass(slots=True)
class Driver:
    """Makes `wanted` decisions, and calls `strike` after every so many.

    `decided` are the ledger entries that were committed, as people were told.
    """

    ctx: Context
    rng: random.Random
    wanted: int
    pace: float
    strike: Callable[[], Awaitable[None]]
    strike_after: int
    hands: int = 4
    incidents: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    refused: int = 0

    async def declare(self) -> None:
        """Open the incidents, all before the first decision."""
        for number in range(INCIDENTS):
            made = await declare(self.ctx, self._actor("alice"), Declaration(f"Outflow on rail {number}"))
            self.incidents.append(made.id)

    async def run(self) -> None:
        """Decide until all decisions are made."""
        seeds = [self.rng.random() for _ in range(self.hands)]
        await asyncio.gather(*(self._hand(seeded(seed)) for seed in seeds))

    async def _hand(self, rng: random.Random) -> None:
        while len(self.decided) < self.wanted:
            await asyncio.sleep(rng.uniform(0.3, 1.7) * self.pace * self.hands)
            try:
                self.decided.append(await self._decide(rng))
            except (Refusal, StoreAway):
                # Somebody else was first, or there is nothing left to tighten: a person would look again.
                self.refused += 1
                continue
            if len(self.decided) % self.strike_after == 0:
                await self.strike()

    async def _decide(self, rng: random.Random) -> str:
        incident = rng.choice(self.incidents)
        async with self.ctx.store.read() as tx:
            held = [h for h in await tx.holds.of(incident) if h.in_force]
        if held and rng.random() < RELEASES:
            return await self._release(rng.choice(held))
        control = rng.choice(self.ctx.content.now.controls)
        own = next((h for h in held if h.control_id == control.id), None)
        lowest = control.index(own.level) + 1 if own else 1
        level = rng.choice(control.levels[min(lowest, len(control.levels) - 1) :][:2])
        who = self._actor("alice")
        hold = await controls.set_control(self.ctx, who, incident, control.id, level.id, WHY)
        return hold.decision_id

    async def _release(self, hold: Hold) -> str:
        control = self.ctx.content.now.by_id[hold.control_id]
        one, other = self._pair(control, hold)
        made = await approvals.propose_release(self.ctx, one, hold.incident_id, control.id, WHY)
        plan = await approvals.approve(self.ctx, other, made.id, made.hash)
        return plan.decision_id

    def _pair(self, control: Control, hold: Hold) -> tuple[Actor, Actor]:
        suspended = control.level(hold.level).full_suspension
        one, other = SUSPENDED if suspended else PAIRS[control.rule]
        return self._actor(one), self._actor(other)

    def _actor(self, person: str) -> Actor:
        return Actor(self.ctx.content.now.directory.people[person], via="test")
