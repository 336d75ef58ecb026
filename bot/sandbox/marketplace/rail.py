"""One rail's withdrawals: who waits, what is signed, and what the limits let through."""

import random
from dataclasses import dataclass, field
from decimal import Decimal

from bot.sandbox.marketplace.numbers import HOUR, ZERO
from bot.sandbox.marketplace.resources import Withdrawals

# Sizes in USDT cents with their weights: many small withdrawals, few large ones that carry the value.
BANDS = (
    (2_000, 50_000),
    (50_000, 500_000),
    (500_000, 2_500_000),
    (2_500_000, 10_000_000),
    (10_000_000, 25_000_000),
)
WEIGHTS = (5900, 3440, 642, 17, 1)
MEAN_WORTH = sum(
    (Decimal(low + high) / 200 * weight for (low, high), weight in zip(BANDS, WEIGHTS, strict=True)), ZERO
) / sum(WEIGHTS)
NEW_SHARE = 0.25
BUCKET_FILLS_PER_HOUR = 4


@dataclass(slots=True)
class Request:
    """One customer's withdrawal; `new` means a new account or address."""

    amount: Decimal
    worth: Decimal
    asked: int
    new: bool


def drawn(rng: random.Random, *, tick: int, price: Decimal, unit: Decimal) -> Request:
    """A withdrawal of a plausible size."""
    low, high = rng.choices(BANDS, WEIGHTS)[0]
    worth = Decimal(rng.randint(low, high)) / 100
    amount = max(unit, (worth / price).quantize(unit))
    return Request(amount, worth, tick, rng.random() < NEW_SHARE)


@dataclass(slots=True)
class Rail:
    """The queue of one network: waiting (oldest first), signed, and the hourly token bucket."""

    asset: str
    network: str
    waiting: list[Request] = field(default_factory=list)
    signed: list[Request] = field(default_factory=list)
    tokens: Decimal | None = None

    def pending(self) -> list[Request]:
        """Everyone not paid yet, signed first."""
        return self.signed + self.waiting

    def fill_bucket(self, limit: Withdrawals, tick_seconds: int) -> None:
        """Tokens grow with the hourly limit up to a quarter of an hour's worth, or one transaction."""
        capacity = max(limit.hourly_limit / BUCKET_FILLS_PER_HOUR, limit.max_per_transaction)
        capacity = min(capacity, limit.hourly_limit)
        grown = capacity if self.tokens is None else self.tokens + limit.hourly_limit * tick_seconds / HOUR
        self.tokens = min(capacity, grown)

    def credit_back(self, limit: Withdrawals) -> list[Request]:
        """Under `cancel_and_credit`, what the limit no longer allows goes back to the customers."""
        if limit.in_flight != "cancel_and_credit":
            return []
        suspended = limit.status == "suspended"
        gone = [r for r in self.pending() if suspended or r.worth > limit.max_per_transaction]
        self.signed = [r for r in self.signed if not suspended and r.worth <= limit.max_per_transaction]
        self.waiting = [r for r in self.waiting if not suspended and r.worth <= limit.max_per_transaction]
        return gone

    def broadcast(self, limit: Withdrawals) -> list[Request]:
        """What was signed a tick ago goes out, unless the rail is suspended and holds it."""
        out, self.signed = self.signed, []
        if limit.status == "suspended" and limit.in_flight == "hold":
            self.waiting = out + self.waiting
            return []
        return out

    def sign(self, limit: Withdrawals, *, asked_before: int, spendable: Decimal) -> int:
        """Sign what the limit allows, oldest first; too large ones wait while smaller ones pass.

        `asked_before` is the tick up to which risky requests have waited long enough. Answers how many
        could not be paid for want of money.
        """
        if limit.status == "suspended" or self.tokens is None:
            return 0
        kept: list[Request] = []
        most = min(limit.max_per_transaction, limit.hourly_limit)
        unfunded, signed, tokens = 0, ZERO, self.tokens
        for index, request in enumerate(self.waiting):
            if request.worth > most or (request.new and request.asked > asked_before):
                kept.append(request)
            elif request.worth > tokens:
                kept.extend(self.waiting[index:])
                break
            elif signed + request.amount > spendable:
                kept.append(request)
                unfunded += 1
            else:
                self.signed.append(request)
                signed += request.amount
                tokens -= request.worth
        self.waiting, self.tokens = kept, tokens
        return unfunded

    def think_again(self, rng: random.Random, chance: float, asked_before: int) -> list[Request]:
        """Customers who calmed down take their waiting requests back."""
        if chance <= 0:
            return []
        staying: list[Request] = []
        leaving: list[Request] = []
        for request in self.waiting:
            gone = request.asked < asked_before and rng.random() < chance
            (leaving if gone else staying).append(request)
        self.waiting = staying
        return leaving
