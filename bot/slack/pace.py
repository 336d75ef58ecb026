"""How fast Slack may be called: each method, and posting in each channel, at the rate of its tier.

Slack names a rate a minute for each method and lets short bursts pass. A call that must wait is given a
moment of its own, in the order of asking, and whoever asks on its behalf says what is true by then: so a
message that changes all the time costs one edit each time its turn comes, and nobody is starved.
Rates: https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

TIER_2, TIER_3, TIER_4 = 20, 50, 100
PER_MINUTE = {
    "chat.update": TIER_3,
    "chat.postEphemeral": TIER_4,
    "conversations.create": TIER_2,
    "conversations.setTopic": TIER_2,
    "conversations.list": TIER_2,
    "conversations.invite": TIER_3,
    "conversations.history": TIER_3,
    "conversations.open": TIER_3,
    "conversations.join": TIER_3,
    "pins.add": TIER_2,
    "users.info": TIER_4,
    "views.publish": TIER_4,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "files.getUploadURLExternal": TIER_4,
    "files.completeUploadExternal": TIER_4,
}
POST = "chat.postMessage"
POSTS_A_MINUTE, POST_BURST = 55, 4
WATCHED = {"chat.update": 40, "views.publish": 60}
"""Methods that are called often enough to be paced before Slack complains, with the burst they may begin in.

The others go at once, until Slack has complained of one.
"""
SLOWER, SLOWEST, EASED_AFTER = 1.5, 8.0, 60.0
FORGOTTEN = 60.0


@dataclass(slots=True)
class _Turnstile:
    """`at` is when the next newcomer may pass; `turns` are the moments already given out."""

    apart: float
    burst: int
    at: float
    slow: float = 1.0
    complained: float = float("-inf")
    turns: dict[str, float] = field(default_factory=dict)

    def wait(self, who: str, now: float, *, urgent: bool) -> float:
        self._forget(now)
        mine = self.turns.get(who)
        if mine is None:
            self.at = max(self.at, now - (self.burst - 1) * self.apart)
            if not self.turns and self.at <= now:
                self.at += self._apart(now)
                return 0.0
            mine = self._give(who, self._apart(now), urgent=urgent)
        if mine <= now:
            del self.turns[who]
            return 0.0
        return mine - now

    def complain(self, now: float, after: float) -> None:
        """Nobody passes for so long, and everybody further apart than before."""
        if now - self.complained > 1:
            self.slow = min(self.slow * SLOWER, SLOWEST)
        self.complained = now
        late = now + after - min(self.turns.values(), default=self.at)
        if late > 0:
            self.at += late
            self.turns = {who: turn + late for who, turn in self.turns.items()}

    def idle(self, now: float) -> bool:
        self._forget(now)
        return not self.turns and self.at < now - FORGOTTEN

    def _give(self, who: str, apart: float, *, urgent: bool) -> float:
        turn = self.at
        if urgent and self.turns:
            turn = min(self.turns.values())
            self.turns = {other: given + apart for other, given in self.turns.items()}
        self.turns[who] = turn
        self.at += apart
        return turn

    def _apart(self, now: float) -> float:
        while self.slow > 1 and now - self.complained > EASED_AFTER:
            self.slow = max(1.0, self.slow / SLOWER)
            self.complained += EASED_AFTER
        return self.apart * self.slow

    def _forget(self, now: float) -> None:
        """Turns that nobody took: what they were for is no longer wanted."""
        gone = [who for who, turn in self.turns.items() if turn < now - FORGOTTEN]
        for who in gone:
            del self.turns[who]


class Pace:
    """Says how long to wait before a call; `monotonic` is in seconds. For one process and one event loop."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._turnstiles: dict[str, _Turnstile] = {}

    def wait(self, method: str, channel: str, who: str, *, urgent: bool = False) -> float:
        """Seconds until `who` may call; 0 is now, and takes the turn. An urgent call goes before the rest."""
        now = self._monotonic()
        name = _name(method, channel)
        found = self._turnstiles.get(name)
        if found is None:
            if method not in WATCHED and method != POST:
                return 0.0
            found = self._turnstiles[name] = _turnstile(method, now)
        elif found.idle(now):
            del self._turnstiles[name]
            return self.wait(method, channel, who, urgent=urgent)
        return found.wait(who, now, urgent=urgent)

    def complained(self, method: str, channel: str, after: float) -> None:
        """Slack asked us to stay away from a method, or from posting in a channel, for so many seconds."""
        now = self._monotonic()
        name = _name(method, channel)
        found = self._turnstiles.get(name)
        if found is None:
            found = self._turnstiles[name] = _turnstile(method, now)
            found.burst = 1
        found.complain(now, after)


def _turnstile(method: str, now: float) -> _Turnstile:
    if method == POST:
        return _Turnstile(60 / POSTS_A_MINUTE, POST_BURST, now - 60)
    per_minute = PER_MINUTE.get(method, TIER_2)
    return _Turnstile(60 / (0.92 * per_minute), WATCHED.get(method, 1), now - 60)


def _name(method: str, channel: str) -> str:
    return f"{method} {channel}" if method == POST else method
