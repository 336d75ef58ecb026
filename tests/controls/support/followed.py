"""The fan-out adapter with a service that follows, on a Redis in this process that fails to order."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fakeredis import FakeAsyncRedis, FakeRedis, FakeServer
from redis.exceptions import ConnectionError as Broken
from redis.exceptions import TimeoutError as Stalled

from bot.controls.calling import Reach
from bot.controls.fanout import FanoutAdapter
from bot.controls.follow import Follower, Place, Value
from bot.domain.control import Control
from bot.usecases.ports import Observation, Order
from tests.controls.support.troubles import Trouble

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SECRET_KEY = base64.b64encode(KEY.private_bytes_raw()).decode()
PUBLIC_KEY = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
PLACE = Place("live", "desk.limit")
NORMAL: Value = {"status": "open", "limit": "250000"}


class Flaky:
    """What stands between us and Redis; the same trouble for every connection."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.trouble: Trouble | None = None

    def connect(self, _peer: object = None) -> FakeAsyncRedis:
        """A connection on which that trouble happens."""
        redis = FakeAsyncRedis(server=self.server)
        plain = redis.pipeline

        def pipeline(*args: Any, **kwargs: Any) -> Any:
            pipe = plain(*args, **kwargs)
            execute = pipe.execute

            async def at_the_end(*args: Any, **kwargs: Any) -> Any:
                if self.trouble in (Trouble.DROP_BEFORE, Trouble.STALL_BEFORE):
                    raise Broken if self.trouble is Trouble.DROP_BEFORE else Stalled
                answer = await execute(*args, **kwargs)
                if self.trouble in (Trouble.DROP_AFTER, Trouble.STALL_AFTER):
                    raise Broken if self.trouble is Trouble.DROP_AFTER else Stalled
                return answer

            pipe.execute = at_the_end  # type: ignore[method-assign] # as below
            return pipe

        redis.pipeline = pipeline  # type: ignore[method-assign] # what lies between us and Redis
        return redis

    def flush(self) -> None:
        """Everything in it is gone."""
        FakeRedis(server=self.server).flushall()


class Enforced:
    """What a service has really put into force."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.something = asyncio.Event()

    async def __call__(self, value: Value) -> None:
        self.values.append(value)
        self.something.set()


class Prompt(FanoutAdapter):
    """The adapter with one follower that looks at once, as a wake-up has it do."""

    def __init__(self, reach: Reach, flaky: Flaky) -> None:
        super().__init__(reach, flaky.connect)
        self.flaky = flaky
        self.enforced = Enforced()
        self.join()

    def join(self) -> None:
        """The service starts with nothing but its default."""
        redis = FakeAsyncRedis(server=self.flaky.server)
        self.follower = Follower(redis, PLACE, KEY.public_key(), self.enforced, name="desk-1", initial=NORMAL)

    def forget(self) -> None:
        """Redis and the service restart without a memory."""
        self.flaky.flush()
        self.join()

    async def read(self, control: Control, target: str) -> Observation:
        if self.flaky.trouble is Trouble.NONSENSE:
            FakeRedis(server=self.flaky.server).hset(PLACE.enforced, "desk-1", "<html>")
        else:
            await self.follower.report()
        return await super().read(control, target)

    async def set(self, control: Control, target: str, value: Value, order: Order) -> None:
        try:
            await super().set(control, target, value, order)
        finally:
            if self.flaky.trouble is not Trouble.LIE:
                await self.follower.look()
