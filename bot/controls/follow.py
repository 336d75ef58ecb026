"""How a service follows a control through Redis: the contract, and a client for services in Python.

This module needs `redis` and `cryptography` and nothing else of Breakwater; copy it if that is easier.

What lies in Redis, for environment E (`live`), control C and target T (`all` unless there are several):

- `breakwater:E:level:C:T`, a string: `{"body": "…", "signature": "…"}`. The signature is Ed25519, base64,
  over the UTF-8 bytes of `body` as they stand. The body is JSON: `format` 1, `environment`, `control`,
  `target`, `value` (an object of strings, integers and booleans; amounts are strings), `epoch`, `generation`,
  `at` (RFC 3339), `reason`.
- `breakwater:E:levels`, a channel: `C:T` is published whenever that level was written. A wake-up and no
  more; whoever misses it looks again within seconds.
- `breakwater:E:enforced:C:T`, a hash: by the follower's name, JSON of the `value` it enforces now, the
  `epoch` and `generation` that came with it (0 and 0 for its own default) and `at`, the Redis server's clock
  in milliseconds. Written after every change and every few seconds.

A follower must:

1. check the signature with the public key it was configured with, and that environment, control and target
   are its own; what fails is refused, and the last level stays in force;
2. compare (epoch, generation) with what it enforces, epoch first; a lower one is refused, an equal one is
   old news;
3. put the value into force before it reports it, and report what it enforces, never what it was told;
4. keep the last level when Redis is away, empty or lying, and through its own restarts.

Whoever may write to that Redis could report in a follower's name; where that matters, describe a probe too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

FORMAT = 1
Value = dict[str, str | int | bool]
Mark = tuple[int, int]


class Untrusted(Exception):
    """A snapshot that is not signed by our key, or not about what we follow."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is followed, and where it lies."""

    environment: str
    control: str
    target: str = "all"

    @property
    def level(self) -> str:
        """The key of the signed snapshot."""
        return f"breakwater:{self.environment}:level:{self.control}:{self.target}"

    @property
    def enforced(self) -> str:
        """The key of the followers' reports."""
        return f"breakwater:{self.environment}:enforced:{self.control}:{self.target}"

    @property
    def channel(self) -> str:
        """The channel of wake-ups."""
        return f"breakwater:{self.environment}:levels"

    @property
    def wake_up(self) -> str:
        """What is published there."""
        return f"{self.control}:{self.target}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A level as it was signed; `mark` is epoch and generation."""

    value: Value
    mark: Mark


def sealed(place: Place, value: Value, mark: Mark, at: str, reason: str, key: Ed25519PrivateKey) -> str:
    """A signed snapshot as it lies in Redis. `at` is RFC 3339."""
    body = json.dumps(
        {
            "format": FORMAT,
            "environment": place.environment,
            "control": place.control,
            "target": place.target,
            "value": value,
            "epoch": mark[0],
            "generation": mark[1],
            "at": at,
            "reason": reason,
        }
    )
    signature = base64.b64encode(key.sign(body.encode())).decode()
    return json.dumps({"body": body, "signature": signature})


def unsealed(raw: bytes | str, place: Place, key: Ed25519PublicKey) -> Snapshot:
    """What a snapshot says once its signature and its place are checked. Raises Untrusted."""
    try:
        outer = json.loads(raw)
        body = str(outer["body"])
        key.verify(base64.b64decode(outer["signature"], validate=True), body.encode())
        told = json.loads(body)
        mark = (int(told["epoch"]), int(told["generation"]))
        about = (told["format"], told["environment"], told["control"], told["target"])
        value = {str(name): part for name, part in told["value"].items() if isinstance(part, str | int)}
    except InvalidSignature:
        raise Untrusted("it is not signed by the key we trust") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Untrusted("it is no signed snapshot") from None
    if about != (FORMAT, place.environment, place.control, place.target):
        raise Untrusted("it is signed, but for something else")
    return Snapshot(value, mark)


def public_key(text: str) -> Ed25519PublicKey:
    """The key as `breakwater control key` prints it: base64 of 32 bytes. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def connected(url: str) -> Redis:
    """A client that repeats nothing by itself and does not hang."""
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=5, socket_connect_timeout=5)


class Follower:
    """Keeps one control of a service at the level that Breakwater wants, and says what is enforced.

    `enforce` puts a value into force, and raises when it cannot; `initial` is what is in force without it.
    `remember` is a file that carries the last level through a restart. `refused` is why the newest snapshot
    was not taken, None when all is well.
    """

    def __init__(
        self,
        redis: Redis,
        place: Place,
        key: Ed25519PublicKey,
        enforce: Callable[[Value], Awaitable[None]],
        *,
        name: str,
        initial: Value,
        remember: Path | None = None,
        every: float = 2.0,
    ) -> None:
        self._redis = redis
        self._place = place
        self._key = key
        self._enforce = enforce
        self._name = name
        self._remember = remember
        self._every = every
        self.value = dict(initial)
        self.mark: Mark = (0, 0)
        self.refused: str | None = None

    async def run(self) -> None:
        """Follow until cancelled, whatever becomes of Redis."""
        await self.recall()
        while True:
            with suppress(RedisError, OSError):  # the last level stays in force, and we try again
                await self._listen()
            await asyncio.sleep(self._every)

    async def recall(self) -> None:
        """Put into force what was remembered, if it is ours."""
        if self._remember is None or not self._remember.exists():
            return
        await self._take(await asyncio.to_thread(self._remember.read_text))

    async def look(self) -> None:
        """Look once, take what is newer, and report. Raises RedisError and OSError when Redis is away."""
        raw = await self._redis.get(self._place.level)
        if raw is not None:
            await self._take(raw)
        await self.report()

    async def report(self) -> None:
        """Say what is enforced now."""
        seconds, micros = await self._redis.time()
        told: dict[str, Any] = {
            "value": self.value,
            "epoch": self.mark[0],
            "generation": self.mark[1],
            "at": seconds * 1000 + micros // 1000,
        }
        await self._redis.hset(self._place.enforced, self._name, json.dumps(told))

    async def leave(self) -> None:
        """Say that this follower is no more, so that nobody waits for it."""
        await self._redis.hdel(self._place.enforced, self._name)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as channel:
            await channel.subscribe(self._place.channel)
            while True:
                await self.look()
                await channel.get_message(ignore_subscribe_messages=True, timeout=self._every)

    async def _take(self, raw: bytes | str) -> None:
        try:
            found = unsealed(raw, self._place, self._key)
        except Untrusted as error:
            self.refused = str(error)
            return
        if found.mark < self.mark:
            self.refused = "it is older than what is in force"
            return
        if found.mark > self.mark:
            await self._enforce(found.value)
            self.value, self.mark = found.value, found.mark
            if self._remember is not None:
                await asyncio.to_thread(_keep, self._remember, raw)
        self.refused = None


def _keep(path: Path, raw: bytes | str) -> None:
    """Write it whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    fresh.replace(path)
