"""`Workspace`: one Slack workspace in memory, with its clocks, ids, faults and journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import FaultPlan
from bot.sandbox.slack.journal import Journal
from bot.sandbox.slack.model import App, Channel, Json, ResponseUrl, Trigger, User, UserGroup, View
from bot.sandbox.slack.rates import RateLimiter

MICROSECONDS = 1_000_000


class Workspace:
    """Everything a workspace knows.

    `now` is business time (message stamps, trigger and response_url ages), `monotonic` measures waits and
    rate tiers, `wall` (seconds since 1970) goes into request signatures. Ids count up, so that two runs
    with the same clock give the same ids.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        app: App | None = None,
        team_id: str = "T01SANDBOX",
        domain: str = "sandbox",
        rate_limits: bool = True,
    ) -> None:
        self.now, self.monotonic, self.wall = now, monotonic, wall
        self.app = app or App()
        self.team_id, self.domain = team_id, domain
        self.base_url = ""
        self.users: dict[str, User] = {}
        self.groups: dict[str, UserGroup] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, Json] = {}
        self.rates = RateLimiter(monotonic, enabled=rate_limits)
        self.faults = FaultPlan()
        self.journal = Journal()
        self.changes = Changes()
        self.on_event: Callable[[Json], None] = lambda _event: None
        self.new_socket_url: Callable[[], str] = str
        self._last_ts = 0
        self._counter = 0

    @property
    def bot(self) -> User:
        """The app's own user."""
        return self.users[self.app.bot_user]

    def new_id(self, prefix: str) -> str:
        """The next id with this letter in front, such as `C0000001A`."""
        self._counter += 1
        return f"{prefix}{self._counter:08X}"

    def new_ts(self) -> str:
        """A message stamp: the time in seconds with six places, unique and always growing."""
        moment = int(self.now().astimezone(UTC).timestamp() * MICROSECONDS)
        self._last_ts = max(moment, self._last_ts + 1)
        return f"{self._last_ts // MICROSECONDS}.{self._last_ts % MICROSECONDS:06d}"

    def user(self, user_id: str) -> User:
        """The person with this id; `user_not_found` otherwise."""
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def person(self, name_or_id: str) -> User:
        """The person with this id or handle; `user_not_found` otherwise."""
        wanted = name_or_id.removeprefix("@")
        for user in self.users.values():
            if wanted in {user.id, user.name}:
                return user
        raise SlackError("user_not_found")

    def channel_called(self, name_or_id: str) -> Channel:
        """The conversation with this id or name (`#` allowed); `channel_not_found` otherwise."""
        wanted = name_or_id.removeprefix("#")
        if wanted in self.channels:
            return self.channels[wanted]
        for channel in self.channels.values():
            if channel.name == wanted and not channel.is_im:
                return channel
        raise SlackError("channel_not_found")

    def emit(self, event: Json, channel: Channel | None = None) -> None:
        """Tell the app of an event, if it subscribes to it and stands in the channel it is about."""
        if channel is not None and self.app.bot_user not in channel.members:
            return
        kind = str(event["type"])
        if kind == "message" and channel is not None:
            kind = f"message.{channel.family}"
        if kind in self.app.events:
            self.on_event({"event_ts": self.new_ts(), **event})
