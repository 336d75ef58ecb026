"""Redis, real or in this process; nothing that must survive is kept in it."""

from __future__ import annotations

from fakeredis import FakeAsyncRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def open_redis(url: str | None) -> Redis:
    """A client that never repeats a command by itself: redis-py retries ten times unless told not to."""
    if url is None:
        return FakeAsyncRedis()
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=2, socket_connect_timeout=2)
