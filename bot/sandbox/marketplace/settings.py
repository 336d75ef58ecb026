"""The controls as the market model reads them."""

from collections.abc import Mapping
from typing import TypeVar

from bot.sandbox.marketplace import resources as r

C = TypeVar("C", bound=r.Control)


class Settings:
    """Typed access to a value per resource path."""

    def __init__(self, values: Mapping[str, r.Control]) -> None:
        self._values = values

    def _one(self, path: str, model: type[C]) -> C:
        value = self._values[path]
        if not isinstance(value, model):
            raise TypeError(f"{path} holds {type(value).__name__}, not {model.__name__}")
        return value

    def withdrawals(self, asset: str, network: str) -> r.Withdrawals:
        """The limits of one rail."""
        return self._one(f"/v1/assets/{asset}/networks/{network}/withdrawals", r.Withdrawals)

    def deposits(self, asset: str, network: str) -> r.Deposits:
        """How one rail takes deposits."""
        return self._one(f"/v1/assets/{asset}/networks/{network}/deposits", r.Deposits)

    def route(self, venue: str) -> r.Route:
        """The route by way of one venue."""
        return self._one(f"/v1/routes/{venue}", r.Route)

    @property
    def risk_delay_seconds(self) -> int:
        """How long a withdrawal that is new in account or address waits."""
        risk = self._one("/v1/withdrawals/risk", r.WithdrawalRisk)
        return max(risk.new_account_delay_seconds, risk.new_address_delay_seconds)

    @property
    def cross_rail(self) -> r.CrossRail:
        """The cap on transfers between rails."""
        return self._one("/v1/transfers/cross-rail", r.CrossRail)

    @property
    def rebalancing(self) -> str:
        """`automatic`, `manual` or `blocked`."""
        return self._one("/v1/rebalancing", r.Rebalancing).mode

    @property
    def promotions_paid(self) -> bool:
        """Whether rewards are paid out."""
        return self._one("/v1/promotions/payouts", r.PromotionPayouts).status == "enabled"

    @property
    def swaps(self) -> str:
        """`all`, `low_risk` or `none`."""
        return self._one("/v1/swaps", r.Swaps).pairs

    @property
    def quotes(self) -> r.Quotes:
        """Spread and validity."""
        return self._one("/v1/quotes", r.Quotes)

    @property
    def max_notional(self) -> r.MaxNotional:
        """The largest order."""
        return self._one("/v1/orders/max-notional", r.MaxNotional)

    @property
    def visible_pct(self) -> int:
        """The share of the book shown."""
        return self._one("/v1/orders/depth", r.Depth).visible_pct

    @property
    def band_bps(self) -> int:
        """The price band."""
        return self._one("/v1/orders/price-band", r.PriceBand).band_bps

    @property
    def trading_status(self) -> str:
        """The status of the only product."""
        return self._one(f"/v1/products/{r.PRODUCTS[0]}", r.Product).trading_status

    @property
    def requests_per_second(self) -> int:
        """The public API limit."""
        return self._one("/v1/api-limits/public", r.PublicApiLimit).requests_per_second

    @property
    def changes_frozen(self) -> bool:
        """Whether releases are stopped."""
        return self._one("/v1/change-freeze", r.ChangeFreeze).frozen

    @property
    def signing_frozen(self) -> bool:
        """Whether custody signs nothing."""
        return self._one("/v1/custody/signing", r.CustodySigning).status == "frozen"

    def settles_with(self, venue: str) -> bool:
        """Whether partner settlement with the venue goes on."""
        settlement = self._one("/v1/settlement", r.Settlement)
        return settlement.mode == "all" or (
            settlement.mode == "allow_list" and venue in settlement.allow_list
        )
