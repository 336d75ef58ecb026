"""Jobs that this worker leaves to others, because it does not know what they are about.

A rolling restart has workers of two releases, or with two contents, side by side: the older would take a job
only it cannot do again and again from those who can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FOR = 15.0  # seconds; then it looks again, for its content may have come up to date
NOBODY = 60.0  # seconds after which whoever can mend it should hear of it
MOST = 32  # keys at once


@dataclass(slots=True)
class _Left:
    first: float
    until: float
    told: bool = False


class Leaving:
    """The keys of such jobs; `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left: dict[str, _Left] = {}

    def keys(self) -> tuple[str, ...]:
        """What is not to be claimed now."""
        if not self._left:
            return ()
        now = self._clock()
        self._left = {key: one for key, one in self._left.items() if now - one.until < FOR}
        return tuple(sorted(key for key, one in self._left.items() if one.until > now))

    def leave(self, key: str) -> bool:
        """Leave a job for a while; False when so many are left already that this one cannot be remembered."""
        now = self._clock()
        if key not in self._left and len(self._left) >= MOST:
            return False
        first, told = (old.first, old.told) if (old := self._left.get(key)) else (now, False)
        self._left[key] = _Left(first, now + FOR, told)
        return True

    def nobody_took(self, key: str) -> bool:
        """Whether it has come back to us for so long that nobody seems to know it; True only once."""
        left = self._left.get(key)
        if left is None or left.told or self._clock() - left.first < NOBODY:
            return False
        left.told = True
        return True
