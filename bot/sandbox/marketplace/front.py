"""What stands before the application: latency, and the faults that were ordered."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.sandbox.marketplace.desk import Arrived, stamp
from bot.sandbox.marketplace.faults import FaultPlan, Rule
from bot.sandbox.marketplace.problems import MEDIA_TYPE, problem
from bot.sandbox.marketplace.world import World

HUGE_BYTES = 5 * 1024 * 1024
FAULT = "marketplace.fault"
Peer = tuple[str, int]


@dataclass(slots=True)
class Connections:
    """Open connections by the peer's address, so that one can be cut without an answer."""

    open: dict[Peer, asyncio.Transport] = field(default_factory=dict)

    def protocol(self) -> type[H11Protocol]:
        """The protocol of uvicorn, which also tells us of its connections."""
        register = self.open

        class KnownConnection(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
                register[transport.get_extra_info("peername")[:2]] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                register.pop(self.transport.get_extra_info("peername")[:2], None)
                super().connection_lost(exc)

        return KnownConnection

    def cut(self, peer: Peer) -> None:
        """Close at once, without a byte.

        Raises:
            RuntimeError: there is no such connection; only the marketplace's own server can cut.
        """
        transport = self.open.get(peer)
        if transport is None:
            raise RuntimeError("a connection can only be cut by the marketplace's own server")
        transport.abort()


class FaultyFront:
    """Lets requests to `/v1` through as well, as late or as wrongly as ordered."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        world: World,
        plan: FaultPlan,
        connections: Connections,
        arrived: Callable[[Request, bytes, Rule | None], Arrived],
    ) -> None:
        self._app, self._world, self._plan = app, world, plan
        self._connections, self._arrived = connections, arrived

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        if self._plan.latency_ms:
            await asyncio.sleep(self._plan.latency_ms / 1000)
        rule = self._plan.strike(scope["method"], scope["path"])
        if rule is None:
            await self._app(scope, receive, send)
        elif rule.reaches:
            await self._misbehave(rule, {**scope, FAULT: rule}, receive, send)
        else:
            await self._keep_away(rule, scope, receive, send)

    async def _keep_away(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        """The request never reaches the control; the trail knows of it all the same."""
        request = Request(scope, receive)
        put = request.method == "PUT"
        if rule.kind == "ok_without_effect" and not put:
            await self._app(scope, receive, send)
            return
        raw = await request.body()
        if put:
            self._world.note_unreached(self._arrived(request, raw, rule))
        if rule.kind == "drop_before":
            await self._cut(scope, receive)
            return
        await self._false_answer(rule, request, raw)(scope, receive, send)

    def _false_answer(self, rule: Rule, request: Request, raw: bytes) -> Response:
        match rule.kind:
            case "html":
                return HTMLResponse("<!doctype html><title>Gateway</title><p>Please stand by.</p>")
            case "huge":
                return Response(b'{"padding":"' + b"x" * HUGE_BYTES + b'"}', media_type="application/json")
            case "redirect":
                return RedirectResponse(rule.location, status_code=302)
            case "ok_without_effect":
                return JSONResponse(self._as_if_set(request, raw), headers={"ETag": '"as-if"'})
            case _:
                code = rule.code or 500
                wait = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
                body = problem(code, "ordered_fault", f"{rule.kind}, as ordered")
                return JSONResponse(body, code, headers=wait, media_type=MEDIA_TYPE)

    def _as_if_set(self, request: Request, raw: bytes) -> dict[str, Any]:
        try:
            sent = json.loads(raw)
        except ValueError:
            sent = {}
        arrived = self._arrived(request, raw, None)
        told = {"generation": arrived.generation, "reason": arrived.reason}
        return {**(sent if isinstance(sent, dict) else {}), **told, "updated_at": stamp(self._world.now())}

    async def _misbehave(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        """The control sees the request; what comes of it is another matter."""
        path, put = scope["path"], scope["method"] == "PUT"
        known = path in self._world.desk.held
        if rule.kind == "stall":
            await self._stall(rule, scope, receive, send)
            return
        if rule.kind == "forget" and known and not put:
            self._world.forget(path)
        answer = HeldAnswer(send)
        await self._app(scope, receive, answer.take)
        if rule.kind == "forget" and known and put:
            self._world.forget(path)
        if rule.kind == "fail_after":
            body = problem(500, "ordered_fault", "fail_after, as ordered")
            await JSONResponse(body, 500, media_type=MEDIA_TYPE)(scope, receive, send)
        elif rule.kind == "drop_after":
            await self._cut(scope, receive)
        elif rule.kind == "lie" and known:
            await answer.release(lambda body: self._lied(rule, path, body))
        else:
            await answer.release(None)

    async def _stall(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        """The request is taken in first: a client that gives up meanwhile does not take it back."""
        raw = await Request(scope, receive).body()

        async def taken_in() -> Message:
            return {"type": "http.request", "body": raw, "more_body": False}

        await asyncio.sleep(float(rule.seconds or 0))
        await self._app(scope, taken_in, send)

    def _lied(self, rule: Rule, path: str, body: bytes) -> bytes:
        shown = rule.value or self._world.desk.another(path).fields()
        return json.dumps({**json.loads(body), **shown}).encode()

    async def _cut(self, scope: Scope, receive: Receive) -> None:
        """Close the connection, and wait until the server knows: else it would answer 500 for us."""
        host, port = scope["client"]
        self._connections.cut((host, port))
        while (await receive())["type"] != "http.disconnect":
            pass


class HeldAnswer:
    """An answer held back."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def take(self, message: Message) -> None:
        """Collects what the application sends."""
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")

    async def release(self, change: Callable[[bytes], bytes] | None) -> None:
        """Sends it on; a successful body may be changed."""
        succeeded = self._start["status"] == 200  # noqa: PLR2004  # OK
        body = change(self._body) if change is not None and succeeded else self._body
        headers = [(name, value) for name, value in self._start["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
