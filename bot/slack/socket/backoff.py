"""How long to wait before the next attempt to connect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

FIRST, FIRST_SLOW, CAP, STEADY = 0.25, 0.5, 30.0, 1.0


@dataclass
class Backoff:
    """Doubles with every failure, up to `cap` seconds; `jitter` gives numbers from 0 up to 1.

    A connection that stood for `steady` seconds starts it anew: its successor is not waited for.
    """

    jitter: Callable[[], float]
    first: float = FIRST
    first_slow: float = FIRST_SLOW
    cap: float = CAP
    steady: float = STEADY
    _failures: int = field(default=0, init=False)

    def failed(self, *, slow: bool = False, at_least: float = 0.0) -> float:
        """Seconds to wait after a failure: `slow` if haste makes it worse, `at_least` as Slack asked."""
        step = (self.first_slow if slow else self.first) * 2.0 ** min(self._failures, 20)
        self._failures += 1
        wait = min(self.cap, step) * (0.5 + self.jitter() / 2)
        return max(wait, at_least * (1 + self.jitter() / 10))

    def ended(self, stood: float, *, slow: bool = False) -> float:
        """Seconds to wait after a connection that stood so long."""
        if stood >= self.steady:
            self._failures = 0
            if not slow:
                return 0.0
        return self.failed(slow=slow)
