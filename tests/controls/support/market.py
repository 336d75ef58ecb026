"""The marketplace's withdrawals as YAML describes them, before a service that only records."""

from typing import Any

import httpx
import respx

from bot.controls.calling import Reach
from bot.controls.http import HttpAdapter
from bot.controls.outbound import Outbound
from bot.domain.adapter import Service
from bot.domain.control import Control, Value
from bot.usecases.ports import Order
from tests.controls.support.rigs import TLS

PATH = "/v1/assets/{asset}/networks/{network}/withdrawals"
FIELDS = "status: status, max_per_transaction: max_per_transaction, hourly_limit: hourly_limit"
WITHDRAWALS: dict[str, Any] = {
    "kind": "http",
    "service": "marketplace",
    "read": {"path": PATH, "value": f"{{{FIELDS}}}"},
    "set": {
        "method": "PUT",
        "path": PATH,
        "body": {
            "status": "{status}",
            "max_per_transaction": "{max_per_transaction}",
            "hourly_limit": "{hourly_limit}",
            "in_flight": "drain",
        },
    },
    "if_match": True,
}
SMALL: Value = {"status": "enabled", "max_per_transaction": "500", "hourly_limit": "100000"}
ORDER = Order(
    key="live/3/withdrawals.limit.usdt.tron/all/17",
    epoch=3,
    generation=17,
    reason="Queue doubles; 50% waiting – décidé",
    etag='"7-ab12"',
)


def described(adapter: dict[str, Any], **changes: Any) -> Control:
    levels = [
        {
            "id": "normal",
            "value": {"status": "enabled", "max_per_transaction": "250000", "hourly_limit": "2000000"},
        },
        {"id": "small_only", "value": SMALL},
    ]
    facts = {
        "id": "withdrawals.limit.usdt.tron",
        "title": "USDT withdrawals on TRON",
        "rule": "a",
        "params": {"asset": "USDT", "network": "TRON"},
    }
    return Control.model_validate({**facts, "levels": levels, "adapter": adapter, **changes})


def adapter(**service: Any) -> HttpAdapter:
    facts = {"base_url": "https://market.test/api/", "auth_env": "MARKET_TOKEN", **service}
    known = {"MARKET_TOKEN": "tok-1\n"}
    made = Service.model_validate(facts)
    reach = Reach(lambda: {"marketplace": made}, known.get, Outbound.parse("market.test"), TLS)
    return HttpAdapter(reach)


def sent(market: respx.MockRouter) -> httpx.Request:
    assert len(market.calls) == 1
    request: httpx.Request = market.calls.last.request
    return request
