"""One working set-up for each registered kind of adapter; a new kind needs a line in RIGS."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from bot.controls.calling import Reach
from bot.controls.http import HttpAdapter
from bot.controls.line import LineAdapter
from bot.controls.null import NullAdapter
from bot.controls.outbound import Outbound
from bot.domain.adapter import Service
from bot.domain.base import Environment
from bot.domain.control import Control, Value
from bot.usecases.ports import ControlAdapter, Order
from tests.controls.support.followed import SECRET_KEY, Flaky, Prompt
from tests.controls.support.hands import NORMAL as HAND_NORMAL
from tests.controls.support.hands import Hands, People
from tests.controls.support.lines import FILE, LineService, speaking
from tests.controls.support.server import serving
from tests.controls.support.service import Fault, GoodService
from tests.controls.support.troubles import EVERY, NONE, Trouble

TLS = httpx.create_ssl_context()
NO_SECRETS: Mapping[str, str] = {}
FAULTS = {
    Trouble.DROP_BEFORE: Fault.DROP_BEFORE,
    Trouble.DROP_AFTER: Fault.DROP_AFTER,
    Trouble.STALL_BEFORE: Fault.STALL_BEFORE,
    Trouble.STALL_AFTER: Fault.STALL_AFTER,
    Trouble.LIE: Fault.LIE,
    Trouble.NONSENSE: Fault.HTML,
    Trouble.HUGE: Fault.HUGE,
}
LIMIT: dict[str, Any] = {
    "kind": "http",
    "service": "desk",
    "read": {"path": "/v1/desks/{desk}/limit", "value": "{status: state.status, limit: state.limit}"},
    "set": {"method": "PUT", "path": "/v1/desks/{desk}/limit"},
}


def nothing(_: object = None) -> None:
    """Nothing to be done."""


@dataclass
class Rig:
    """An adapter, a control it reaches, and hands on the far end.

    `forget` restarts it without a memory, `change` is somebody else setting a value there. `fences` says that
    it compares generations; `troubles` are those that `trouble` can order. `secret` must never be told.
    """

    adapter: ControlAdapter
    control: Control
    forget: Callable[[], None]
    change: Callable[[Value], None] = nothing
    trouble: Callable[[Trouble | None], None] = nothing
    troubles: frozenset[Trouble] = NONE
    fences: bool = True
    secret: str = field(default="", repr=False)


@dataclass(kw_only=True)
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
            change=service.change,
            trouble=lambda trouble: setattr(service, "fault", FAULTS[trouble] if trouble else None),
            troubles=EVERY,
            secret=service.secret,
            service=service,
            base_url=base_url,
        )


@contextlib.asynccontextmanager
async def over_nothing() -> AsyncIterator[Rig]:
    """The null adapter, which is its own far end."""
    adapter = NullAdapter()
    yield Rig(adapter, control({"kind": "null"}), adapter._kept.clear)


LINE: dict[str, Any] = {
    "kind": "line",
    "service": "desk",
    "read": {
        "send": f"get map {FILE} {{desk}}",
        "value": 'value="(?P<status>[a-z]+)/(?P<limit>[0-9]+)"',
    },
    "set": {"send": f"set map {FILE} {{desk}} {{status}}/{{limit}}"},
}


@dataclass(kw_only=True)
class LineRig(Rig):
    """The same by lines of text; `heard` is every line that arrived."""

    heard: list[str]


@contextlib.asynccontextmanager
async def over_lines(hosts: str | None = None) -> AsyncIterator[LineRig]:
    """The line adapter against a service that speaks as HAProxy does."""
    service = LineService()
    async with speaking(service) as address:
        desk = Service(base_url=address, timeout=timedelta(milliseconds=250))
        allowed = Outbound.parse(address.removeprefix("tcp://") if hosts is None else hosts)
        yield LineRig(
            adapter=LineAdapter(Reach(lambda: {"desk": desk}, NO_SECRETS.get, allowed, TLS)),
            control=control(LINE, params={"desk": "usdt"}),
            forget=service.forget,
            change=lambda value: service.rows.update(usdt=f"{value['status']}/{value['limit']}"),
            trouble=lambda trouble: setattr(service, "trouble", trouble),
            troubles=EVERY,
            fences=False,
            heard=service.heard,
        )


FANOUT: dict[str, Any] = {"kind": "fanout", "service": "desk", "key_env": "FANOUT_KEY"}


@contextlib.asynccontextmanager
async def over_redis() -> AsyncIterator[Rig]:
    """The fan-out adapter with a service that follows."""
    flaky = Flaky()
    desk = Service(base_url="redis://levels.test:6379", timeout=timedelta(milliseconds=250))
    secrets = {"FANOUT_KEY": SECRET_KEY}.get
    allowed = Outbound.parse("levels.test:6379")
    adapter = Prompt(Reach(lambda: {"desk": desk}, secrets, allowed, TLS, Environment.LIVE), flaky)
    yield Rig(
        adapter=adapter,
        control=control(FANOUT),
        forget=adapter.forget,
        change=lambda value: setattr(adapter.follower, "value", dict(value)),
        trouble=lambda trouble: setattr(flaky, "trouble", trouble),
        troubles=EVERY - {Trouble.HUGE},
        secret=SECRET_KEY,
    )


@contextlib.asynccontextmanager
async def by_hand() -> AsyncIterator[Rig]:
    """The adapter of what people set."""
    people = People()
    reach = Reach(dict, NO_SECRETS.get, Outbound(), TLS, Environment.LIVE, people.attested)
    yield Rig(
        adapter=Hands(reach, people),
        control=control({"kind": "by_hand", "how": "Turn the key"}),
        forget=lambda: people.say(HAND_NORMAL),
        change=people.say,
        fences=False,
    )


RIGS: Mapping[str, Callable[[], contextlib.AbstractAsyncContextManager[Rig]]] = {
    "by_hand": by_hand,
    "fanout": over_redis,
    "http": over_http,
    "line": over_lines,
    "null": over_nothing,
}
