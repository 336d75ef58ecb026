"""A reopening against a plain model: calm and failing gates, words of people, and waits, in any order."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from bot.domain.approval import ReleasePlan
from bot.usecases import ladder_words
from tests.laws.machine import Played, play
from tests.support.world import CALM, USDT, WHY

LADDER = ("small_only", "trickle", "tightened", "eased", "normal")
WAITS = {1: 30, 2: 30, 3: 60}
APART = timedelta(minutes=10)
FAILS = {**CALM, "books_drift": "7"}


class Reopening(Played):
    """`at` is how many steps were taken; `since` when the last was, None after a step back."""

    async def opening(self) -> None:
        self.plan_id = (await self.world.reopening()).id
        self.at = 1
        self.since: datetime | None = self.world.clock.now()
        self.asks = False
        self.back_at: datetime | None = None

    async def plan(self) -> ReleasePlan:
        return await self.world.plan(self.plan_id)

    async def look(self, values: dict[str, str], minutes: int) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))
        await self.world.feed(values)
        await self.world.make_due(f"ladder:{self.plan_id}")
        await self.world.drain()

    @property
    def waited(self) -> bool:
        wait = timedelta(minutes=WAITS.get(self.at, 0))
        return self.since is None or self.world.clock.now() >= self.since + wait

    @precondition(lambda self: self.at < len(LADDER) - 1)
    @rule(minutes=st.sampled_from((5, 31, 61)))
    def calm(self, minutes: int) -> None:
        self.go(self.look(CALM, minutes))
        if not self.asks and self.waited:
            self.at, self.since, self.back_at = self.at + 1, self.world.clock.now(), None

    @precondition(lambda self: self.at < len(LADDER) - 1)
    @rule(minutes=st.sampled_from((1, 11)))
    def fails(self, minutes: int) -> None:
        self.go(self.look(FAILS, minutes))
        rested = self.back_at is None or self.world.clock.now() >= self.back_at + APART
        if self.at and rested:
            self.taken_back()

    @rule(who=st.sampled_from(("alice", "bob", "dana")))
    def step_back(self, who: str) -> None:
        plan, actor = self.go(self.plan()), self.world.actor(who)
        asked = ladder_words.take_step_back(self.world.ctx, actor, plan.id, ladder_words.mark(plan), WHY)
        if self.allowed(asked, expected=who != "dana" and self.at > 0) is not None:
            self.go(self.world.drain())
            self.taken_back()

    @rule(who=st.sampled_from(("alice", "bob", "carol")))
    def go_on(self, who: str) -> None:
        asked = ladder_words.go_on(self.world.ctx, self.world.actor(who), self.plan_id, WHY)
        if self.allowed(asked, expected=who != "carol" and self.asks) is not None:
            self.asks = False

    def taken_back(self) -> None:
        self.at, self.since, self.asks, self.back_at = self.at - 1, None, True, self.world.clock.now()

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        if not hasattr(self, "at"):
            return
        hold, wanted = self.go(self.world.holds()).get(USDT), LADDER[self.at]
        assert (hold.level if hold else "normal") == wanted
        assert self.world.service.level(self.world.control(USDT)) == wanted
        assert self.go(self.plan()).asks is self.asks


def test_a_reopening_agrees_with_a_plain_model(sqlite_template: Path) -> None:
    play(Reopening, sqlite_template, examples=10, steps=14)
