"""Small number and randomness rules that the model shares."""

import random
from collections import deque
from decimal import ROUND_DOWN, Decimal

MICRO = 1_000_000
HOUR = 3600
ZERO = Decimal(0)


def stream(seed: int, *names: object) -> random.Random:
    """A random stream of its own for each name.

    What one customer does must not shift the draws of another, or two runs of the same seed under
    different controls could not be compared.
    """
    return random.Random(":".join(str(part) for part in (seed, *names)))  # noqa: S311  # a simulation


def scaled(amount: Decimal, factor: float, unit: Decimal) -> Decimal:
    """The amount times a dimensionless factor, cut to whole units."""
    return (amount * Decimal(round(factor * MICRO)) / MICRO).quantize(unit, rounding=ROUND_DOWN)


def ratio(part: Decimal, whole: Decimal, digits: str = "0.0001") -> Decimal:
    """Part divided by whole; a thousand when there is nothing to cover."""
    if whole <= ZERO:
        return Decimal(1000)
    return min(Decimal(1000), (part / whole).quantize(Decimal(digits)))


class Window:
    """A trailing sum over a fixed number of ticks, filled beforehand with a usual value."""

    def __init__(self, ticks: int, usual: Decimal = ZERO) -> None:
        self._values: deque[Decimal] = deque([usual] * ticks, maxlen=ticks)
        self.total = usual * ticks

    def add(self, value: Decimal) -> None:
        """One tick's value in, the oldest out."""
        self.total += value - self._values[0]
        self._values.append(value)

    def per_hour(self, tick_seconds: int) -> Decimal:
        """The trailing sum as an hourly rate."""
        return (self.total * HOUR / (len(self._values) * tick_seconds)).quantize(Decimal("0.01"))

    def recent(self, ticks: int) -> Decimal:
        """The sum over the latest few ticks."""
        return sum(list(self._values)[-ticks:], ZERO)

    def first(self) -> Decimal:
        """The oldest value still in the window."""
        return self._values[0]
