"""The content a process runs on: read from its files, swapped whole, and kept in step with the deployment.

Every process looks at the database for the digest now in force, reads its own files when it is another, and
takes them only if they are that content and nothing that is held is in the way.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog

from bot.bootstrap.content import LoadedContent
from bot.bootstrap.operator import operator
from bot.bootstrap.settings import Settings, SettingsError
from bot.content import ContentErrors, Texts, load
from bot.domain.content import Content
from bot.domain.outline import SHORT, Outline, outline
from bot.usecases import reload as use
from bot.usecases.ports import Context, StoreError

LOOK_EVERY = 1.0  # seconds
REPORT_EVERY = 15.0
TRY_AGAIN = 5.0
log = structlog.get_logger(__name__)


class LoadedTexts:
    """The operator's templates now in force."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def render(self, template: str, /, **facts: Any) -> str:
        """Render a template by its path. Raises ContentError when it cannot."""
        return self.texts.render(template, **facts)


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What lies in the folders, read and checked."""

    content: Content
    texts: Texts
    outline: Outline


def read_on_disk(settings: Settings, *, resolve_env: bool = True) -> OnDisk:
    """Read everything. Raises ContentErrors."""
    folders = (settings.runbooks_dir, settings.templates_dir)
    content = load(*folders, os.environ, resolve_env=resolve_env)
    texts = Texts(settings.templates_dir)
    return OnDisk(content, texts, outline(content, texts.sources))


@dataclass(slots=True)
class Edition:
    """What this process runs on. `take` swaps all of it: nothing is awaited between its parts."""

    loaded: LoadedContent
    texts: LoadedTexts
    outline: Outline

    def take(self, found: OnDisk) -> None:
        """Run on this from now on."""
        self.loaded.take(found.content)
        self.texts.texts = found.texts
        self.outline = found.outline


def edition_of(content: Content, texts: Texts) -> Edition:
    """What a process runs on that starts with this."""
    return Edition(LoadedContent(content), LoadedTexts(texts), outline(content, texts.sources))


class Follower:
    """Keeps one process on the content in force; SIGHUP makes it bring its own files into force.

    `refused` says why the files of this process could not come into force when it was told so, `behind` why
    it runs on other content than the deployment; both are empty when all is well.
    """

    def __init__(self, settings: Settings, ctx: Context, edition: Edition, role: str) -> None:
        self.settings = settings
        self.ctx = ctx
        self.edition = edition
        self.role = role
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.asked = asyncio.Event()
        self.refused = ""
        self.behind = ""
        self._tried = 0.0
        self._reported = (0.0, "", "")

    @property
    def trouble(self) -> str:
        """What is wrong, in one line."""
        return "; ".join(reason for reason in (self.refused, self.behind) if reason)

    async def begin(self, content: Content) -> None:
        """Bring what this process started on into force. Raises ReloadRefused, StoreError."""
        found = await use.reload(self.ctx, None, content, self.edition.outline, f"start of {self.name}")
        if found.anew and found.before is not None:
            log.info("other content in force", digest=found.after.short, changes=use.summary(found.changes))
        await self.report()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                if self.asked.is_set():
                    self.asked.clear()
                    self.refused = self._said(self.refused, await self.announce())
                await self.look()
                await self.report()
            except StoreError as error:
                log.warning("content not followed", reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self.asked.wait(), LOOK_EVERY)

    async def announce(self) -> str:
        """Bring what lies in the files of this process into force; why not, or nothing. Raises StoreError."""
        disk = await self._read()
        if isinstance(disk, str):
            return disk
        try:
            found = await use.reload(self.ctx, operator("signal"), disk.content, disk.outline, "SIGHUP")
        except use.ReloadRefused as refused:
            return "; ".join(refused.reasons)
        if not found.anew:
            log.info("nothing to reload", digest=found.after.short)
        return ""

    async def look(self) -> None:
        """Take up what is in force, when it is other than what runs here. Raises StoreError."""
        async with self.ctx.store.read() as tx:
            wanted = await use.in_force(tx)
        if wanted is None or wanted.digest == self.edition.outline.digest:
            self.behind = ""
            return
        if self.behind and time.monotonic() - self._tried < TRY_AGAIN:
            return
        self._tried = time.monotonic()
        self.behind = self._said(self.behind, await self._catch_up(wanted))

    async def _catch_up(self, wanted: Outline) -> str:
        """Run on what is in force; why not, or nothing."""
        disk = await self._read()
        if isinstance(disk, str):
            return disk
        if disk.outline.digest != wanted.digest:
            return f"the files here are content {disk.outline.short}, in force is {wanted.short}"
        async with self.ctx.store.read() as tx:
            reasons = await use.obstacles(tx, self.edition.outline, disk.content)
        if reasons:
            return "; ".join(reasons)
        self.edition.take(disk)
        self.refused = ""
        log.info("content reloaded", digest=wanted.short, role=self.role)
        return ""

    async def _read(self) -> OnDisk | str:
        """The files of this process, or why they cannot be used."""
        try:
            return await asyncio.to_thread(read_on_disk, self.settings)
        except ContentErrors as wrong:
            count = len(wrong.errors)
            return f"{count} mistake{'s' if count > 1 else ''}, the first: {wrong.errors[0]}"
        except (SettingsError, OSError) as error:
            return str(error)

    def _said(self, before: str, reason: str) -> str:
        if reason and reason != before:
            log.error("content refused", reason=reason, still=self.edition.outline.short)
        return reason

    async def report(self) -> None:
        """Say what runs here, when that is news or long said. Raises StoreError."""
        now, (at, digest, trouble) = time.monotonic(), self._reported
        if (digest, trouble) == (self.edition.outline.digest, self.trouble) and now - at < REPORT_EVERY:
            return
        state = use.ProcessState(
            role=self.role,
            digest=self.edition.outline.digest,
            at=self.ctx.clock.wall(),
            trouble=self.trouble,
        )
        await use.report(self.ctx, self.name, state)
        self._reported = (now, state.digest, state.trouble)


@asynccontextmanager
async def following(
    settings: Settings, ctx: Context, edition: Edition, content: Content, role: str
) -> AsyncIterator[Follower]:
    """Keep a process in step until the block ends. Raises ReloadRefused, StoreError before it begins."""
    follower = Follower(settings, ctx, edition, role)
    await follower.begin(content)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, follower.asked.set)
    task = asyncio.create_task(follower.run(), name="content")
    log.info("content in force", digest=edition.outline.digest[:SHORT], role=role)
    try:
        yield follower
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        with suppress(StoreError):
            await use.leave(ctx, follower.name)
