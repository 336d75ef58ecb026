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
class Failure:
    """The counterparty stops paying; later it honours a part. `keeps_reserve`: our reserve is there too."""

    minute: int
    honoured_pct: int = 85
    keeps_reserve: bool = False


@dataclass(frozen=True, slots=True)
class Theft:
    """A small try, then `per_minute` over one rail after the other, as far as limits let it pass."""

    minute: int
    probe: Decimal
    pause_minutes: int
    per_minute: Decimal
    moves_after_minutes: int


@dataclass(frozen=True, slots=True)
class Release:
    """A deploy that pays a share of withdrawals twice; a second one makes it worse unless changes are frozen.

    Frozen changes let it stand out: it is found and rolled back after so many minutes of freeze.
    """

    minute: int
    share: float
    second_after_minutes: int
    second_share: float
    found_after_minutes: int
    failing: float


@dataclass(frozen=True, slots=True)
class Crash:
    """The price falls by `depth` elsewhere too, and on this venue by up to `cascade` more."""

    minute: int
    depth: float
    over_minutes: int
    lasts_minutes: int
    cascade: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens by itself; minutes are simulated minutes since the start.

    Customers begin to talk `talk_after` minutes into it, or never. A `rumour` feeds on silence alone and is
    the trouble itself.
    """

    name: str
    summary: str
    assets: tuple[AssetPlan, ...]
    cause_ends_minute: int | None = None
    failure: Failure | None = None
    theft: Theft | None = None
    release: Release | None = None
    crash: Crash | None = None
    rumour_minute: int | None = None
    talk_after: int | None = 0

    @property
    def begins_minute(self) -> int | None:
        """When the first thing goes wrong, if anything does."""
        parts = (self.failure, self.theft, self.release, self.crash)
        minutes = [part.minute for part in parts if part is not None]
        minutes += [] if self.rumour_minute is None else [self.rumour_minute]
        return min(minutes, default=None)


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
BOTH = (USDT, BTC)
BEGINS = 5

SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="calm", summary="An ordinary day; nothing fails.", assets=BOTH),
        Scenario(
            name="counterparty_failure",
            summary="The counterparty northbank stops paying and customers hear of it.",
            assets=BOTH,
            failure=Failure(BEGINS),
            cause_ends_minute=110,
        ),
        Scenario(
            name="rumour_run",
            summary="A rumour says that the exchange is insolvent; nothing of it is true.",
            assets=BOTH,
            rumour_minute=BEGINS,
            cause_ends_minute=160,
        ),
        Scenario(
            name="custody_pause",
            summary="northbank, which keeps our reserve in custody, pauses every transfer.",
            assets=BOTH,
            failure=Failure(BEGINS, honoured_pct=100, keeps_reserve=True),
            cause_ends_minute=125,
            talk_after=10,
        ),
        Scenario(
            name="hot_key",
            summary="Money leaves the hot wallet without a request behind it.",
            assets=BOTH,
            theft=Theft(
                BEGINS, Decimal(40), pause_minutes=9, per_minute=Decimal(12_000), moves_after_minutes=8
            ),
            cause_ends_minute=110,
            talk_after=25,
        ),
        Scenario(
            name="pays_twice",
            summary="A release of the payout service pays some withdrawals twice.",
            assets=BOTH,
            release=Release(
                BEGINS,
                share=0.2,
                second_after_minutes=30,
                second_share=0.6,
                found_after_minutes=20,
                failing=0.09,
            ),
            cause_ends_minute=120,
            talk_after=None,
        ),
        Scenario(
            name="price_crash",
            summary="The price falls on every venue while the reserves are whole.",
            assets=BOTH,
            crash=Crash(BEGINS, depth=0.24, over_minutes=40, lasts_minutes=80, cascade=0.12),
            cause_ends_minute=125,
            talk_after=None,
        ),
    )
}
