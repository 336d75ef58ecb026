"""A world with a clock set by hand, a real server for any application, and a client."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.sandbox.marketplace.faults import FaultPlan
from bot.sandbox.marketplace.journal import Journal
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.marketplace.world import World

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TOKEN = "the-marketplace-token"
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_minutes(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


def make_world(
    clock: Clock,
    *,
    folder: Path | None = None,
    seed: int = 7,
    scenario: str = "counterparty_failure",
    paused: bool = False,
) -> World:
    return World(
        seed=seed,
        scenario=SCENARIOS[scenario],
        now=clock,
        start=START,
        journal=Journal(folder),
        paused=paused,
    )


def make_plan() -> FaultPlan:
    return FaultPlan(random.Random(1))  # noqa: S311  # draws faults, guards nothing


@contextmanager
def serving(app: ASGIApp, protocol: type[H11Protocol] = H11Protocol) -> Iterator[str]:
    """The app behind a real server on a free port of the loopback; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, http=protocol, log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(5)


def wait_until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("it never came to hold")
        time.sleep(0.01)


@dataclass
class Shop:
    """A client of the marketplace that makes its own idempotency keys."""

    client: httpx.Client
    keys: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def put(self, path: str, body: object, *, key: str | None = None, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Idempotency-Key"] = key or f"key-{next(self.keys)}"
        return self.client.put(path, json=body, headers=sent)

    def order(self, kind: str, **rule: object) -> None:
        self.client.post("/sandbox/faults", json={"kind": kind, **rule}).raise_for_status()

    def trail(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = self.client.get("/v1/audit").json()["rows"]
        return rows
