"""From the model's state to the numbers that an exchange would watch."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.sandbox.marketplace import records
from bot.sandbox.marketplace.business import TRADING_SHARE
from bot.sandbox.marketplace.numbers import HOUR, MICRO, ZERO, Window, ratio, stream
from bot.sandbox.marketplace.resources import PRODUCTS
from bot.sandbox.marketplace.till import Moment, Till

CENT = Decimal("0.01")
COVERED_HOURS = 6
WEEK_SECONDS = 7 * 24 * HOUR
BURST_SECONDS = 300
USUAL_DEPTH = 3_000_000
USUAL_TICKETS = 25
API_CAPACITY_RPS = 45
API_USUAL_DEMAND = 30
CHAIN_SECONDS = (0, 12)  # no story here troubles the chains


@dataclass(frozen=True, slots=True)
class Market:
    """What one tick's numbers are read from; drift is in USDT and sits in the asset that carries business.

    `storm` is how hard the market is shaken, 0 to 1.
    """

    moment: Moment
    prices: Mapping[str, Decimal]
    drift: Decimal
    cause_ended: bool
    storm: float = 0.0

    def worth(self, amounts: Mapping[str, Decimal]) -> Decimal:
        """Amounts of several assets together, in USDT worth."""
        total = sum((amount * self.prices[name] for name, amount in amounts.items()), ZERO)
        return total.quantize(CENT)


def coverage(hot: Decimal, refill: Decimal, queued: Decimal, requested_per_hour: Decimal) -> Decimal:
    """(hot + refill within 6 h) ÷ (queue + 6 h of outflow requested)."""
    return ratio(hot + refill, queued + COVERED_HOURS * requested_per_hour)


def empty_in(till: Till, tick_seconds: int) -> records.EmptyIn:
    """At the pace of the worst five minutes lately, and at the net pace."""
    burst = max(1, BURST_SECONDS // tick_seconds)
    pace = till.paid.recent(burst) / (burst * tick_seconds)
    low = WEEK_SECONDS if pace <= ZERO else min(WEEK_SECONDS, int(till.vault.hot / pace))
    net = (till.paid.per_hour(tick_seconds) - till.received.per_hour(tick_seconds)) / HOUR
    high = None if net <= ZERO else min(WEEK_SECONDS, int(till.vault.hot / net))
    return records.EmptyIn(low, high if high is None else max(low, high))


def read_asset(till: Till, market: Market) -> records.AssetRecord:
    """One asset's record."""
    moment, vault = market.moment, till.vault
    requested = till.requested.per_hour(moment.tick_seconds)
    available, eta = vault.refill(moment.rebalancing, moment.second, moment.counterparty)
    away = moment.counterparty.funds[till.plan.name]
    assets = vault.own + (away if moment.counterparty.reachable else ZERO)
    return records.AssetRecord(
        hot=vault.hot,
        reserve=vault.reserve,
        cold=vault.cold,
        in_transit=vault.in_transit,
        at_counterparty=away,
        liabilities=vault.liabilities,
        came_in=vault.came_in,
        paid_out=vault.paid_out,
        stolen=vault.stolen,
        queue=records.Queue(till.waiting(), till.queued, till.oldest_seconds(moment)),
        inflow_per_hour=till.received.per_hour(moment.tick_seconds),
        outflow_per_hour=till.paid.per_hour(moment.tick_seconds),
        outflow_requested_per_hour=requested,
        refill=records.Refill(available, eta),
        books_drift=vault.unbooked + (market.drift if till.plan.carries_business else ZERO),
        coverage=coverage(vault.hot, available, till.queued, requested),
        reserve_ratio=ratio(assets, vault.liabilities),
        hot_empty_in=empty_in(till, moment.tick_seconds),
    )


def tickets(fear: float, waiting: int, suspicion: float) -> int:
    """Support tickets an hour: fear writes, waiting writes, a fresh word spares some."""
    return round(USUAL_TICKETS * (1 + 12 * fear) + waiting / 12 * suspicion)


def api_errors_pct(limit: int, fear: float) -> Decimal:
    """Refreshing customers overload the API unless its public limit holds them back."""
    demand = API_USUAL_DEMAND * (1 + 4 * fear)
    overload = max(0.0, min(limit, demand) - API_CAPACITY_RPS) / API_CAPACITY_RPS
    return Decimal(round(20 + 6000 * overload)) / 100


def executable_depth(moment: Moment, storm: float) -> Decimal:
    """What could be traded now without moving the market much, in USDT; makers step back in a storm."""
    settings = moment.settings
    share = settings.visible_pct / 100 * (1 - 0.5 * moment.crowd.fear) * (1 - 0.75 * storm)
    return (USUAL_DEPTH * Decimal(round(share * TRADING_SHARE[settings.trading_status] * 10_000))) / 10_000


class PriceTape:
    """The price of the product: a seeded walk that is drawn back to where it began."""

    def __init__(self, seed: int, start: Decimal, tick_seconds: int) -> None:
        self._seed, self._start, self.price = seed, start, start
        self._hour = Window(max(1, HOUR // tick_seconds), start)

    def move(self, tick: int, fear: float, storm: float = 0.0, fallen: float = 0.0) -> Decimal:
        """The next price; fear weighs on it a little, a storm shakes it and takes it down by `fallen`."""
        swing = round(50 * (1 + 3 * storm))
        step = stream(self._seed, tick, "price").randint(-swing, swing) - round(10 * fear)
        anchor = self._start * Decimal(round((1 - fallen) * MICRO)) / MICRO
        pull = (anchor - self.price) / (4 if fallen else 50)
        self.price = (self.price * (100_000 + step) / 100_000 + pull).quantize(CENT)
        self._hour.add(self.price)
        return self.price

    def read(self) -> records.Price:
        """The price and its move over the last hour."""
        then = self._hour.first()
        return records.Price(PRODUCTS[0], self.price, ((self.price - then) * 100 / then).quantize(CENT))


def read_market(tills: list[Till], market: Market, tape: PriceTape) -> records.Record:
    """The record of a tick."""
    moment = market.moment
    fear = moment.crowd.fear
    assets = {till.plan.name: read_asset(till, market) for till in tills}
    waiting = sum(asset.queue.count for asset in assets.values())
    net = {name: asset.outflow_per_hour - asset.inflow_per_hour for name, asset in assets.items()}
    return records.Record(
        tick=moment.tick,
        second=moment.second,
        assets=assets,
        counterparty=_read_counterparty(tills, market),
        price=tape.read(),
        tickets_per_hour=tickets(fear, waiting, moment.crowd.suspicion),
        unclaimed_outflow=market.worth({till.plan.name: till.vault.unclaimed for till in tills}),
        customers_waiting=waiting,
        withdrawal_failure_rate=_failure_rate(tills),
        executable_depth=executable_depth(moment, market.storm),
        net_outflow_per_hour=market.worth(net),
        api_errors_pct=api_errors_pct(moment.settings.requests_per_second, fear),
        chain_delay_seconds=stream(moment.seed, moment.tick, "chain").randint(*CHAIN_SECONDS),
        mood=records.Mood(fear, round(moment.crowd.rumour, 6)),
        cause_ended=market.cause_ended,
    )


def _read_counterparty(tills: list[Till], market: Market) -> records.CounterpartyRecord:
    moment, counterparty = market.moment, market.moment.counterparty
    rng = stream(moment.seed, moment.tick, "counterparty")
    kept = {till.plan.name: till.vault.reserve for till in tills if counterparty.keeps_reserve}
    return records.CounterpartyRecord(
        name=counterparty.name,
        reachable=counterparty.reachable,
        latency_ms=counterparty.latency_ms(rng),
        exposure=market.worth(counterparty.funds) + market.worth(kept),
        settlement_lag_seconds=counterparty.settlement_lag_seconds(moment.second / 60, rng),
    )


def _failure_rate(tills: list[Till]) -> Decimal:
    failures = sum((till.failures.total for till in tills), ZERO)
    attempts = sum((till.attempts.total for till in tills), ZERO)
    return ZERO if not attempts else (failures / attempts).quantize(Decimal("0.0001"))
