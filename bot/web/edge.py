"""What every request passes: an id, a size limit, security headers, a measure, and the last catch."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.usecases.ports import Ids
from bot.web.problems import Problem, problem_response

MAX_BODY = 1_000_000
LOCKED = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_SECURITY = {
    "Content-Security-Policy": f"default-src 'none'; {LOCKED}",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_log = structlog.get_logger("bot.web")

Measured = Callable[[str, str, int, float], None]


class Edge:
    """ASGI middleware. `measured` is told method, route, status and seconds of every request."""

    def __init__(self, app: ASGIApp, *, ids: Ids, measured: Measured, https: bool) -> None:
        self.app = app
        self.ids = ids
        self.measured = measured
        hsts = {"Strict-Transport-Security": "max-age=31536000"} if https else {}
        self.headers = {**_SECURITY, **hsts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["request_id"] = self.ids.new("req")
        exchange = _Exchange(scope, receive, send, self.headers)
        started = time.perf_counter()
        try:
            await self._pass(scope, exchange)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self.measured(scope["method"], route, exchange.status, time.perf_counter() - started)

    async def _pass(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            exchange.check_length()
            await self.app(scope, exchange.receive, exchange.send)
        except Problem as problem:
            await exchange.refuse(problem)
        except (
            Exception
        ):  # the last catch of the process: whatever a handler raised becomes a 500 and a log line
            _log.exception("request failed", request_id=scope["request_id"], path=scope["path"])
            if exchange.begun:
                raise
            said = "Something went wrong here. Quote the request id when you report it."
            await exchange.refuse(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, said))


class _Exchange:
    """One request and its response as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        self.scope = scope
        self.status = 0
        self._receive = receive
        self._send = send
        self._headers = headers
        self._taken = 0

    @property
    def begun(self) -> bool:
        """Whether the response has started."""
        return self.status != 0

    def check_length(self) -> None:
        """Refuse a body that announces itself as too long. Raises Problem."""
        announced = dict(self.scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced[:20]) > MAX_BODY:
            raise _too_large()

    async def receive(self) -> Message:
        """The next piece of the body. Raises Problem once there is too much."""
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > MAX_BODY:
            raise _too_large()
        return message

    async def send(self, message: Message) -> None:
        """Pass a piece of the response on, with our headers where the response set none of its own."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.scope["request_id"]
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem document."""
        response = problem_response(problem, self.scope["request_id"])
        await response(self.scope, self.receive, self.send)


def _too_large() -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {MAX_BODY:,} bytes here.")
