"""Rate tiers: a token bucket per method, and one per channel for posting."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

TIER_2, TIER_3, TIER_4, SPECIAL = 20, 50, 100, 600
POSTS_PER_SECOND = 1.0
POST_BURST = 5


@dataclass
class Bucket:
    """`level` tokens at time `at`; fills at `rate` a second up to `size`."""

    size: float
    rate: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """Take one token; the answer is 0, or the seconds until there will be one."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


class RateLimiter:
    """Answers how long a caller must stay away; `enabled` may be switched at any time."""

    def __init__(self, monotonic: Callable[[], float], *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._monotonic = monotonic
        self._buckets: dict[str, Bucket] = {}

    def wait_for_method(self, method: str, per_minute: int) -> int:
        """Whole seconds to wait before this method may be called again; 0 is now."""
        return self._take(method, per_minute, per_minute / 60)

    def wait_for_post(self, channel: str) -> int:
        """Whole seconds to wait before the next message in this channel; 0 is now."""
        return self._take(f"post {channel}", POST_BURST, POSTS_PER_SECOND)

    def _take(self, key: str, size: float, rate: float) -> int:
        if not self.enabled:
            return 0
        now = self._monotonic()
        bucket = self._buckets.setdefault(key, Bucket(size, rate, size, now))
        return math.ceil(bucket.take(now))
