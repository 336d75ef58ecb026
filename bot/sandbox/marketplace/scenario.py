"""The worlds to rehearse: how big the marketplace is and what goes wrong in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

CENT = Decimal("0.01")
SATOSHI = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class AssetPlan:
    """One asset at the start. Amounts are in units of the asset, rates are per hour."""

    name: str
    unit: Decimal
    price: Decimal
    hot: Decimal
    reserve: Decimal
    cold: Decimal
    at_counterparty: Decimal
    liabilities: Decimal
    withdrawals_per_hour: Decimal
    deposits_per_hour: Decimal
    batch: Decimal
    networks: Mapping[str, float]
    exposure_to_fear: float
    carries_business: bool


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens by itself; minutes are simulated minutes since the start."""

    name: str
    summary: str
    assets: tuple[AssetPlan, ...]
    failure_minute: int | None = None
    cause_ends_minute: int | None = None
    honoured_pct: int = 85
    theft_minute: int | None = None
    theft_per_minute: Decimal = Decimal(0)


USDT = AssetPlan(
    name="USDT",
    unit=CENT,
    price=Decimal(1),
    hot=Decimal(4_500_000),
    reserve=Decimal(13_000_000),
    cold=Decimal(36_000_000),
    at_counterparty=Decimal(9_000_000),
    liabilities=Decimal(50_000_000),
    withdrawals_per_hour=Decimal(1_100_000),
    deposits_per_hour=Decimal(1_100_000),
    batch=Decimal(2_000_000),
    networks={"TRON": 0.6, "ETH": 0.4},
    exposure_to_fear=1.0,
    carries_business=True,
)
BTC = AssetPlan(
    name="BTC",
    unit=SATOSHI,
    price=Decimal(60_000),
    hot=Decimal(90),
    reserve=Decimal(400),
    cold=Decimal(900),
    at_counterparty=Decimal(20),
    liabilities=Decimal(1_000),
    withdrawals_per_hour=Decimal(6),
    deposits_per_hour=Decimal(6),
    batch=Decimal(40),
    networks={"BTC": 1.0},
    exposure_to_fear=0.3,
    carries_business=False,
)

SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="calm", summary="An ordinary day; nothing fails.", assets=(USDT, BTC)),
        Scenario(
            name="counterparty_failure",
            summary="The counterparty northbank stops paying and customers hear of it.",
            assets=(USDT, BTC),
            failure_minute=5,
            cause_ends_minute=110,
        ),
        Scenario(
            name="custody_theft",
            summary="Money leaves the hot wallet without a request behind it.",
            assets=(USDT, BTC),
            theft_minute=5,
            theft_per_minute=Decimal(12_000),
            cause_ends_minute=110,
        ),
    )
}
