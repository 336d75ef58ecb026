"""`/metrics`: the market as Prometheus sees it, read at each scrape."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.sandbox.marketplace.faults import FaultPlan
from bot.sandbox.marketplace.records import AssetRecord, Record
from bot.sandbox.marketplace.world import World


class MarketCollector(Collector):
    """Gauges of the latest tick and counters of the control API."""

    def __init__(self, world: World, plan: FaultPlan) -> None:
        self._world, self._plan = world, plan

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        writes = CounterMetricFamily("control_writes", "PUT requests by outcome", labels=["outcome"])
        outcomes = {"applied": 0, "replayed": 0, "refused": 0}
        for row in self._world.desk.trail:
            if row.event == "put":
                outcomes["applied" if row.applied else "replayed" if row.replayed else "refused"] += 1
        for outcome, count in outcomes.items():
            writes.add_metric([outcome], count)
        yield writes
        hits = sum(ordered.hits for ordered in self._plan.ordered)
        yield GaugeMetricFamily("ordered_fault_hits", "Faults that struck, of those still listed", value=hits)
        if self._world.latest is not None:
            yield from _market(self._world.latest)


def _market(record: Record) -> Iterator[Metric]:
    def each(asset: AssetRecord) -> dict[str, float]:
        return {
            "hot_wallet_coverage_ratio": float(asset.coverage),
            "hot_wallet_balance": float(asset.hot),
            "reserve_wallet_balance": float(asset.reserve),
            "reserve_ratio": float(asset.reserve_ratio),
            "books_drift": float(asset.books_drift),
            "withdrawal_queue_requests": asset.queue.count,
            "withdrawal_queue_value": float(asset.queue.value),
            "withdrawal_queue_oldest_seconds": asset.queue.oldest_seconds,
            "outflow_requested_per_hour": float(asset.outflow_requested_per_hour),
        }

    values = {name: each(asset) for name, asset in record.assets.items()}
    for measure in next(iter(values.values())):
        gauge = GaugeMetricFamily(measure, measure.replace("_", " "), labels=["asset"])
        for asset, measures in values.items():
            gauge.add_metric([asset], measures[measure])
        yield gauge
    yield GaugeMetricFamily("tickets_per_hour", "Support tickets", value=record.tickets_per_hour)
    exposure = float(record.counterparty.exposure)
    yield GaugeMetricFamily("counterparty_exposure_usdt", "Funds at the counterparty", value=exposure)


def exposition(world: World, plan: FaultPlan) -> bytes:
    """The text that a scrape gets, from a registry of its own."""
    registry = CollectorRegistry()
    registry.register(MarketCollector(world, plan))
    return generate_latest(registry)
