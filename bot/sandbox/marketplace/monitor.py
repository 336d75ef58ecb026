"""Pushes what the marketplace measures: samples, and alerts as Alertmanager sends them."""

import asyncio
import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx

from bot.sandbox.marketplace.alarms import MAIN, Alarms
from bot.sandbox.marketplace.desk import stamp
from bot.sandbox.marketplace.numbers import HOUR
from bot.sandbox.marketplace.records import AssetRecord, Record
from bot.sandbox.marketplace.world import World

log = logging.getLogger(__name__)
PUSH_EVERY_SECONDS = 0.5
HEARTBEAT_SECONDS = 5.0
KEPT_TICKS = 20
TIMEOUT_SECONDS = 3.0
NEVER_SECONDS = 7 * 24 * HOUR


def measures(record: Record) -> dict[str, Any]:
    """Every signal of a tick by id; None where there is nothing to measure.

    `coverage` and `reserve_ratio` are those of the worst asset, `books_drift` and amounts are of USDT,
    `counterparty_exposure`, `unclaimed_outflow` and `net_outflow_hour` sum all assets in USDT worth.
    """
    assets, counterparty = record.assets.values(), record.counterparty
    return {
        "coverage": min(asset.coverage for asset in assets),
        "reserve_ratio": min(asset.reserve_ratio for asset in assets),
        **_of_one(record.assets[MAIN]),
        "counterparty_latency": counterparty.latency_ms,
        "counterparty_exposure": counterparty.exposure,
        "settlement_lag": counterparty.settlement_lag_seconds,
        "unclaimed_outflow": record.unclaimed_outflow,
        "withdrawal_failure_rate": record.withdrawal_failure_rate,
        "tickets_hour": record.tickets_per_hour,
        "price_move_pct": record.price.move_pct,
        "executable_depth": record.executable_depth,
        "net_outflow_hour": record.net_outflow_per_hour,
        "api_errors": record.api_errors_pct,
        "chain_delay": record.chain_delay_seconds,
    }


def _of_one(asset: AssetRecord) -> dict[str, Any]:
    empty = asset.hot_empty_in
    return {
        "books_drift": asset.books_drift,
        "hot_balance": asset.hot,
        "refill_available": asset.refill.available,
        "refill_eta": asset.refill.eta_seconds,
        "queue_count": asset.queue.count,
        "queue_value": asset.queue.value,
        "queue_oldest": asset.queue.oldest_seconds,
        "inflow_hour": asset.inflow_per_hour,
        "outflow_hour": asset.outflow_per_hour,
        "outflow_requested_hour": asset.outflow_requested_per_hour,
        "hot_empty_low": empty.low_seconds,
        "hot_empty_high": NEVER_SECONDS if empty.high_seconds is None else empty.high_seconds,
    }


def samples(record: Record, at: str) -> Iterator[dict[str, Any]]:
    """A tick's samples; values are decimal strings."""
    for signal, value in measures(record).items():
        if value is not None:
            text = format(value, "f") if isinstance(value, Decimal) else str(value)
            yield {"signal": signal, "value": text, "at": at, "labels": {}}


class Monitor:
    """Pushes to `url` with a bearer token, again and again until taken; old samples are let go."""

    def __init__(self, world: World, url: str, token: str, alarms: Alarms | None = None) -> None:
        self._world, self._url = world, url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._alarms = alarms or Alarms()
        self._told = world.told
        self._watched = self._pushed = -1
        self._reached = True

    async def run(self) -> None:
        """Push for ever, at most about twice a second."""
        idle = 0.0
        while True:
            await asyncio.sleep(PUSH_EVERY_SECONDS)
            idle += PUSH_EVERY_SECONDS
            if await self.push(repeat=idle >= HEARTBEAT_SECONDS):
                idle = 0.0

    async def push(self, *, repeat: bool = False) -> bool:
        """One round; with `repeat` the latest tick goes out again as seen now. Answers whether any went."""
        self._watch()
        await self._push_alerts()
        batch = self._batch(repeat=repeat)
        if not batch:
            return False
        last = self._watched
        taken = await self._post("/signals/samples", json.dumps({"samples": batch}).encode())
        if taken:
            self._pushed = last
        return taken

    def _batch(self, *, repeat: bool) -> list[dict[str, Any]]:
        world = self._world
        lately = list(world.history)[-KEPT_TICKS:]
        unsent = [(at, record) for at, record in lately if record.tick > self._pushed]
        if not unsent and repeat:
            unsent = [(world.now(), record) for _, record in lately[-1:]]
        return [sample for at, record in unsent for sample in samples(record, stamp(at))]

    def _watch(self) -> None:
        """Judges the ticks that are new; another story begins anew."""
        if self._told != self._world.told:
            self._told = self._world.told
            self._watched = self._pushed = -1
            self._alarms.resolve_all(self._world.start)
        for at, record in self._world.history:
            if record.tick > self._watched:
                self._alarms.watch(record, at)
                self._watched = record.tick

    async def _push_alerts(self) -> None:
        for body in tuple(self._alarms.to_send):
            if not await self._post("/signals/alertmanager", body):
                return
            self._alarms.sent(body)

    async def _post(self, path: str, body: bytes) -> bool:
        """Whether it was taken. A client of its own each time: one that broke cannot spoil the next."""
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
                answer = await client.post(self._url + path, content=body, headers=self._headers)
            taken, why = answer.is_success, f"answered {answer.status_code}"
        except httpx.HTTPError as error:
            taken, why = False, type(error).__name__
        if taken != self._reached:
            log.warning("%s %s: %s", self._url, path, "takes what is pushed" if taken else why)
        self._reached = taken
        return taken
