"""One WebSocket of the app: what is sent over it, and the acks that come back."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web

from bot.sandbox.slack.model import Json

# Slack's server closes with 1009 and "Max frame length of 20480 has been exceeded", and sends the envelope
# again over every connection that follows: https://github.com/revelrylabs/slax/pull/614
FRAME_BYTES = 20_480
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the peer sees a TCP reset, not a goodbye
Reason = Literal["warning", "refresh_requested", "too_many_websockets", "link_disabled"]
Ack = Json


class Gone(Exception):
    """The connection ended before the envelope was acked."""


class Connection:
    """A WebSocket with its number; `silent` makes it half-open: it takes everything and says nothing.

    `leaving` is set once the app was warned; it gets no more envelopes while there is another.
    """

    def __init__(self, number: int, ws: web.WebSocketResponse, request: web.Request, at: datetime) -> None:
        self.number, self.at = number, at
        self.silent = self.leaving = self.open = False
        self.sent = self.acked = 0
        self._ws, self._transport = ws, request.transport
        self._waiting: dict[str, deque[asyncio.Future[Ack]]] = {}
        self._known: set[str] = set()

    async def greet(self, connections: int, app_id: str, seconds: float) -> None:
        """The first message; from then on envelopes may come."""
        about = {"host": "applink-1", "build_number": 1, "approximate_connection_time": int(seconds)}
        hello = {"type": "hello", "num_connections": connections, "debug_info": about}
        await self._say({**hello, "connection_info": {"app_id": app_id}})
        self.open = True

    async def ask(self, envelope: Json) -> Ack:
        """Send an envelope and wait for its ack. Raises Gone when the connection ends first."""
        name = envelope["envelope_id"]
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, deque()).append(answer)
        self._known.add(name)
        self.sent += 1
        await self._say(envelope)
        if not self.open and not answer.done():
            answer.set_exception(Gone())
        return await answer

    async def disconnect(self, reason: Reason) -> None:
        """Tell the app that this connection ends or has to; whoever calls closes it."""
        self.leaving = True
        debug = {"host": "applink-1"}
        await self._say({"type": "disconnect", "reason": reason, "debug_info": debug})

    async def close(self) -> None:
        """Say goodbye."""
        if not self.silent:
            await self._ws.close(code=WSCloseCode.GOING_AWAY)
        self.lost()

    def kill(self) -> None:
        """Reset the connection, as a failing network does."""
        if self._transport is not None:
            raw: socket.socket | None = self._transport.get_extra_info("socket")
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._transport.abort()
        self.lost()

    def lost(self) -> None:
        """Nothing more comes from here."""
        self.open = False
        for answers in self._waiting.values():
            for answer in answers:
                if not answer.done():
                    answer.set_exception(Gone())
        self._waiting.clear()

    async def listen(self, complain: Callable[[str], None]) -> None:
        """Take acks until the connection ends; what the app does against the rules is told in a sentence."""
        async for message in self._ws:
            if self.silent:
                continue
            if message.type is WSMsgType.PING:
                await self._ws.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._take(message.data, complain)
            elif message.type is WSMsgType.ERROR and isinstance(message.data, WebSocketError):
                complain(f"{WSCloseCode(message.data.code).name}; a frame has {FRAME_BYTES} bytes at most")
        self.lost()

    def _take(self, text: str, complain: Callable[[str], None]) -> None:
        try:
            ack: Any = json.loads(text)
        except ValueError:
            complain("a message that is not JSON")
            return
        name = ack.get("envelope_id") if isinstance(ack, dict) else None
        if not isinstance(name, str) or name not in self._known:
            complain(f"an ack of an envelope that this connection never carried: {text[:80]}")
            return
        payload = ack.get("payload")
        if payload is not None and not isinstance(payload, dict):
            complain(f"an ack whose payload is no object: {text[:80]}")
            return
        self.acked += 1
        waiting = self._waiting.get(name)
        if waiting:
            answer = waiting.popleft()
            if not answer.done():
                answer.set_result(ack)

    async def _say(self, message: Json) -> None:
        if self.silent:
            return
        try:
            await self._ws.send_str(json.dumps(message))
        except (ConnectionError, RuntimeError):
            # aiohttp: a reset is a ConnectionError, writing after close a RuntimeError.
            self.lost()

    def as_json(self) -> Json:
        """What `GET /sandbox/sockets` shows of it."""
        shown = {"number": self.number, "at": self.at.isoformat(), "sent": self.sent, "acked": self.acked}
        return {**shown, "silent": self.silent, "leaving": self.leaving}
