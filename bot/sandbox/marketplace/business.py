"""The flows beside withdrawals: venues, settlement, trading, swaps, transfers, rewards.

All settle in USDT. Each has what was wanted and what the controls let through.
"""

from dataclasses import dataclass
from decimal import Decimal

from bot.sandbox.marketplace.counterparty import Counterparty
from bot.sandbox.marketplace.numbers import HOUR, ZERO
from bot.sandbox.marketplace.resources import COUNTERPARTY, VENUES
from bot.sandbox.marketplace.settings import Settings

ROUTED_PER_HOUR = 80_000
SETTLED_PER_HOUR = 60_000
TRADED_PER_HOUR = 50_000
SWAPPED_PER_HOUR = 40_000
TRANSFERRED_PER_HOUR = 40_000
REWARDS_PER_HOUR = 10_000
PICKED_OFF_PER_HOUR = 400_000
TRADING_SHARE = {"online": 1.0, "limit_only": 0.5, "cancel_only": 0.0, "halted": 0.0}
SWAP_SHARE = {"all": 1.0, "low_risk": 0.4, "none": 0.0}
USUAL_NOTIONAL = 250_000
USUAL_BAND = 1000
USUAL_QUOTE_SECONDS = 10
USUAL_TRANSFER = 200_000


@dataclass(slots=True)
class Flows:
    """USDT of one tick: asked of us, paid by us, paid to the counterparty (within paid), come in."""

    wanted: Decimal = ZERO
    out: Decimal = ZERO
    to_counterparty: Decimal = ZERO
    into: Decimal = ZERO

    def add(
        self, hourly: float, *, demand: float, let_through: float, back: float, hours: Decimal
    ) -> Decimal:
        """One flow of so much an hour, in parts of its usual size; answers what went out."""
        usual = Decimal(round(hourly)) * hours
        out = _part(usual, demand * let_through)
        self.wanted += _part(usual, demand)
        self.out += out
        self.into += _part(usual, back)
        return out


def _part(usual: Decimal, share: float) -> Decimal:
    return (usual * Decimal(round(share * 10_000)) / 10_000).quantize(Decimal("0.01"))


def trading_activity(settings: Settings) -> float:
    """How much of the usual trading the order controls leave."""
    notional = min(1.0, 0.3 + 0.7 * float(settings.max_notional.max_notional) / USUAL_NOTIONAL)
    band = min(1.0, 0.6 + 0.4 * settings.band_bps / USUAL_BAND)
    spread = 1.0 / max(1.0, float(settings.quotes.spread_multiplier))
    depth = 0.3 + 0.7 * settings.visible_pct / 100
    return TRADING_SHARE[settings.trading_status] * notional * band * depth * (0.5 + 0.5 * spread)


def picked_off(settings: Settings, storm: float) -> float:
    """The share of stale quotes that quicker traders take in a storm: wide and short ones stand it best."""
    stale = settings.quotes.valid_seconds / USUAL_QUOTE_SECONDS
    return storm * trading_activity(settings) * stale / max(1.0, float(settings.quotes.spread_multiplier))


def business_flows(
    settings: Settings, fear: float, counterparty: Counterparty, tick_seconds: int, storm: float = 0.0
) -> Flows:
    """One tick of everything that is not a customer's withdrawal or deposit."""
    hours = Decimal(tick_seconds) / HOUR
    flows = Flows()
    if settings.route(COUNTERPARTY).status != "open":
        counterparty.reconcile()
    for venue in VENUES:
        _venue(flows, venue, settings, counterparty, hours)
    activity = trading_activity(settings)
    flows.add(
        TRADED_PER_HOUR, demand=1 + 4 * fear, let_through=activity, back=activity * (1 - fear), hours=hours
    )
    swaps = SWAP_SHARE[settings.swaps]
    flows.add(SWAPPED_PER_HOUR, demand=1 + 6 * fear, let_through=swaps, back=swaps, hours=hours)
    passing = min(1.0, float(settings.cross_rail.max_per_transfer) / USUAL_TRANSFER)
    flows.add(TRANSFERRED_PER_HOUR, demand=1 + 8 * fear, let_through=passing, back=passing, hours=hours)
    if storm:
        lost = picked_off(settings, storm)
        flows.add(PICKED_OFF_PER_HOUR, demand=lost, let_through=1, back=0, hours=hours)
    paid = 1.0 if settings.promotions_paid else 0.0
    flows.add(REWARDS_PER_HOUR, demand=1, let_through=paid, back=0, hours=hours)
    return flows


def _venue(flows: Flows, venue: str, settings: Settings, counterparty: Counterparty, hours: Decimal) -> None:
    """Orders prefund an open route; settlement goes both ways; a failing venue only takes."""
    route = settings.route(venue)
    pays = 0.0 if venue == COUNTERPARTY and counterparty.failing else 1.05
    orders = route.order_share_pct / 100
    settles = 1.0 if settings.settles_with(venue) and route.status != "closed" else 0.0
    netted = 0.0 if route.status == "settle_only" and not pays else settles
    sent = flows.add(ROUTED_PER_HOUR, demand=1, let_through=orders, back=orders * pays, hours=hours)
    sent += flows.add(SETTLED_PER_HOUR, demand=1, let_through=netted, back=settles * pays, hours=hours)
    if venue == COUNTERPARTY and not pays:
        flows.to_counterparty += sent
