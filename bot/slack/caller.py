"""Calls to Slack's Web API by the name of their method, each at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.pace import Pace
from bot.slack.wire import SlackAway, SlackRefused, said


class Paced(SlackAway):
    """The call's turn comes later, in `turn`; nothing was sent."""

    def __init__(self, method: str, turn: timedelta) -> None:
        super().__init__(f"{method} waits for its turn")
        self.turn = turn


@dataclass(frozen=True, slots=True)
class Caller:
    """The Web API as our jobs use it."""

    client: AsyncWebClient
    pace: Pace

    async def __call__(
        self, method: str, who: str, *, urgent: bool = False, **arguments: Any
    ) -> dict[str, Any]:
        """Call a method by its name in Slack's documentation. `who` keeps one turn, however often it asks.

        Raises Paced when the turn is still to come, SlackAway, and SlackRefused with the method's name.
        """
        self.take_turn(method, who, str(arguments.get("channel", "")), urgent=urgent)
        return await self.go(method, **arguments)

    def take_turn(self, method: str, who: str, channel: str = "", *, urgent: bool = False) -> None:
        """Take the turn for a call that follows at once. Raises Paced when it is still to come."""
        wait = self.pace.wait(method, channel, who, urgent=urgent)
        if wait > 0:
            raise Paced(method, timedelta(seconds=wait))

    async def go(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The call itself, its turn taken. Raises SlackAway and SlackRefused."""
        try:
            return await said(getattr(self.client, method.replace(".", "_"))(**arguments))
        except SlackAway as away:
            if away.after is not None:
                self.pace.complained(method, str(arguments.get("channel", "")), away.after.total_seconds())
            raise
        except SlackRefused as refused:
            refused.method = method
            raise


async def all_of(*works: Awaitable[object]) -> None:
    """Do them all at once, and to the end; then raise what went wrong: the worst, of turns the soonest."""
    answers = await asyncio.gather(*works, return_exceptions=True)
    wrong = [a for a in answers if isinstance(a, BaseException)]
    worse = [w for w in wrong if not isinstance(w, Paced)]
    if worse:
        raise min(worse, key=lambda w: isinstance(w, SlackAway))
    if turns := [w for w in wrong if isinstance(w, Paced)]:
        raise min(turns, key=lambda w: w.turn)
