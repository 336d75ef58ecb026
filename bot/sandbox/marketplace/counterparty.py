"""The counterparty that can fail: what lies with it and how it behaves."""

import random
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from bot.sandbox.marketplace.numbers import ZERO, scaled

ACKNOWLEDGES_WITHIN_MINUTES = 45
PAYS_BACK_OVER_MINUTES = 10
DEAD_LATENCY_MS = 30_000


@dataclass(slots=True)
class Counterparty:
    """Money with it per asset; `failed_minute` and `ended_minute` once they have come.

    With `keeps_reserve` our reserve lies in its custody: ours, but moved by nobody while it fails.
    """

    name: str
    funds: dict[str, Decimal]
    failed_minute: float | None = None
    ended_minute: float | None = None
    owed: dict[str, Decimal] = field(default_factory=dict)
    unacknowledged: deque[tuple[float, Decimal]] = field(default_factory=deque)
    keeps_reserve: bool = False

    @property
    def reachable(self) -> bool:
        """Whether its money can be had back at will."""
        return self.failed_minute is None

    @property
    def failing(self) -> bool:
        """Failed, and no way out found yet."""
        return self.failed_minute is not None and self.ended_minute is None

    @property
    def holds_back(self) -> bool:
        """Whether our reserve cannot be moved now."""
        return self.keeps_reserve and self.failing

    def end(self, minute: float, honoured_pct: int, units: dict[str, Decimal]) -> None:
        """The cause ends: a part is honoured, the rest stays unreachable, accounts are settled."""
        self.ended_minute = minute
        self.unacknowledged.clear()
        self.owed = {
            asset: scaled(amount, honoured_pct / 100, units[asset]) for asset, amount in self.funds.items()
        }

    def take(self, asset: str, amount: Decimal, minute: float) -> None:
        """Money sent to it; while it fails nobody acknowledges it."""
        self.funds[asset] += amount
        if self.failing and amount:
            self.unacknowledged.append((minute, amount))

    def give(self, asset: str, amount: Decimal) -> Decimal:
        """Money had back at will, as far as it goes."""
        amount = min(amount, self.funds[asset]) if self.reachable else ZERO
        self.funds[asset] -= amount
        return amount

    def repay(self, asset: str, minutes: float, unit: Decimal) -> Decimal:
        """The next instalment of what is honoured."""
        owed = self.owed.get(asset, ZERO)
        if not owed or self.ended_minute is None:
            return ZERO
        share = scaled(self.funds[asset], minutes / PAYS_BACK_OVER_MINUTES, unit)
        amount = min(owed, max(share, unit), self.funds[asset])
        self.owed[asset] = owed - amount
        self.funds[asset] -= amount
        return amount

    def reconcile(self) -> None:
        """With its route no longer open, treasury books what is stuck, and books and chain agree again."""
        self.unacknowledged.clear()

    def drift(self, minute: float) -> Decimal:
        """Sent long ago and never acknowledged: the books say settled, the chain does not."""
        late = minute - ACKNOWLEDGES_WITHIN_MINUTES
        return sum((amount for sent, amount in self.unacknowledged if sent <= late), ZERO)

    def latency_ms(self, rng: random.Random) -> int:
        """How long it takes to answer."""
        if self.failing:
            return DEAD_LATENCY_MS
        return rng.randint(80, 160) if self.reachable else rng.randint(300, 500)

    def settlement_lag_seconds(self, minute: float, rng: random.Random) -> int:
        """Since when settlement is behind."""
        usual = rng.randint(45, 90)
        if self.failed_minute is None:
            return usual
        until = minute if self.ended_minute is None else self.ended_minute
        behind = (until - self.failed_minute) * 60
        if self.ended_minute is not None:
            behind -= (minute - self.ended_minute) * 600
        return usual + max(0, int(behind))
