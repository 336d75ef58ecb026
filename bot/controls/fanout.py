"""Controls that services follow by themselves: written to Redis signed, observed in what they enforce.

What lies there, and what a follower must do, is told in `follow`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError, WatchError

from bot.controls.calling import Caller, Peer, Reach
from bot.controls.filling import facts_of
from bot.controls.follow import Mark, Place, Snapshot, Untrusted, sealed, unsealed
from bot.controls.pacing import Pace
from bot.controls.probing import effect_shows
from bot.domain.adapter import FanoutAdapter as Spec
from bot.domain.base import format_duration
from bot.domain.control import Control, Level, Value
from bot.usecases.ports import ControlAdapter, Observation, Order, Outrun, Refused, ServiceError, Unanswered

T = TypeVar("T")
Connect = Callable[[Peer], Redis]
TRIES = 5


def connect(peer: Peer) -> Redis:
    """A connection of its own for one call, that repeats nothing and is bounded by the service's timeout."""
    limit = peer.service.timeout.total_seconds()
    address = peer.service.base_url
    return Redis.from_url(
        address.replace("unix:", "unix://", 1) if address.startswith("unix:/") else address,
        password=peer.secret.get_secret_value() if peer.secret else None,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=limit,
        socket_connect_timeout=limit,
        single_connection_client=True,
    )


class FanoutAdapter(ControlAdapter):
    """Writes a signed snapshot and wakes the followers; reads what they say they enforce."""

    def __init__(self, reach: Reach, connect: Connect = connect) -> None:
        self._reach = reach
        self._connect = connect
        self._caller = Caller(reach)
        self._pace = Pace()

    async def read(self, control: Control, target: str) -> Observation:
        """The loosest level that a follower enforces. Raises Refused or Unanswered when too few report."""
        spec, place = _spec(control), self._place(control, target)
        key = key_from(self._reach.secrets, spec.key_env)

        async def look(redis: Redis, peer: Peer) -> Observation:
            raw, reports, clock = await _asked(redis, place)
            limit = spec.stale_after.total_seconds() * 1000
            fresh = [r for r in map(_report, reports.values()) if r and clock - r["at"] <= limit]
            if len(fresh) < spec.followers:
                heard = f"{len(fresh)} of {spec.followers} followers have said what they enforce"
                raise peer.says(Unanswered, f"is silent: {heard} in {format_duration(spec.stale_after)}")
            value = _loosest(control, [report["value"] for report in fresh])
            untouched = raw is None and not any(report["generation"] for report in fresh)
            sound = untouched or _held(raw, place, key) is not None
            return Observation(value if sound else _without(control, value))

        return await self._with(spec, look)

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:
        """Write the snapshot and wake the followers. Raises Refused, Unanswered, or Outrun."""
        spec, place = _spec(control), self._place(control, target)
        key = key_from(self._reach.secrets, spec.key_env)
        mark = (order.epoch, order.generation)
        text = sealed(place, dict(value), mark, datetime.now(UTC).isoformat(), order.reason, key)

        async def write(redis: Redis, peer: Peer) -> None:
            for _ in range(TRIES):
                try:
                    return await _write(redis, place, text, mark, lambda raw: _held(raw, place, key))
                except WatchError:
                    continue
                except Outrun:
                    raise peer.says(Outrun, "has already taken a higher generation") from None
            raise peer.says(Unanswered, "was being written by somebody else all the time")

        await self._with(spec, write)

    async def probe(self, control: Control, target: str, level: Level) -> bool:
        """Whether the effect is there; True for a level nothing is expected of. Raises like `read`."""
        facts = facts_of(control, target, level.value)
        probe = _spec(control).probe
        return probe is None or await effect_shows(self._caller, probe, probe.service, facts, level)

    def _place(self, control: Control, target: str) -> Place:
        facts_of(control, target)
        return Place(self._reach.environment.value, control.id, target)

    async def _with(self, spec: Spec, act: Callable[[Redis, Peer], Awaitable[T]]) -> T:
        """Do something over a connection of its own; what Redis says becomes an error of ours."""
        peer = self._reach.peer(spec.service)
        self._reach.outbound.check_other(peer.service.base_url, ("redis", "rediss"))
        await self._pace.turn(peer)
        redis = self._connect(peer)
        try:
            return await act(redis, peer)
        except ServiceError:
            raise
        except (AuthenticationError, ResponseError) as error:
            raise peer.says(Refused, f"refused: {error}") from None
        except (RedisError, OSError):
            raise peer.says(Unanswered, "gave no answer") from None
        finally:
            await redis.aclose()


def key_from(secrets: Callable[[str], str | None], variable: str) -> Ed25519PrivateKey:
    """The key that a variable holds, as a file's path or in base64. Raises Refused."""
    held = (secrets(variable) or "").strip()
    if not held:
        raise Refused(f"nothing was written: the environment variable {variable} is not set")
    try:
        if held.startswith(("/", ".")):
            key = load_pem_private_key(Path(held).read_bytes(), password=None)
        else:
            key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(held, validate=True))
    except (ValueError, OSError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused(
            f"nothing was written: {variable} holds no Ed25519 key; it takes a PEM file's path, or base64"
        )
    return key


async def _asked(redis: Redis, place: Place) -> tuple[Any, Mapping[Any, Any], int]:
    """The snapshot, the reports by name, and the server's clock in milliseconds, of one moment."""
    async with redis.pipeline() as pipe:
        pipe.get(place.level)
        pipe.hgetall(place.enforced)
        pipe.time()
        raw, reports, (seconds, micros) = await pipe.execute()
    return raw, reports, seconds * 1000 + micros // 1000


async def _write(
    redis: Redis, place: Place, text: str, mark: Mark, held: Callable[[Any], Snapshot | None]
) -> None:
    """Write unless a higher generation is there; raises Outrun, or WatchError when somebody else wrote."""
    async with redis.pipeline() as pipe:
        await pipe.watch(place.level)
        there = held(await pipe.get(place.level))
        if there is not None and there.mark > mark:
            raise Outrun
        pipe.multi()  # type: ignore[no-untyped-call] # redis-py has not typed it
        if there is None or there.mark < mark:
            pipe.set(place.level, text)
        pipe.publish(place.channel, place.wake_up)
        await pipe.execute()


def _held(raw: Any, place: Place, key: Ed25519PrivateKey) -> Snapshot | None:
    """The snapshot that is there, if it is ours; what somebody else left there is written over."""
    try:
        return unsealed(raw, place, key.public_key()) if raw is not None else None
    except Untrusted:
        return None


def _without(control: Control, value: Value) -> Value:
    """What holds without a snapshot: the next follower to start would begin at normal."""
    level = control.level_of(value)
    return dict(control.levels[0].value) if level is not None else value


def _report(raw: Any) -> dict[str, Any] | None:
    try:
        told = json.loads(raw)
        value = {str(k): v for k, v in told["value"].items() if isinstance(v, str | int)}
        return {"value": value, "at": int(told["at"]), "generation": int(told["generation"])}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _loosest(control: Control, values: list[Value]) -> Value:
    """The least restrictive of what is enforced; a value that no level has counts as looser than any."""

    def restrictive(value: Value) -> int:
        level = control.level_of(value)
        return -1 if level is None else control.index(level.id)

    return min(values, key=restrictive)


def _spec(control: Control) -> Spec:
    if not isinstance(control.adapter, Spec):
        raise TypeError(f"{control.id} is not a control that is followed; its registry is built wrongly")
    return control.adapter
