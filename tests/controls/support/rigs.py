"""One working set-up for each registered kind of adapter; a new kind needs a line in RIGS."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from bot.controls.calling import Reach
from bot.controls.http import HttpAdapter
from bot.controls.null import NullAdapter
from bot.controls.outbound import Outbound
from bot.domain.adapter import Service
from bot.domain.control import Control
from bot.usecases.ports import ControlAdapter, Order
from tests.controls.support.server import serving
from tests.controls.support.service import GoodService

TLS = httpx.create_ssl_context()
LIMIT: dict[str, Any] = {
    "kind": "http",
    "service": "desk",
    "read": {"path": "/v1/desks/{desk}/limit", "value": "{status: state.status, limit: state.limit}"},
    "set": {"method": "PUT", "path": "/v1/desks/{desk}/limit"},
}


@dataclass
class Rig:
    """An adapter, a control it reaches, and a way to make the far end forget everything."""

    adapter: ControlAdapter
    control: Control
    forget: Callable[[], None]


@dataclass
class WireRig(Rig):
    """The same over HTTP, with a service that misbehaves to order."""

    service: GoodService
    base_url: str


def control(adapter: Mapping[str, Any], **changes: Any) -> Control:
    """A control with three levels."""
    levels = [
        {"id": "normal", "value": {"status": "open", "limit": "250000"}},
        {"id": "tightened", "value": {"status": "open", "limit": "25000"}},
        {"id": "stopped", "value": {"status": "stopped", "limit": "0"}, "full_suspension": True},
    ]
    facts = {"id": "desk.limit", "title": "Desk limit", "rule": "a", "params": {"desk": "usdt/main"}}
    return Control.model_validate({**facts, "levels": levels, "adapter": adapter, **changes})


def order(generation: int, *, epoch: int = 1, reason: str = "Queue grows", etag: str | None = None) -> Order:
    """The order of one generation; the same key each time it is asked for."""
    key = f"sandbox/{epoch}/desk.limit/all/{generation}"
    return Order(key=key, epoch=epoch, generation=generation, reason=reason, etag=etag)


def reach(base_url: str, secret: str | None, *, hosts: str | None = None, timeout_ms: int = 400) -> Reach:
    """The means to reach one service called `desk`."""
    service = Service(base_url=base_url, auth_env="DESK_TOKEN", timeout=timedelta(milliseconds=timeout_ms))
    allowed = Outbound.parse(base_url.removeprefix("http://") if hosts is None else hosts)
    known = {"DESK_TOKEN": secret} if secret else {}
    return Reach(services=lambda: {"desk": service}, secrets=known.get, outbound=allowed, tls=TLS)


@contextlib.asynccontextmanager
async def over_http(**changes: Any) -> AsyncIterator[WireRig]:
    """The HTTP adapter against the good service."""
    service = GoodService()
    async with serving(service) as (base_url, hang_up):
        service.hang_up = hang_up
        yield WireRig(
            adapter=HttpAdapter(reach(base_url, service.secret)),
            control=control({**LIMIT, **changes}),
            forget=service.forget,
            service=service,
            base_url=base_url,
        )


@contextlib.asynccontextmanager
async def over_nothing() -> AsyncIterator[Rig]:
    """The null adapter, which is its own far end."""
    adapter = NullAdapter()
    yield Rig(adapter, control({"kind": "null"}), adapter._kept.clear)


RIGS: Mapping[str, Callable[[], contextlib.AbstractAsyncContextManager[Rig]]] = {
    "http": over_http,
    "null": over_nothing,
}
