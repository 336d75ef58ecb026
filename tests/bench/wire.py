"""Slack's side of the wire: signed requests over connections that stand already, timed to the whole answer.

A client library's own work for fifty requests at once would be measured with the bot's; this sends bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

OK = 200
ALICE = {"id": "U01ALICE", "name": "alice", "username": "alice", "team_id": "T01SANDBOX"}


@dataclass(frozen=True, slots=True)
class Ack:
    """What came back: the status, the body as JSON where it is some, milliseconds and when it had come."""

    status: int
    body: Any
    ms: float
    at: float


@dataclass(slots=True)
class Wire:
    """The bot's front door, from Slack's side. `team_id` must be that of the strict Slack."""

    bot_url: str
    secret: str
    team_id: str = "T01SANDBOX"
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def command(self, text: str, channel: str = "C01GENERAL") -> bytes:
        """A slash command by Alice."""
        word, _, rest = text.partition(" ")
        fields = {
            "team_id": self.team_id,
            "channel_id": channel,
            "channel_name": "general",
            "user_id": ALICE["id"],
            "user_name": ALICE["name"],
            "command": word,
            "text": rest,
            "api_app_id": "A01",
            "response_url": "http://127.0.0.1:1/nowhere",
            "trigger_id": self._new("trigger"),
        }
        return self._signed(urlencode(fields))

    def click(self, button: dict[str, Any], channel: str = "C01GENERAL") -> bytes:
        """A press of a button that a private answer held."""
        action = {**button, "type": "button", "action_ts": f"{time.time():.6f}", "block_id": "actions"}
        return self._payload(
            type="block_actions",
            container={"type": "message", "message_ts": f"{time.time():.6f}", "channel_id": channel},
            channel={"id": channel, "name": "general"},
            response_url="http://127.0.0.1:1/nowhere",
            actions=[action],
        )

    def declaration(self, summary: str) -> bytes:
        """The submission of the declare modal."""
        typed = {"summary": {"summary": {"type": "plain_text_input", "value": summary}}}
        chosen = {"severity": {"severity": {"type": "static_select", "selected_option": {"value": "sev2"}}}}
        blocks = [{"type": "input", "block_id": name} for name in ("summary", "severity")]
        view = {
            "id": self._new("V"),
            "type": "modal",
            "callback_id": "declare",
            "private_metadata": json.dumps({"channel": "C01GENERAL"}),
            "blocks": blocks,
            "state": {"values": {**typed, **chosen}},
        }
        return self._payload(type="view_submission", view=view, response_urls=[])

    async def send(self, requests: Sequence[bytes]) -> list[Ack]:
        """Send them all at once, each over a connection of its own that stood before."""
        place = urlsplit(self.bot_url)
        lines = [await asyncio.open_connection(place.hostname, place.port) for _ in requests]
        try:
            return list(
                await asyncio.gather(*(_ask(*line, r) for line, r in zip(lines, requests, strict=True)))
            )
        finally:
            for _, writer in lines:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def rounds(self, made: Callable[[int], bytes], at_once: int, times: int) -> list[Ack]:
        """The same again and again; what they were answered."""
        acks: list[Ack] = []
        for number in range(times):
            acks += await self.send([made(number * at_once + i) for i in range(at_once)])
        return acks

    def _payload(self, **body: Any) -> bytes:
        person = {
            "user": {**ALICE, "team_id": self.team_id},
            "team": {"id": self.team_id, "domain": "breakwater"},
            "api_app_id": "A01",
            "is_enterprise_install": False,
            "trigger_id": self._new("trigger"),
        }
        return self._signed(urlencode({"payload": json.dumps({**person, **body})}))

    def _signed(self, body: str) -> bytes:
        stamp = str(int(time.time()))
        base = f"v0:{stamp}:{body}".encode()
        signature = "v0=" + hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        head = {
            "host": urlsplit(self.bot_url).netloc,
            "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(body.encode())),
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": signature,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"POST /slack/events HTTP/1.1\r\n{lines}\r\n{body}".encode()

    def _new(self, prefix: str) -> str:
        return f"{prefix}.{time.time_ns()}.{next(self._numbers)}"


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Ack:
    started = time.perf_counter()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next(int(li.split(":")[1]) for li in head.split("\r\n") if li.startswith("content-length:"))
    body = await reader.readexactly(length)
    ms = (time.perf_counter() - started) * 1000
    status = int(head.split(" ", 2)[1])
    try:
        answer: Any = json.loads(body)
    except ValueError:
        answer = body.decode()
    return Ack(status, answer, ms, time.time())
