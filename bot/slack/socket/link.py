"""One connection: envelopes in, acks out, until it ends or Slack warns that it will."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import structlog

from bot.slack.socket.frames import Envelope, Goodbye, read
from bot.slack.socket.receiver import Receiver

FINAL = frozenset({"too_many_websockets", "link_disabled"})
log = structlog.get_logger(__name__)


class Link:
    """`wanting` is set once the connection needs a successor; `ended` once nothing more comes of it.

    `reason` says why, in Slack's word or ours. `since` is when it began to stand, on `monotonic`.
    """

    def __init__(
        self,
        ws: aiohttp.ClientWebSocketResponse,
        receiver: Receiver,
        monotonic: Callable[[], float],
    ) -> None:
        self.reason = ""
        self.wanting, self.ended = asyncio.Event(), asyncio.Event()
        self.since = monotonic()
        self._ws, self._receiver = ws, receiver
        self._answering: set[asyncio.Task[None]] = set()
        self._listening = asyncio.create_task(self._listen(), name="slack link")

    @property
    def stands(self) -> bool:
        """Whether envelopes may still come over it."""
        return not self.ended.is_set()

    async def retire(self, within: float) -> None:
        """Answer what has come, and close; after `within` seconds close in any case."""
        until = asyncio.get_running_loop().time() + within
        while self._answering and self.stands:
            left = until - asyncio.get_running_loop().time()
            if left <= 0:
                log.warning("slack.socket_unanswered", envelopes=len(self._answering))
                break
            await asyncio.wait(self._answering, timeout=left)
        await self._ws.close()
        await self._listening

    async def _listen(self) -> None:
        try:
            async for message in self._ws:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._hear(message.data)
                elif message.type is aiohttp.WSMsgType.ERROR:
                    self.reason = self.reason or _named(message.data)
        finally:
            self.reason = self.reason or f"closed ({self._ws.close_code})"
            self.ended.set()
            self.wanting.set()

    async def _hear(self, text: str) -> None:
        frame = read(text)
        if isinstance(frame, Envelope):
            task = asyncio.create_task(self._answer(frame), name=f"slack envelope {frame.id}")
            self._answering.add(task)
            task.add_done_callback(self._answered)
        elif isinstance(frame, Goodbye):
            self.reason = frame.reason
            self.wanting.set()
            if frame.reason in FINAL:
                await self._ws.close()

    async def _answer(self, envelope: Envelope) -> None:
        ack = await self._receiver.answer(envelope)
        if ack is None:
            return
        try:
            await self._ws.send_str(ack)
        except (ConnectionError, RuntimeError) as error:
            # Slack sends the envelope again over another connection; the receiver remembers its answer.
            log.info("slack.ack_unsent", reason=type(error).__name__)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("slack.broken", kind="envelope", exc_info=error)


def _named(error: object) -> str:
    return "no answer to a ping" if isinstance(error, aiohttp.ServerTimeoutError) else type(error).__name__
