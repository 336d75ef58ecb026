"""What the model says of one tick."""

from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


@dataclass(frozen=True, slots=True)
class Queue:
    """Withdrawals not paid yet."""

    count: int
    value: Decimal
    oldest_seconds: int


@dataclass(frozen=True, slots=True)
class Refill:
    """What can reach the hot wallet within six hours; the first of it after so many seconds."""

    available: Decimal
    eta_seconds: int | None


@dataclass(frozen=True, slots=True)
class EmptyIn:
    """When the hot wallet is empty: at the worst pace seen, and at the net pace (None: never)."""

    low_seconds: int
    high_seconds: int | None


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """One asset, in its own units; `came_in`, `paid_out` and `stolen` are totals since the start."""

    hot: Decimal
    reserve: Decimal
    cold: Decimal
    in_transit: Decimal
    at_counterparty: Decimal
    liabilities: Decimal
    came_in: Decimal
    paid_out: Decimal
    stolen: Decimal
    queue: Queue
    inflow_per_hour: Decimal
    outflow_per_hour: Decimal
    outflow_requested_per_hour: Decimal
    refill: Refill
    books_drift: Decimal
    coverage: Decimal
    reserve_ratio: Decimal
    hot_empty_in: EmptyIn


@dataclass(frozen=True, slots=True)
class CounterpartyRecord:
    """The counterparty as seen from here; exposure in USDT worth."""

    name: str
    reachable: bool
    latency_ms: int
    exposure: Decimal
    settlement_lag_seconds: int


@dataclass(frozen=True, slots=True)
class Price:
    """The market; the move is over the last hour."""

    product: str
    price: Decimal
    move_pct: Decimal


@dataclass(frozen=True, slots=True)
class Mood:
    """The simulation's own insight into customers, 0 to 1; no real marketplace has it."""

    fear: float
    rumour: float


@dataclass(frozen=True, slots=True)
class Record:
    """Everything after one tick; `second` is simulated seconds since the start."""

    tick: int
    second: int
    assets: dict[str, AssetRecord]
    counterparty: CounterpartyRecord
    price: Price
    tickets_per_hour: int
    unclaimed_outflow: Decimal
    customers_waiting: int
    withdrawal_failure_rate: Decimal
    executable_depth: Decimal
    net_outflow_per_hour: Decimal
    api_errors_pct: Decimal
    chain_delay_seconds: int
    mood: Mood
    cause_ended: bool

    def as_json(self) -> dict[str, Any]:
        """The record as JSON; amounts are decimal strings."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
