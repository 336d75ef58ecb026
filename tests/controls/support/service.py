"""A good service, as small as one can be, with faults to order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any
from urllib.parse import unquote

NORMAL = {"status": "open", "limit": "250000"}
KNOWN = "/v1/desks/usdt%2Fmain/limit"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Reply = tuple[int, dict[str, str], bytes]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Fault(StrEnum):
    """How the service misbehaves until told otherwise."""

    DROP_BEFORE = auto()
    DROP_AFTER = auto()
    STALL_BEFORE = auto()
    STALL_AFTER = auto()
    DRIP = auto()
    LIE = auto()
    HTML = auto()
    HUGE = auto()
    SQUEEZED = auto()
    REDIRECT = auto()
    ERROR = auto()
    BUSY = auto()
    TATTLE = auto()


@dataclass
class Seen:
    """One request as it came in; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Setting:
    """One setting, and the order that made it what it is."""

    value: dict[str, Any]
    version: int = 1
    mark: tuple[int, int] = (0, 0)
    keys: set[str] = field(default_factory=set)


@dataclass
class GoodService:
    """Compares generations, honours keys and ETags, and counts what took effect."""

    fault: Fault | None = None
    secret: str = field(default="s3cret/of+the=service", repr=False)
    setting: Setting = field(default_factory=lambda: Setting(dict(NORMAL)))
    effects: list[tuple[int, int]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list, repr=False)
    hang_up: Callable[[tuple[str, int]], None] = lambda _peer: None
    at_once: int = 0
    most_at_once: int = 0

    def forget(self) -> None:
        """Restart without a memory of settings, generations or keys."""
        self.setting = Setting(dict(NORMAL))

    def change(self, value: dict[str, Any]) -> None:
        """Somebody else sets it."""
        self.setting.value = dict(value)
        self.setting.version += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, by ASGI."""
        body = await _body(receive)
        headers = {k.decode().lower(): v.decode() for k, v in scope["headers"]}
        request = Seen(scope["method"], scope["raw_path"].decode(), headers, body)
        self.seen.append(request)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self._serve(request, scope, receive, send)
        finally:
            self.at_once -= 1

    async def _serve(self, request: Seen, scope: Scope, receive: Receive, send: Send) -> None:
        match self.fault:
            case Fault.DROP_BEFORE:
                self.hang_up(tuple(scope["client"]))
            case Fault.DROP_AFTER:
                self._answer(request)
                self.hang_up(tuple(scope["client"]))
            case Fault.STALL_BEFORE:
                await _gone(receive)
            case Fault.STALL_AFTER:
                self._answer(request)
                await _gone(receive)
            case Fault.DRIP:
                await _drip(receive, send)
            case _:
                status, extra, answer = self._misbehave(request) or self._answer(request)
                await _reply(send, status, extra, answer)

    def _misbehave(self, request: Seen) -> Reply | None:
        told = self._tattle(request)
        replies: dict[Fault, Reply] = {
            Fault.HTML: (200, {"content-type": "text/html"}, b"<html>Sign in</html>"),
            Fault.HUGE: (200, {}, b'{"state": "' + b"x" * 5_000_000 + b'"}'),
            Fault.SQUEEZED: (200, {"content-encoding": "gzip"}, b"\x1f\x8b"),
            Fault.REDIRECT: (307, {"location": f"http://elsewhere.test/?token={self.secret}"}, b""),
            Fault.ERROR: (500, {}, told),
            Fault.BUSY: (429, {"retry-after": "1"}, b""),
            Fault.TATTLE: (422, {"content-type": "application/problem+json"}, told),
        }
        if self.fault == Fault.LIE and request.method == "PUT":
            return 200, {}, b"{}"
        return replies.get(self.fault) if self.fault else None

    def _tattle(self, request: Seen) -> bytes:
        told = request.headers.get("authorization", "nobody")
        detail = f"Not\u202e\nyou: {'so ' * 82}{told}"
        return json.dumps({"title": "No", "detail": detail}).encode()

    def _answer(self, request: Seen) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.secret}":
            return _problem(401, "unauthorized")
        if request.path != KNOWN:
            return _problem(404, "no_such_desk")
        if request.method == "PUT" and (refusal := self._put(request)):
            return refusal
        answer = json.dumps({"desk": "main", "state": self.setting.value}).encode()
        return 200, {"etag": f'"{self.setting.version}"'}, answer

    def _put(self, request: Seen) -> Reply | None:
        key = request.headers.get("idempotency-key", "")
        epoch, _, generation = request.headers.get("generation", "0/0").partition("/")
        mark = (int(epoch), int(generation))
        if key in self.setting.keys:
            return None
        if mark <= self.setting.mark:
            return _problem(409, "generation_superseded")
        if request.headers.get("if-match", f'"{self.setting.version}"') != f'"{self.setting.version}"':
            return _problem(412, "changed")
        self.setting.value = json.loads(request.body)
        self.setting.version += 1
        self.setting.mark = mark
        self.setting.keys.add(key)
        self.effects.append(mark)
        return None


def reason_of(seen: Seen) -> str:
    """The reason a request carried, as a person reads it."""
    return unquote(seen.headers["reason"])


def _problem(status: int, name: str) -> Reply:
    problem = {"type": f"https://service.test/problems/{name}", "title": name.replace("_", " ")}
    return status, {"content-type": "application/problem+json"}, json.dumps(problem).encode()


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _reply(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    headers = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    raw = [(name.encode(), text.encode()) for name, text in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(receive: Receive, send: Send) -> None:
    """A byte now and then, always sooner than any timeout between two bytes would notice."""
    leaving = asyncio.ensure_future(_gone(receive))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while not leaving.done():
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.wait([leaving], timeout=0.02)
