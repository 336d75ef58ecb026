"""One process put together from its settings: what every role of it shares."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from bot.bootstrap.clock import RandomIds, SystemClock
from bot.bootstrap.keys import ledger_key
from bot.bootstrap.redis import open_redis
from bot.bootstrap.settings import Settings
from bot.content import Texts, load
from bot.controls.calling import Reach
from bot.controls.outbound import Outbound
from bot.controls.registry import Registry, registries
from bot.domain.base import Environment
from bot.domain.content import Content
from bot.store import Database, SqlQueue, SqlStore, open_database
from bot.usecases.ports import Context


class LoadedContent:
    """The content now in force."""

    def __init__(self, content: Content) -> None:
        self._content = content

    @property
    def now(self) -> Content:
        """Everything, compiled."""
        return self._content


@dataclass(frozen=True, slots=True)
class Parts:
    """What the roles of one process are built from."""

    settings: Settings
    ctx: Context
    database: Database
    queue: SqlQueue
    redis: Redis
    key: Ed25519PrivateKey
    registries: dict[Environment, Registry]


@asynccontextmanager
async def opened(settings: Settings, *, patience: timedelta) -> AsyncIterator[Parts]:
    """Open everything a process needs and close it again.

    Raises ContentErrors, StoreAway, SettingsError.
    """
    content = load(settings.runbooks_dir, settings.templates_dir, os.environ)
    database = open_database(settings.database_url, patience=patience)
    queue = SqlQueue(database)
    redis = open_redis(settings.redis_url)
    try:
        store = SqlStore(database)
        clock = SystemClock(await _origin(settings, store), settings.time_scale)
        ctx = Context(
            store=store,
            clock=clock,
            ids=RandomIds(),
            content=LoadedContent(content),
            texts=Texts(settings.templates_dir),
            environment=settings.environment,
        )
        outbound = Outbound.parse(settings.outbound_hosts)
        reach = Reach(lambda: content.services, os.environ.get, outbound, ssl.create_default_context())
        key = ledger_key(settings.ledger_key_file)
        made = registries(settings.environment, reach)
        yield Parts(settings, ctx, database, queue, redis, key, made)
    finally:
        await redis.aclose()
        await queue.close()
        await database.close()


async def _origin(settings: Settings, store: SqlStore) -> datetime | None:
    """Where fast business time began: as told, else as remembered, so that a restart does not jump."""
    if settings.time_scale == 1:
        return None
    if settings.time_origin is not None:
        return settings.time_origin
    async with store.write() as tx:
        kept = await tx.keepsakes.fact("time_origin")
        if kept is None:
            kept = datetime.now(UTC).isoformat()
            await tx.keepsakes.set_fact("time_origin", kept)
        return datetime.fromisoformat(kept)
