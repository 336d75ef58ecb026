"""One asset's wallets: hot, reserve and cold, and the refills under way between them."""

from dataclasses import dataclass, field
from decimal import Decimal

from bot.sandbox.marketplace.counterparty import Counterparty
from bot.sandbox.marketplace.numbers import HOUR, ZERO
from bot.sandbox.marketplace.scenario import AssetPlan

HORIZON_SECONDS = 6 * HOUR


@dataclass(frozen=True, slots=True)
class RefillRule:
    """When a refill is ordered (hot below this share of its size), how long it takes, in which lots."""

    below: Decimal
    delay_seconds: int
    lots: Decimal


RULES = {
    "automatic": RefillRule(Decimal("0.5"), 2100, lots=Decimal(1)),
    "manual": RefillRule(Decimal("0.4"), 2400, lots=Decimal("1.5")),
}
SWEEP_ABOVE = Decimal("1.6")


@dataclass(slots=True)
class Vault:
    """Amounts in units of the asset; `came_in`, `paid_out`, `stolen` and `paid_twice` only grow.

    `paid_twice` is a part of `paid_out`. `booked` is what the books have taken in of what was stolen or paid
    twice.
    """

    plan: AssetPlan
    hot: Decimal
    reserve: Decimal
    cold: Decimal
    liabilities: Decimal
    moving: list[tuple[int, Decimal]] = field(default_factory=list)
    came_in: Decimal = ZERO
    paid_out: Decimal = ZERO
    stolen: Decimal = ZERO
    paid_twice: Decimal = ZERO
    booked: Decimal = ZERO

    @classmethod
    def of(cls, plan: AssetPlan) -> "Vault":
        """The wallets at the start."""
        return cls(plan, plan.hot, plan.reserve, plan.cold, plan.liabilities)

    @property
    def in_transit(self) -> Decimal:
        """On its way to the hot wallet."""
        return sum((amount for _, amount in self.moving), ZERO)

    @property
    def own(self) -> Decimal:
        """Everything in our own wallets."""
        return self.hot + self.reserve + self.cold + self.in_transit

    def receive(self, amount: Decimal) -> None:
        """Money from outside into the hot wallet."""
        self.hot += amount
        self.came_in += amount

    def pay(self, amount: Decimal) -> Decimal:
        """Money out of the hot wallet, as far as it goes; answers what went."""
        amount = min(amount, self.hot)
        self.hot -= amount
        self.paid_out += amount
        return amount

    @property
    def unbooked(self) -> Decimal:
        """Gone on the chain and not in the books."""
        return self.stolen + self.paid_twice - self.booked

    @property
    def unclaimed(self) -> Decimal:
        """Stolen and not known as such yet."""
        return max(ZERO, self.stolen - self.booked)

    def book(self) -> None:
        """The books take in what is gone."""
        self.booked = self.stolen + self.paid_twice

    def land(self, second: int) -> None:
        """Refills whose time has come reach the hot wallet."""
        self.hot += sum((amount for due, amount in self.moving if due <= second), ZERO)
        self.moving = [(due, amount) for due, amount in self.moving if due > second]

    def rebalance(self, mode: str, second: int, counterparty: Counterparty) -> None:
        """One refill at a time when the hot wallet is low; a sweep when it is full."""
        rule = RULES.get(mode)
        if rule is None:
            return
        if mode == "automatic" and self.hot > self.plan.hot * SWEEP_ABOVE:
            self.reserve += self.hot - self.plan.hot
            self.hot = self.plan.hot
        if self.moving or self.hot >= self.plan.hot * rule.below:
            return
        lot = self.plan.batch * rule.lots
        from_reserve = ZERO if counterparty.holds_back else min(lot, self.reserve)
        self.reserve -= from_reserve
        batch = from_reserve + counterparty.give(self.plan.name, lot - from_reserve)
        if batch:
            self.moving.append((second + rule.delay_seconds, batch))

    def refill(self, mode: str, second: int, counterparty: Counterparty) -> tuple[Decimal, int | None]:
        """What can reach the hot wallet within six hours, and when the first of it does."""
        rule = RULES.get(mode)
        if rule is None:
            eta = min((due for due, _ in self.moving), default=None)
            return self.in_transit, None if eta is None else max(0, eta - second)
        distant = counterparty.funds[self.plan.name] if counterparty.reachable else ZERO
        near = ZERO if counterparty.holds_back else self.reserve
        in_time = self.plan.batch * rule.lots * (HORIZON_SECONDS // rule.delay_seconds)
        available = min(self.in_transit + near + distant, in_time)
        if not available:
            return ZERO, None
        first = min((due for due, _ in self.moving), default=second + rule.delay_seconds)
        return available, max(0, first - second)
