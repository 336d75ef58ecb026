"""Calls to Slack's Web API by the name of their method, each at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.pace import Pace
from bot.slack.troubles import SHUT, advice
from bot.slack.wire import SlackAway, SlackRefused, said

UPLOAD_SECONDS = 20


class Paced(SlackAway):
    """The call's turn comes later, in `turn`; nothing was sent."""

    def __init__(self, method: str, turn: timedelta) -> None:
        super().__init__(f"{method} waits for its turn")
        self.turn = turn


class SlackShut(SlackAway):
    """Slack does not know our token any more; what waits is kept until somebody mends it."""

    def __init__(self, refused: SlackRefused) -> None:
        super().__init__(advice(refused), unsent=True)


@dataclass(slots=True)
class Caller:
    """The Web API as our jobs use it. `answered` counts the answers since our token was last refused."""

    client: AsyncWebClient
    pace: Pace
    answered: int = 0

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
        """The call itself, its turn taken. Raises SlackAway, SlackShut and SlackRefused."""
        try:
            answer = await said(getattr(self.client, method.replace(".", "_"))(**arguments))
        except SlackAway as away:
            if away.after is not None:
                self.pace.complained(method, str(arguments.get("channel", "")), away.after.total_seconds())
            raise
        except SlackRefused as refused:
            refused.method = method
            if refused.code in SHUT:
                self.answered = 0
                raise SlackShut(refused) from None
            raise
        self.answered += 1
        return answer

    async def upload(self, url: str, content: bytes) -> None:
        """Send a file where Slack said. Raises SlackAway, and SlackRefused when that is no place of Slack's.

        The address carries its own permission; our token stays here.
        """
        if not self._slacks_own(url):
            raise SlackRefused("upload_url_elsewhere", method="files.upload")
        patience = aiohttp.ClientTimeout(total=UPLOAD_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=patience) as session,
                session.post(url, data=content, allow_redirects=False) as answer,
            ):
                if answer.status != HTTPStatus.OK:
                    raise SlackAway(f"Slack did not take a file ({answer.status})")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackAway(f"Slack's files cannot be reached ({type(error).__name__})") from None

    def _slacks_own(self, url: str) -> bool:
        there, api = urlsplit(url), urlsplit(self.client.base_url)
        return (there.scheme, there.netloc) == (api.scheme, api.netloc) or (
            there.scheme == "https" and f".{there.hostname}".endswith(".slack.com")
        )


async def all_of(*works: Awaitable[object]) -> None:
    """Do them all at once, and to the end; then raise what went wrong: the worst, of turns the soonest."""
    answers = await asyncio.gather(*works, return_exceptions=True)
    wrong = [a for a in answers if isinstance(a, BaseException)]
    worse = [w for w in wrong if not isinstance(w, Paced)]
    if worse:
        raise min(worse, key=lambda w: isinstance(w, SlackAway))
    if turns := [w for w in wrong if isinstance(w, Paced)]:
        raise min(turns, key=lambda w: w.turn)
