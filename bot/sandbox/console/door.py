"""What every request to the console passes: loopback names only, no foreign page's deeds, strict headers."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
READING = frozenset({"GET", "HEAD"})
OWN_SITE = frozenset({"same-origin", "none"})
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}


class Door:
    """ASGI middleware.

    A name of somebody else's that resolves to loopback (DNS rebinding) is refused by its Host header; a
    deed asked for by another site's page is refused by what the browser says of its origin, and by asking
    for JSON, which no plain form can send.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = _refusal(scope["method"], Headers(scope=scope))
        await (refusal or self.app)(scope, receive, with_headers)


def _refusal(method: str, headers: Headers) -> Response | None:
    host = headers.get("host", "")
    if not _is_loopback(host):
        return _refused(
            HTTPStatus.MISDIRECTED_REQUEST, "The console answers to localhost and 127.0.0.1 only."
        )
    if method in READING:
        return None
    origin = headers.get("origin")
    foreign = origin is not None and origin != f"http://{host}"
    if foreign or headers.get("sec-fetch-site", "same-origin") not in OWN_SITE:
        return _refused(HTTPStatus.FORBIDDEN, "This can be asked for from the console's own page only.")
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    return None


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False


def _refused(status: HTTPStatus, detail: str) -> Response:
    return JSONResponse({"ok": False, "error": "refused", "detail": detail}, status_code=status)
