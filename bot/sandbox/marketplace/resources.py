"""The controls as resources: their fields and what may stand in them.

Amounts are decimal strings and mean USDT worth. Values are whole resources: a PUT replaces all.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

MONEY = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,8})?", re.ASCII)
RAILS = (("USDT", "TRON"), ("USDT", "ETH"), ("BTC", "BTC"))
COUNTERPARTY = "northbank"
VENUES = (COUNTERPARTY, "harbor")
PRODUCTS = ("BTC-USDT",)


def _money(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or MONEY.fullmatch(value) is None:
        raise ValueError('an amount is a decimal string such as "2500" or "0.5", not negative')
    return Decimal(value)


Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{MONEY.pattern}$", "examples": ["25000"]}),
]
Percent = Annotated[int, Field(ge=0, le=100)]


class Control(BaseModel):
    """One control's value; unknown fields and loose types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def fields(self) -> dict[str, Any]:
        """The value as JSON sends it."""
        return self.model_dump(mode="json")


class Withdrawals(Control):
    """Withdrawals of one asset over one network; `in_flight` rules what is queued or signed."""

    status: Literal["enabled", "suspended"]
    max_per_transaction: Money
    hourly_limit: Money
    in_flight: Literal["drain", "hold", "cancel_and_credit"]


class Deposits(Control):
    """Deposits of one asset over one network, credited after so many confirmations."""

    status: Literal["enabled", "delayed", "suspended"]
    confirmations: Annotated[int, Field(ge=1, le=1000)]


class WithdrawalRisk(Control):
    """How long withdrawals of new accounts and to new addresses wait."""

    new_account_delay_seconds: Annotated[int, Field(ge=0, le=604_800)]
    new_address_delay_seconds: Annotated[int, Field(ge=0, le=604_800)]


class CrossRail(Control):
    """Transfers between rails."""

    max_per_transfer: Money


class Settlement(Control):
    """Whom we settle with: everyone, the venues listed, or nobody."""

    mode: Literal["all", "allow_list", "stopped"]
    allow_list: Annotated[list[Literal["northbank", "harbor"]], Field(max_length=len(VENUES))]


class Rebalancing(Control):
    """Who moves money from the reserve to the hot wallet."""

    mode: Literal["automatic", "manual", "blocked"]


class PromotionPayouts(Control):
    """Rewards paid to customers."""

    status: Literal["enabled", "paused"]


class Route(Control):
    """Orders and settlement by way of one venue."""

    status: Literal["open", "settle_only", "closed"]
    order_share_pct: Percent

    @model_validator(mode="after")
    def _only_an_open_route_takes_orders(self) -> Self:
        if self.status != "open" and self.order_share_pct:
            raise ValueError("order_share_pct must be 0 unless the route is open")
        return self


class Swaps(Control):
    """Instant swaps on offer."""

    pairs: Literal["all", "low_risk", "none"]


class Quotes(Control):
    """How wide we quote and how long a quote stands."""

    spread_multiplier: Money
    valid_seconds: Annotated[int, Field(ge=1, le=60)]


class MaxNotional(Control):
    """The largest order."""

    max_notional: Money


class Depth(Control):
    """The share of our book that is shown."""

    visible_pct: Percent


class PriceBand(Control):
    """How far from the market an order may be priced."""

    band_bps: Annotated[int, Field(ge=0, le=10_000)]


class Product(Control):
    """Trading of one product; says outright whether cancels work."""

    trading_status: Literal["online", "limit_only", "cancel_only", "halted"]
    cancels_allowed: bool


class PublicApiLimit(Control):
    """Requests a second for one public API client."""

    requests_per_second: Annotated[int, Field(ge=0, le=10_000)]


class ChangeFreeze(Control):
    """Whether releases and configuration changes are stopped."""

    frozen: bool


class CustodySigning(Control):
    """Whether custody signs at all; a freeze can be lifted by the vendor alone."""

    status: Literal["normal", "frozen"]


def irreversible(before: Control, after: Control) -> str | None:
    """Why this change cannot be made through the API, if it cannot."""
    if isinstance(before, CustodySigning) and before.status == "frozen" and before != after:
        return "Signing was frozen at the custody vendor; only the vendor can lift it, not this API."
    return None
