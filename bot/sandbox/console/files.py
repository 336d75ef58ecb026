"""The page and its files, each with the type that its name calls for."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

STATIC = Path(__file__).parent / "static"
NOT_FOUND = 404
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}


async def page(_request: Request) -> Response:
    """`GET /`."""
    return FileResponse(STATIC / "index.html", media_type=TYPES[".html"])


async def static(request: Request) -> Response:
    """`GET /console/static/…`: nothing outside the folder, nothing of a type not listed here."""
    wanted = (STATIC / request.path_params["path"]).resolve()
    if not wanted.is_relative_to(STATIC) or wanted.suffix not in TYPES or not wanted.is_file():
        raise HTTPException(NOT_FOUND)
    return FileResponse(wanted, media_type=TYPES[wanted.suffix])
