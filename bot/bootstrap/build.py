"""One process put together from its settings: what every role of it shares."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from bot.bootstrap.clock import RandomIds, SystemClock
from bot.bootstrap.edition import Edition, edition_of
from bot.bootstrap.members import in_step
from bot.bootstrap.redis import open_redis
from bot.bootstrap.second_factors import SecretsFile
from bot.bootstrap.settings import Settings, SettingsError
from bot.bootstrap.version import code_version
from bot.content import Texts, load
from bot.controls.calling import Reach
from bot.controls.outbound import Outbound
from bot.controls.registry import Registry, registries
from bot.domain.adapter import Service
from bot.domain.base import Environment
from bot.domain.content import Content
from bot.store import Database, SqlQueue, SqlStore, open_database
from bot.usecases.by_hand import attested
from bot.usecases.ports import Clock, Context

TELLING = 8  # a shorter secret would blot out words that mean nothing
Services = Callable[[], Mapping[str, Service]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the roles of one process are built from."""

    settings: Settings
    ctx: Context
    database: Database
    queue: SqlQueue
    redis: Redis
    registries: dict[Environment, Registry]
    edition: Edition


def read_content(settings: Settings, *, resolve_env: bool = True) -> Content:
    """The content on disk; without `resolve_env` for those who call no service.

    Raises SettingsError for a folder that is not there, ContentErrors for what is wrong in it.
    """
    require_folders(settings.runbooks_dir, settings.templates_dir)
    return load(settings.runbooks_dir, settings.templates_dir, os.environ, resolve_env=resolve_env)


def require_folders(runbooks: Path, templates: Path) -> None:
    """Raises SettingsError for the first that is no folder: most often the working directory is another."""
    for name, folder in (("RUNBOOKS_DIR", runbooks), ("TEMPLATES_DIR", templates)):
        if not folder.is_dir():
            here = "" if folder.is_absolute() else " here"
            raise SettingsError(
                f"There is no folder `{folder}`{here}; run from the repository or set {name}."
            )


def adapters(settings: Settings, content: Content) -> dict[Environment, Registry]:
    """How the controls of some content are reached from here."""
    return adapters_to(settings, lambda: content.services)


def adapters_to(
    settings: Settings, services: Services, ctx: Context | None = None
) -> dict[Environment, Registry]:
    """How controls are reached from here; the services are asked for at each call.

    Without a context nobody's word is known on what is set by hand.
    """
    outbound = Outbound.parse(settings.outbound_hosts)
    reach = Reach(services, os.environ.get, outbound, ssl.create_default_context())
    if ctx is not None:
        reach = replace(reach, attested=partial(attested, ctx), now=ctx.clock.now)
    return registries(settings.environment, reach)


@asynccontextmanager
async def opened(settings: Settings, content: Content, *, patience: timedelta) -> AsyncIterator[Parts]:
    """Open everything a process needs beside its content, and close it again.

    Raises StoreAway, and OSError for a database's folder that cannot be made.
    """
    database = open_database(settings.database_url, patience=patience)
    queue = SqlQueue(database)
    redis = open_redis(settings.redis_url)
    try:
        store, edition = SqlStore(database), edition_of(content, Texts(settings.templates_dir))
        ctx = Context(
            store=store,
            clock=await _clock(settings, store),
            ids=RandomIds(),
            content=edition.loaded,
            texts=edition.texts,
            environment=settings.environment,
            factors=SecretsFile(settings.totp_secrets_file),
            code=code_version(),
            secrets=lambda: secrets_of(settings, edition.loaded.now),
        )
        reached = adapters_to(settings, lambda: edition.loaded.now.services, ctx)
        async with in_step(ctx, edition.loaded):
            yield Parts(settings, ctx, database, queue, redis, reached, edition)
    finally:
        await redis.aclose()
        await queue.close()
        await database.close()


def secrets_of(settings: Settings, content: Content) -> tuple[str, ...]:
    """What no record may hold: our own tokens and keys, and what services are given to know us by."""
    named = {name for name, field in Settings.model_fields.items() if not field.repr}
    mine = [str(getattr(settings, name) or "") for name in named]
    theirs = [
        os.environ.get(service.auth_env, "") for service in content.services.values() if service.auth_env
    ]
    return tuple(secret.strip() for secret in (*mine, *theirs) if len(secret.strip()) >= TELLING)


async def _clock(settings: Settings, store: SqlStore) -> Clock:
    """Business time as the settings have it. Raises SettingsError for a file that is none."""
    if settings.time_file is None:
        return SystemClock(await _origin(settings, store), settings.time_scale)
    from bot.sandbox.clock import PacedClock  # noqa: PLC0415 - production never loads the sandbox

    try:
        return PacedClock(settings.time_file)
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(f"TIME_FILE: {settings.time_file} holds no pace ({error}).") from None


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
