"""Plays the model tick by tick with controls and updates that people might choose."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache

from bot.sandbox.marketplace.catalogue import defaults
from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.model import Inputs, MarketModel
from bot.sandbox.marketplace.records import AssetRecord, Record
from bot.sandbox.marketplace.resources import (
    RAILS,
    Control,
    CrossRail,
    Product,
    Rebalancing,
    Route,
    Settlement,
    Swaps,
    WithdrawalRisk,
    Withdrawals,
)
from bot.sandbox.marketplace.scenario import SCENARIOS

Values = Mapping[str, Control]
FAILURE_MINUTE = 5
CAUSE_ENDS_MINUTE = 110


def withdrawals(most: int, hourly: int) -> dict[str, Control]:
    limit = Withdrawals(
        status="enabled",
        max_per_transaction=Decimal(most),
        hourly_limit=Decimal(hourly),
        in_flight="hold",
    )
    return {f"/v1/assets/{asset}/networks/{network}/withdrawals": limit for asset, network in RAILS}


def protected() -> Values:
    """The protected mode, the route to the counterparty closed."""
    day = 86_400
    return {
        **defaults(),
        **withdrawals(500, 100_000),
        "/v1/withdrawals/risk": WithdrawalRisk(new_account_delay_seconds=day, new_address_delay_seconds=day),
        "/v1/transfers/cross-rail": CrossRail(max_per_transfer=Decimal(0)),
        "/v1/settlement": Settlement(mode="allow_list", allow_list=["harbor"]),
        "/v1/rebalancing": Rebalancing(mode="manual"),
        "/v1/routes/northbank": Route(status="closed", order_share_pct=0),
        "/v1/swaps": Swaps(pairs="none"),
        "/v1/products/BTC-USDT": Product(trading_status="limit_only", cancels_allowed=True),
    }


def reopening(begins: int) -> dict[int, Values]:
    """The withdrawal limits of the ladder, step after step, and everything at the end."""
    steps = {0: (5_000, 200_000), 30: (25_000, 500_000), 60: (100_000, 1_000_000), 120: (250_000, 2_000_000)}
    held = {begins + after: {**protected(), **withdrawals(*limit)} for after, limit in steps.items()}
    return {**held, begins + 240: defaults()}


def play(
    minutes: int,
    *,
    seed: int = 7,
    scenario: str = "counterparty_failure",
    changes: Mapping[int, Values] | None = None,
    updates: Collection[int] = (),
    promise_minutes: int | None = 30,
) -> list[Record]:
    """One record a minute; controls change and updates appear at their minutes."""
    model = MarketModel(seed, SCENARIOS[scenario])
    values: Values = defaults()
    records = []
    for minute in range(minutes):
        values = (changes or {}).get(minute, values)
        now = model.start + timedelta(minutes=minute)
        promised = None if promise_minutes is None else now + timedelta(minutes=promise_minutes)
        news = [News(f"update-{minute}", now, "Withdrawals up to 500 USDT continue.", promised)]
        records.append(model.step(Inputs(values, news if minute in updates else ())))
    return records


@cache
def left_alone(seed: int) -> list[Record]:
    """Nobody acts, up to the minute in which the cause ends."""
    return play(CAUSE_ENDS_MINUTE, seed=seed)


def usdt(record: Record) -> AssetRecord:
    return record.assets["USDT"]


def left(record: Record) -> Decimal:
    return usdt(record).hot + usdt(record).reserve
