"""What a process can be: web, worker, or both in one; each built from the same parts."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from bot.bootstrap.build import Parts, opened, read_content
from bot.bootstrap.edition import Follower, following
from bot.bootstrap.inbound import Inbound, inbound
from bot.bootstrap.keys import ledger_key
from bot.bootstrap.readiness import readiness
from bot.bootstrap.settings import Settings, SettingsError
from bot.controls.outbound import Outbound
from bot.domain.content import Content
from bot.publishers.anchors import anchor_handlers
from bot.publishers.drawing import draw
from bot.publishers.jobs import publisher_handlers
from bot.publishers.notary import Notary, Place
from bot.publishers.places import HttpStore, Road, TimeAuthority
from bot.publishers.registry import builtin_registry
from bot.slack.jobs import SLACK_KINDS, slack_handlers
from bot.slack.settings import SlackSettings
from bot.slack.wire import web_client
from bot.store import WEB_PATIENCE, WORKER_PATIENCE, SqlStore
from bot.store.migrations.run import migrate, standing
from bot.usecases import work
from bot.usecases.dead_letters import tell_left, tell_of
from bot.usecases.ports import Context, Handler, StoreError
from bot.web.app import WebSettings, create_app
from bot.worker.actuate import Actuator
from bot.worker.loop import Habits, Worker
from bot.worker.policy import NEVER_GIVE_UP
from bot.worker.time import deadline_handlers

ENDING = (signal.SIGINT, signal.SIGTERM)
log = structlog.get_logger(__name__)


async def run_web(settings: Settings) -> None:
    """Answer Slack, signals and the public until told to stop."""
    content = read_content(settings)
    _require_migrated(settings)
    async with opened(settings, content, patience=WEB_PATIENCE) as parts, _in_force(parts, content, "web"):
        await _serve_http(parts)


async def run_worker(settings: Settings) -> None:
    """Carry out jobs until told to stop."""
    content = read_content(settings)
    _require_migrated(settings)
    async with (
        opened(settings, content, patience=WORKER_PATIENCE) as parts,
        _in_force(parts, content, "worker") as follower,
        _working(parts, follower),
    ):
        await _until_told()


async def run_both(settings: Settings) -> None:
    """Web and worker in one process, for the embedded default; brings the database up to date first."""
    content = read_content(settings)
    migrate(settings.database_url, settings.owner_database_url)
    async with (
        opened(settings, content, patience=WEB_PATIENCE) as parts,
        _in_force(parts, content, "web and worker") as follower,
        _working(parts, follower),
    ):
        await _serve_http(parts)


def _in_force(parts: Parts, content: Content, role: str) -> AbstractAsyncContextManager[Follower]:
    """Keep this process on the content in force; refuses to start on what would take a held level away."""
    return following(parts.settings, parts.ctx, parts.edition, content, role)


def web_app(parts: Parts, ctx: Context, way_in: Inbound) -> ASGIApp:
    """The HTTP application of these parts."""
    settings = parts.settings
    told = WebSettings(
        public_url=settings.link,
        templates_dir=settings.templates_dir,
        environment=settings.environment,
        signals_token=settings.signals_token,
        slack_missing=way_in.missing,
    )
    checks = readiness(parts, way_in.line)
    return create_app(ctx, told, way_in.handle, checks, parts.queue.due_by_lane)


def a_notary(parts: Parts) -> Notary:
    """Who signs the ledger's heads in this process. Raises SettingsError."""
    settings = parts.settings
    road = Road(Outbound.parse(settings.outbound_hosts).check, ssl.create_default_context())
    places: list[Place] = []
    if settings.anchor_url:
        places.append(HttpStore(road, settings.anchor_url, settings.anchor_token or ""))
    if settings.anchor_tsa_url:
        places.append(TimeAuthority(road, settings.anchor_tsa_url))
    return Notary(parts.ctx, ledger_key(settings.ledger_key_file), settings.anchors_file, places)


def handlers(parts: Parts, notary: Notary) -> Mapping[str, Handler]:
    """A handler for every kind of job that this deployment can carry out. Raises SettingsError."""
    settings = parts.settings
    watch = settings.watch_every / settings.time_scale
    out: dict[str, Handler] = {
        "actuate": Actuator(parts.ctx, parts.registries, watch, witness=notary),
        **deadline_handlers(parts.ctx),
        **publisher_handlers(parts.ctx, builtin_registry()),
        **anchor_handlers(parts.ctx, notary),
    }
    if settings.slack_bot_token:
        told = SlackSettings(settings.incidents_channel, settings.link)
        out |= slack_handlers(
            parts.ctx,
            web_client(settings.slack_bot_token, settings.slack_api_base_url),
            told,
            draw=draw,
        )
    return out


@asynccontextmanager
async def _working(parts: Parts, follower: Follower) -> AsyncIterator[None]:
    name = f"{socket.gethostname()}:{os.getpid()}"
    habits = Habits(
        lease=parts.settings.lease,
        policies=dict.fromkeys(("actuate", *SLACK_KINDS), NEVER_GIVE_UP),
        on_dead=partial(tell_of, parts.ctx),
        on_left=partial(tell_left, parts.ctx),
        behind=lambda: follower.behind,
    )
    if parts.settings.slack_bot_token:
        async with parts.ctx.store.write() as tx:
            await work.look_up_people(tx)
    notary = a_notary(parts)
    worker = Worker(parts.queue, handlers(parts, notary), work.LANES, name=name, habits=habits)
    running = asyncio.create_task(worker.run(), name="worker")
    signing = asyncio.create_task(notary.run(), name="notary")
    log.info("worker started", worker=name)
    try:
        yield
    finally:
        worker.stop()
        await running
        signing.cancel()
        with suppress(asyncio.CancelledError):
            await signing


async def _serve_http(parts: Parts) -> None:
    settings = parts.settings
    ctx = replace(parts.ctx, store=SqlStore(parts.database, urgent=True))
    way_in = await inbound(parts, ctx)
    config = uvicorn.Config(
        web_app(parts, ctx, way_in),
        host=settings.bind_host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    with _bound(settings) as listener:
        _settle()
        log.info("listening", url=f"http://{settings.bind_host}:{listener.getsockname()[1]}")
        _outlive_signals()
        async with way_in.running():
            await uvicorn.Server(config).serve(sockets=[listener])


def _settle() -> None:
    """Tell the garbage collector that what stands now stands for good.

    A full collection looks at every object there is, and holds up whoever waits for an answer for a sixth of
    a second; nearly all of them are modules and tables.
    """
    gc.collect()
    gc.freeze()


def _bound(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.bind_host else socket.AF_INET
    try:
        return socket.create_server((settings.bind_host, settings.port), family=family, backlog=2048)
    except OSError as error:
        place, why = f"{settings.bind_host}:{settings.port}", error.strerror
        raise SettingsError(f"PORT, HOST: a free address of ours; {place} is not: {why}") from None


def _outlive_signals() -> None:
    """Uvicorn raises the signal that ended it once more, which would kill us with work in our hands."""
    for number in ENDING:
        asyncio.get_running_loop().add_signal_handler(number, lambda: None)


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, told.set)
    await told.wait()


def _require_migrated(settings: Settings) -> None:
    found = standing(settings.database_url)
    if found.needs_migration:
        raise StoreError("The database is not up to date; run `breakwater migrate` first.")
    if found.guards_missing:
        raise StoreError(
            f"The ledger's guards are gone ({', '.join(found.guards_missing)}). "
            "Run `breakwater migrate` to put them back."
        )


Start = Callable[[Settings], Coroutine[Any, Any, None]]
