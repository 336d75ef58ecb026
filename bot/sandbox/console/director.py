"""Begins a story and sets its pace: the way there runs fast, the alarm brings the clock back to a walk."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from bot.sandbox.console.conductor import SPEEDS, Conductor
from bot.sandbox.staging.market import Json, Market

RUN_UP_SPEED = 20
USUAL_SPEED = 5


class UnknownSpeed(ValueError):
    """A speed that is not offered; the message says which are."""


@dataclass
class Director:
    """`chosen` is the speed a person wants; while `running_up` the clock runs fast until the first alert."""

    market: Market
    conductor: Conductor
    chosen: float = USUAL_SPEED
    running_up: bool = False

    async def begin(self, scenario: str, seed: int | None = None) -> Json:
        """Begin a scenario now. Raises httpx.HTTPError when the marketplace will not."""
        stood = self.conductor.beat.paused
        self.conductor.pause()
        try:
            story = await self.market.begin(scenario, seed)
        except httpx.HTTPError:  # nothing has begun, so time goes on as before
            if not stood:
                self.conductor.go_on()
            raise
        self.running_up = scenario != "calm"
        self.conductor.go_on(RUN_UP_SPEED if self.running_up else self.chosen)
        return story

    def set_pace(self, *, speed: float | None = None, paused: bool | None = None) -> None:
        """Another speed, pause, or both. Raises UnknownSpeed."""
        if speed is not None:
            if speed not in SPEEDS:
                raise UnknownSpeed(f"A speed is one of {', '.join(f'{one:g}' for one in SPEEDS)}.")
            self.chosen, self.running_up = speed, False
            self.conductor.set_speed(speed)
        if paused is True:
            self.conductor.pause()
        elif paused is False:
            self.conductor.go_on()

    def heard(self, story: Json) -> None:
        """The first alert of a story ends its run-up."""
        if self.running_up and story["alerts"]:
            self.running_up = False
            self.conductor.set_speed(self.chosen)
