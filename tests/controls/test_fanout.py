"""Levels that services follow through Redis: signed, never backwards, observed where they are enforced."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis

from bot.controls.calling import Reach
from bot.controls.fanout import FanoutAdapter, connect
from bot.controls.follow import Follower, Place, Value, connected, public_key, sealed
from bot.controls.outbound import Outbound
from bot.domain.adapter import Service
from bot.domain.base import Environment
from bot.domain.control import Control
from bot.usecases.ports import Outrun, Refused, Unanswered
from tests.controls.support.followed import KEY, NORMAL, PLACE, PUBLIC_KEY, SECRET_KEY, Enforced
from tests.controls.support.rigs import FANOUT, TLS, control, order
from tests.support.redis import RealRedis, real_redis

TIGHT: Value = {"status": "open", "limit": "25000"}
STOPPED: Value = {"status": "stopped", "limit": "0"}
SOON = 0.02


@dataclass
class Hall:
    """A Redis, and who meets there."""

    adapter: FanoutAdapter
    control: Control
    client: Callable[[], Redis]
    server: RealRedis | None = None
    joined: list[asyncio.Task[None]] = field(default_factory=list)
    clients: list[Redis] = field(default_factory=list)

    def follower(self, name: str = "desk-1", place: Place = PLACE, **more: Any) -> tuple[Follower, Enforced]:
        """A service that follows; it does not run yet."""
        enforced = Enforced()
        key = public_key(PUBLIC_KEY)
        more = {"every": SOON, **more}
        self.clients.append(self.client())
        made = Follower(self.clients[-1], place, key, enforced, name=name, initial=NORMAL, **more)
        return made, enforced

    def start(self, follower: Follower) -> asyncio.Task[None]:
        """It runs until the test ends."""
        self.joined.append(asyncio.create_task(follower.run()))
        return self.joined[-1]

    async def set(self, value: Value, generation: int = 1, epoch: int = 1) -> None:
        await self.adapter.set(self.control, "all", dict(value), order(generation, epoch=epoch))

    async def observed(self) -> str | None:
        found = self.control.level_of((await self.adapter.read(self.control, "all")).value)
        return found.id if found else None

    async def comes(self, level: str) -> None:
        """Wait until a level is observed."""
        async with asyncio.timeout(5):
            while True:
                with contextlib.suppress(Unanswered):
                    if await self.observed() == level:
                        return
                await asyncio.sleep(SOON)


def adapter_at(url: str, **more: Any) -> FanoutAdapter:
    desk = Service(base_url=url, timeout=timedelta(milliseconds=500))
    secrets = {"FANOUT_KEY": more.pop("key", SECRET_KEY)}.get
    allowed = Outbound.parse(more.pop("hosts", url.removeprefix("redis://")))
    return FanoutAdapter(Reach(lambda: {"desk": desk}, secrets, allowed, TLS, Environment.LIVE), **more)


@pytest.fixture(scope="module")
def server() -> Iterator[RealRedis]:
    with real_redis() as made:
        yield made


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def hall(request: pytest.FixtureRequest) -> AsyncIterator[Hall]:
    if request.param == "fake":
        inside = FakeServer()
        adapter = adapter_at("redis://levels.test", connect=lambda _peer: FakeAsyncRedis(server=inside))
        made = Hall(adapter, control(FANOUT), lambda: FakeAsyncRedis(server=inside))
    else:
        real = request.getfixturevalue("server")
        address = f"unix:{real.socket}"
        made = Hall(adapter_at(address, connect=connect), control(FANOUT), lambda: connected(real.url), real)
        async with made.client() as client:
            await client.flushall()
    yield made
    for task in made.joined:
        task.cancel()
    await asyncio.gather(*made.joined, return_exceptions=True)
    for client in made.clients:
        await client.aclose()


async def test_a_service_follows_and_what_it_enforces_is_what_is_observed(hall: Hall) -> None:
    follower, enforced = hall.follower()
    hall.start(follower)
    await hall.comes("normal")
    await hall.set(TIGHT, 1)
    await hall.comes("tightened")
    await hall.set(STOPPED, 2)
    await hall.comes("stopped")
    assert enforced.values == [TIGHT, STOPPED]
    assert follower.mark == (1, 2)


async def test_a_wake_up_comes_at_once_however_seldom_a_follower_looks(hall: Hall) -> None:
    follower, enforced = hall.follower(every=30)
    hall.start(follower)
    await hall.comes("normal")
    await hall.set(TIGHT, 1)
    await hall.comes("tightened")
    assert enforced.values == [TIGHT]


async def test_what_we_wrote_is_not_observed_until_a_service_enforces_it(hall: Hall) -> None:
    follower, _ = hall.follower()
    await follower.look()
    await hall.set(STOPPED)
    assert await hall.observed() == "normal"


async def test_a_service_that_cannot_put_it_into_force_goes_on_reporting_the_last(hall: Hall) -> None:
    async def fails(_value: Value) -> None:
        raise OSError("the gate is jammed")

    follower, _ = hall.follower()
    follower._enforce = fails
    await follower.look()
    await hall.set(STOPPED)
    with pytest.raises(OSError, match="jammed"):
        await follower.look()
    assert await hall.observed() == "normal"


async def test_the_loosest_of_several_counts_and_too_few_leave_it_unknown(hall: Hall) -> None:
    hall.control = control({**FANOUT, "followers": 2})
    first, _ = hall.follower("desk-1")
    await first.look()
    with pytest.raises(Unanswered, match="1 of 2 followers have said what they enforce in 15s"):
        await hall.observed()
    second, _ = hall.follower("desk-2")
    await second.look()
    await hall.set(TIGHT)
    await first.look()
    assert await hall.observed() == "normal"
    await second.look()
    assert await hall.observed() == "tightened"
    await second.leave()
    with pytest.raises(Unanswered):
        await hall.observed()


async def test_an_old_report_counts_for_nothing(hall: Hall) -> None:
    hall.control = control({**FANOUT, "stale_after": "500ms"})
    follower, _ = hall.follower()
    await follower.look()
    assert await hall.observed() == "normal"
    await asyncio.sleep(0.6)
    with pytest.raises(Unanswered, match="0 of 1 followers"):
        await hall.observed()


FORGED: dict[str, Callable[[Any], str]] = {
    "unsigned": lambda raw: json.dumps({"body": json.loads(raw)["body"], "signature": ""}),
    "another key": lambda _raw: sealed(
        PLACE, dict(NORMAL), (9, 9), "2026-11-20T00:00:00Z", "trust me", Ed25519PrivateKey.generate()
    ),
    "another control": lambda _raw: sealed(
        Place("live", "swaps"), dict(NORMAL), (9, 9), "2026-11-20T00:00:00Z", "", KEY
    ),
    "another environment": lambda _raw: sealed(
        Place("drill", "desk.limit"), dict(NORMAL), (9, 9), "2026-11-20T00:00:00Z", "", KEY
    ),
    "a changed body": lambda raw: raw.decode().replace("stopped", "open___"),
    "nonsense": lambda _raw: "<html>",
    "a list": lambda _raw: "[]",
}


@pytest.mark.parametrize("how", sorted(FORGED))
async def test_a_forged_snapshot_is_refused_seen_and_written_over(hall: Hall, how: str) -> None:
    follower, enforced = hall.follower()
    await hall.set(STOPPED, 1)
    await follower.look()
    async with hall.client() as client:
        await client.set(PLACE.level, FORGED[how](await client.get(PLACE.level)))
    await follower.look()
    assert enforced.values == [STOPPED]
    assert follower.refused
    assert await hall.observed() == "normal"  # the next one to start would begin there
    await hall.set(STOPPED, 2)
    await follower.look()
    assert await hall.observed() == "stopped"
    assert not follower.refused


async def test_an_older_snapshot_is_refused_and_not_written(hall: Hall) -> None:
    follower, enforced = hall.follower()
    await hall.set(TIGHT, 4)
    async with hall.client() as client:
        old = await client.get(PLACE.level)
    assert old
    await hall.set(STOPPED, 5)
    await follower.look()
    with pytest.raises(Outrun):
        await hall.set(TIGHT, 4)
    async with hall.client() as client:
        await client.set(PLACE.level, old)  # somebody plays it again
    await follower.look()
    assert enforced.values == [STOPPED]
    assert follower.refused == "it is older than what is in force"


async def test_redis_lost_and_empty_again_means_keep_the_last(hall: Hall, tmp_path: Path) -> None:
    if hall.server is None:
        pytest.skip("a Redis in this process cannot go away")
    kept = tmp_path / "level.json"
    follower, enforced = hall.follower(remember=kept)
    task = hall.start(follower)
    await hall.set(STOPPED, 1)
    await hall.comes("stopped")
    hall.server.stop()
    with pytest.raises(Unanswered):
        await hall.observed()
    assert enforced.values == [STOPPED]
    task.cancel()

    again, enforced_again = hall.follower(remember=kept)  # restarted while Redis is away
    hall.start(again)
    await asyncio.wait_for(enforced_again.something.wait(), 5)
    assert enforced_again.values == [STOPPED]
    hall.server.start()  # and is empty: what was written there is lost, so it must be written again
    await hall.comes("normal")
    await hall.set(STOPPED, 2)
    await hall.comes("stopped")
    assert enforced_again.values == [STOPPED, STOPPED]


async def test_what_is_remembered_is_checked_as_well(hall: Hall, tmp_path: Path) -> None:
    kept = tmp_path / "level.json"
    kept.write_text(FORGED["another key"](b""))
    follower, enforced = hall.follower(remember=kept)
    await follower.recall()
    assert enforced.values == []
    assert follower.refused == "it is not signed by the key we trust"


async def test_the_key_may_lie_in_a_file(tmp_path: Path) -> None:
    pem = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    inside = FakeServer()
    adapter = adapter_at(
        "redis://levels.test",
        key=str(tmp_path / "key.pem"),
        connect=lambda _peer: FakeAsyncRedis(server=inside),
    )
    await adapter.set(control(FANOUT), "all", dict(TIGHT), order(1))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"key": ""}, "variable FANOUT_KEY is not set"),
        ({"key": "nonsense"}, "FANOUT_KEY holds no Ed25519 key; it takes a PEM file's path, or base64"),
        ({"key": base64.b64encode(b"short").decode()}, "FANOUT_KEY holds no Ed25519 key"),
        ({"key": "/no/such/file"}, "FANOUT_KEY holds no Ed25519 key"),
        ({"hosts": "elsewhere.test"}, "levels.test:6379 is not among OUTBOUND_HOSTS"),
    ],
)
async def test_what_is_missing_is_named_and_nothing_is_written(more: dict[str, str], sentence: str) -> None:
    def nobody(_peer: object) -> Redis:
        raise AssertionError("nothing may be written")

    adapter = adapter_at("redis://levels.test", connect=nobody, **more)
    with pytest.raises(Refused) as caught:
        await adapter.set(control(FANOUT), "all", dict(TIGHT), order(1))
    assert sentence in str(caught.value)
    assert "nonsense" not in str(caught.value)


async def test_a_redis_that_is_away_is_unknown() -> None:
    adapter = adapter_at("redis://127.0.0.1:9")
    with pytest.raises(Unanswered, match="desk gave no answer"):
        await adapter.read(control(FANOUT), "all")


def test_a_service_needs_nothing_else_of_ours_to_follow() -> None:
    code = "import sys, bot.controls.follow; print([m for m in sys.modules if m.startswith('bot.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own line
    assert done.stdout.strip() == "['bot.controls', 'bot.controls.follow']"
