"""Which resources there are: their paths, defaults and strictest values."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.sandbox.marketplace.resources import (
    PRODUCTS,
    RAILS,
    VENUES,
    ChangeFreeze,
    Control,
    CrossRail,
    CustodySigning,
    Deposits,
    Depth,
    MaxNotional,
    PriceBand,
    Product,
    PromotionPayouts,
    PublicApiLimit,
    Quotes,
    Rebalancing,
    Route,
    Settlement,
    Swaps,
    WithdrawalRisk,
    Withdrawals,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of resources under one path template."""

    template: str
    summary: str
    default: Control
    strictest: Control
    targets: tuple[Mapping[str, str], ...] = ({},)

    @property
    def model(self) -> type[Control]:
        """The schema of its body."""
        return type(self.default)

    def paths(self) -> tuple[str, ...]:
        """The path of every resource of this kind."""
        return tuple(self.template.format(**target) for target in self.targets)


_RAIL = "/v1/assets/{asset}/networks/{network}"
_RAIL_TARGETS = tuple({"asset": asset, "network": network} for asset, network in RAILS)

KINDS: tuple[Kind, ...] = (
    Kind(
        f"{_RAIL}/withdrawals",
        "Withdrawals of an asset over a network",
        Withdrawals(
            status="enabled",
            max_per_transaction=Decimal(250_000),
            hourly_limit=Decimal(2_000_000),
            in_flight="drain",
        ),
        Withdrawals(
            status="suspended", max_per_transaction=Decimal(0), hourly_limit=Decimal(0), in_flight="hold"
        ),
        _RAIL_TARGETS,
    ),
    Kind(
        f"{_RAIL}/deposits",
        "Deposits of an asset over a network",
        Deposits(status="enabled", confirmations=6),
        Deposits(status="suspended", confirmations=18),
        _RAIL_TARGETS,
    ),
    Kind(
        "/v1/withdrawals/risk",
        "Waiting times of risky withdrawals",
        WithdrawalRisk(new_account_delay_seconds=0, new_address_delay_seconds=0),
        WithdrawalRisk(new_account_delay_seconds=86_400, new_address_delay_seconds=86_400),
    ),
    Kind(
        "/v1/transfers/cross-rail",
        "Transfers between rails",
        CrossRail(max_per_transfer=Decimal(1_000_000)),
        CrossRail(max_per_transfer=Decimal(0)),
    ),
    Kind(
        "/v1/settlement",
        "Settlement with partners",
        Settlement(mode="all", allow_list=["harbor"]),
        Settlement(mode="stopped", allow_list=["harbor"]),
    ),
    Kind(
        "/v1/rebalancing",
        "Refilling the hot wallet",
        Rebalancing(mode="automatic"),
        Rebalancing(mode="blocked"),
    ),
    Kind(
        "/v1/promotions/payouts",
        "Promotional payouts",
        PromotionPayouts(status="enabled"),
        PromotionPayouts(status="paused"),
    ),
    Kind(
        "/v1/routes/{venue}",
        "Routing by way of a venue",
        Route(status="open", order_share_pct=100),
        Route(status="closed", order_share_pct=0),
        tuple({"venue": venue} for venue in VENUES),
    ),
    Kind("/v1/swaps", "Instant swaps", Swaps(pairs="all"), Swaps(pairs="none")),
    Kind(
        "/v1/quotes",
        "Quotes",
        Quotes(spread_multiplier=Decimal(1), valid_seconds=10),
        Quotes(spread_multiplier=Decimal(4), valid_seconds=2),
    ),
    Kind(
        "/v1/orders/max-notional",
        "The largest order",
        MaxNotional(max_notional=Decimal(250_000)),
        MaxNotional(max_notional=Decimal(1_000)),
    ),
    Kind("/v1/orders/depth", "Depth shown", Depth(visible_pct=100), Depth(visible_pct=0)),
    Kind("/v1/orders/price-band", "Price band", PriceBand(band_bps=1000), PriceBand(band_bps=200)),
    Kind(
        "/v1/products/{product}",
        "Trading of a product",
        Product(trading_status="online", cancels_allowed=True),
        Product(trading_status="halted", cancels_allowed=False),
        tuple({"product": product} for product in PRODUCTS),
    ),
    Kind(
        "/v1/api-limits/public",
        "Public API limit",
        PublicApiLimit(requests_per_second=50),
        PublicApiLimit(requests_per_second=5),
    ),
    Kind("/v1/change-freeze", "Change freeze", ChangeFreeze(frozen=False), ChangeFreeze(frozen=True)),
    Kind(
        "/v1/custody/signing",
        "Custody signing",
        CustodySigning(status="normal"),
        CustodySigning(status="frozen"),
    ),
)

BY_PATH: Mapping[str, Kind] = {path: kind for kind in KINDS for path in kind.paths()}


def defaults() -> dict[str, Control]:
    """Every resource at its default, by path."""
    return {path: kind.default for path, kind in BY_PATH.items()}
