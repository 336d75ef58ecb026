"""What a scene is given: the people, the stage, the screen, and a place for what must be remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.demo.public import PublicEye
from bot.sandbox.demo.screen import Screen
from bot.sandbox.people import Person
from bot.sandbox.people.line import Line
from bot.sandbox.staging.market import Market
from bot.sandbox.staging.stage import Stage

LOOK_EVERY = 0.1
SOON = 15.0


class SceneFailed(Exception):
    """Something that the story needs did not happen; the message says what."""


@dataclass
class Notes:
    """What happened on stage that no record tells."""

    refusals: list[str] = field(default_factory=list)
    mode_confirmed: str = ""
    protected_at: datetime | None = None
    killed_at: datetime | None = None
    bot_exit: int | None = None
    bot_back_after: float = 0.0
    cause_ended_at: datetime | None = None
    slowest_ack_ms: float = 0.0


@dataclass
class Play:
    """One performance. The incident is `incident`, its channel `channel`, once they are known."""

    stage: Stage
    screen: Screen
    market: Market
    eye: PublicEye
    notes: Notes = field(default_factory=Notes)
    incident: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        url = self.stage.world.slack_url
        self._line = Line(url)
        self.alice = Person("Alice", "U01ALICE", url)
        self.bob = Person("Bob", "U02BOB", url)
        self.carol = Person("Carol", "U03CAROL", url)
        self.dana = Person("Dana", "U04DANA", url)
        self.erin = Person("Erin", "U05ERIN", url)
        self.frank = Person("Frank", "U06FRANK", url)

    def tell(self, who: Person | str, what: str) -> None:
        """A line of the story."""
        self.screen.tell(who if isinstance(who, str) else who.name, what)

    def now(self) -> datetime:
        """Business time, UTC."""
        return self.stage.world.pace.now()

    async def bring(self, who: Person, whom: Person) -> None:
        """Let somebody into the incident's channel, as anybody in it may."""
        await self._line.post("invite", user=who.user_id, channel=self.channel, who=whom.user_id)

    async def until(
        self, what: str, holds: Callable[[], Awaitable[bool]], within: float = SOON, every: float = LOOK_EVERY
    ) -> None:
        """Wait until something holds. Raises SceneFailed, naming it, when it does not in so many seconds."""
        end = asyncio.get_running_loop().time() + within
        while not await holds():
            if asyncio.get_running_loop().time() >= end:
                raise SceneFailed(f"{what}: not within {within:g} s")
            await asyncio.sleep(every)
