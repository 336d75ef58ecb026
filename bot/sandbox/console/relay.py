"""`/console/slack/*`: what the page asks of the strict Slack, handed on to its driver, and nothing else."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

DEEDS = (
    *("command", "click", "message", "home_opened", "shortcut"),
    *("fill", "submit", "close", "join", "leave"),
)
READS = ("history",)
SPOILS = ("tamper", "times", "team_id", "escape")
SECONDS = 30.0
LARGEST_DEED = 200_000
LARGEST_FILE = 20_000_000
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
AWAY = "The sandbox's Slack does not answer. Is it still running?"
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}


class Relay:
    """Hands deeds and looks on to the driver at `slack_url`, exactly as scripted people use it."""

    def __init__(self, slack_url: str) -> None:
        self.slack_url = slack_url.rstrip("/")

    def routes(self) -> list[Route]:
        """Every route under `/console/slack/`."""
        return [
            *(Route(f"/console/slack/{name}", self.deed, methods=["POST"]) for name in DEEDS),
            *(Route(f"/console/slack/{name}", self.read, methods=["GET"]) for name in READS),
            Route("/console/slack/stream", self.stream, methods=["GET"]),
            Route("/console/slack/files/{number}", self.file, methods=["GET"]),
        ]

    async def deed(self, request: Request) -> Response:
        """A person does something; deliveries are never spoiled from the page."""
        body = await request.body()
        try:
            asked = json.loads(body) if len(body) <= LARGEST_DEED else None
        except ValueError:
            asked = None
        if not isinstance(asked, dict) or any(name in asked for name in SPOILS):
            return _refusal(400, "invalid_arguments", "This is no deed that the page can ask for.")
        return await self._hand_on("POST", _name(request), json=asked)

    async def read(self, request: Request) -> Response:
        """A person looks at something."""
        return await self._hand_on("GET", _name(request), params=dict(request.query_params))

    async def stream(self, request: Request) -> Response:
        """Server-sent events: a `snapshot` first, then what changes; resumes after Last-Event-ID."""
        kept = {k: v for k, v in request.headers.items() if k == "last-event-id"}
        after = {"after": request.query_params.get("after", "")}
        opened = self._open("GET", "/sandbox/stream", headers=kept, params=after)
        try:
            answer = await opened.__aenter__()
        except httpx.HTTPError:
            return _refusal(503, "slack_away", AWAY)
        if not answer.is_success:
            await opened.__aexit__(None, None, None)
            return _refusal(503, "slack_away", AWAY)

        async def frames() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            except httpx.HTTPError:
                return  # the page sees the stream end, says so and comes back
            finally:
                await opened.__aexit__(None, None, None)

        return StreamingResponse(frames(), media_type="text/event-stream")

    async def file(self, request: Request) -> Response:
        """A picture that the app uploaded; whatever is no picture is handed over as a download."""
        try:
            async with self._open("GET", f"/files/{_number(request)}") as answer:
                content = await answer.aread() if answer.is_success else b""
        except httpx.HTTPError:
            return _refusal(503, "slack_away", AWAY)
        if not content or len(content) > LARGEST_FILE:
            return _refusal(404, "file_not_found", "There is no such file.")
        for magic, kind in PICTURES.items():
            if content.startswith(magic):
                return Response(content, media_type=kind)
        saved = {"Content-Disposition": "attachment"}
        return Response(content, media_type="application/octet-stream", headers=saved)

    async def _hand_on(self, verb: str, name: str, **given: object) -> Response:
        try:
            async with self._open(verb, f"/sandbox/{name}", **given) as answer:
                content = await answer.aread()
        except httpx.HTTPError:
            return _refusal(503, "slack_away", AWAY)
        return Response(content, status_code=answer.status_code, media_type="application/json")

    @asynccontextmanager
    async def _open(self, verb: str, path: str, **given: object) -> AsyncIterator[httpx.Response]:
        async with (
            httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=SECONDS) as client,
            client.stream(verb, self.slack_url + path, **given) as answer,  # type: ignore[arg-type]  # httpx's own keywords
        ):
            yield answer


def _name(request: Request) -> str:
    return request.url.path.rpartition("/")[2]


def _number(request: Request) -> str:
    return "".join(c for c in str(request.path_params["number"]) if c.isalnum())


def _refusal(status: int, error: str, detail: str) -> Response:
    return JSONResponse({"ok": False, "error": error, "detail": detail}, status_code=status)
