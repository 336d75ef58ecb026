"""Keeps a connection to Slack standing for as long as the process runs, whatever becomes of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import structlog

from bot.slack.socket.backoff import Backoff
from bot.slack.socket.dial import MENDS, Dial, NoLink
from bot.slack.socket.link import FINAL, Link
from bot.slack.socket.receiver import Receiver

DRAIN_SECONDS = 3.0
log = structlog.get_logger(__name__)


@dataclass
class Line:
    """`running` keeps it; `trouble` is empty while a connection stands, else a sentence.

    A warned connection is kept until its successor stands and everything that came over it is answered.
    """

    dial: Dial
    receiver: Receiver
    backoff: Backoff
    monotonic: Callable[[], float]
    drain: float = DRAIN_SECONDS
    _trouble: str = "Socket Mode is connecting"
    _links: list[Link] = field(default_factory=list)
    _retiring: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def trouble(self) -> str:
        """Why no request of Slack's can come in now."""
        return "" if any(link.stands for link in self._links) else self._trouble

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep a connection for as long as the block runs; then answer what has come, and close."""
        async with aiohttp.ClientSession(trust_env=False) as session:
            keeping = asyncio.create_task(self._keep(session), name="slack line")
            try:
                yield
            finally:
                keeping.cancel()
                for link in self._links:
                    self._retire(link)
                await asyncio.gather(keeping, *self._retiring, return_exceptions=True)

    async def _keep(self, session: aiohttp.ClientSession) -> None:
        while True:
            try:
                wait = await self._once(session)
            except NoLink as failure:
                wait = self._failed(failure)
            # Whatever else goes wrong, a line that ended would leave us deaf until the next restart.
            except Exception as error:
                log.exception("slack.broken", kind="socket")
                wait = self._failed(NoLink(f"a defect of ours ({type(error).__name__})", slow=True))
            await asyncio.sleep(wait)

    async def _once(self, session: aiohttp.ClientSession) -> float:
        """One connection, up to when it needs a successor; seconds to wait before that one. Raises NoLink."""
        ws, hello = await self.dial.connect(session)
        link = Link(ws, self.receiver, self.monotonic)
        older, self._links = self._links, [link]
        for one in older:
            self._retire(one)
        log.info("slack.socket_connected", connections=hello.connections)
        await link.wanting.wait()
        return self._wanting(link)

    def _failed(self, failure: NoLink) -> float:
        wait = self.backoff.failed(slow=failure.slow, at_least=failure.at_least)
        mend = f"; {failure.mend}" if failure.mend else ""
        self._trouble = f"Socket Mode has no connection: {failure}{mend}"
        log.warning("slack.socket_refused", reason=str(failure), mend=failure.mend, seconds=round(wait, 2))
        return wait

    def _wanting(self, link: Link) -> float:
        wait = self.backoff.ended(self.monotonic() - link.since, slow=link.reason in FINAL)
        mend = f"; {MENDS[link.reason]}" if link.reason in MENDS else ""
        self._trouble = f"Socket Mode has lost its connection: {link.reason}{mend}"
        log.info("slack.socket_leaves", reason=link.reason, seconds=round(wait, 2))
        return wait

    def _retire(self, link: Link) -> None:
        task = asyncio.create_task(link.retire(self.drain))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
