"""The pages that anyone may read, drawn from the database each time: status, macros, their JSON and feed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from jinja2 import Environment as Jinja
from jinja2 import FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.usecases.ports import Context
from bot.usecases.public_page import MacroSet, PublicPage, macros_in_force, public_page
from bot.web import site as words
from bot.web import statuspage
from bot.web.edge import LOCKED
from bot.web.feed import atom_feed
from bot.web.site import Site, headline

FRESH = "public, max-age=5"
READ = ["GET", "HEAD"]
FILTERS = (words.clock, words.day, words.when, words.machine, words.capital, words.sentence, words.blocks)


class Pages:
    """Draws pages from `templates/web/`: one stylesheet, written into each page, and no script at all."""

    def __init__(self, templates_dir: Path, site: Site) -> None:
        self.site = site
        self._jinja = Jinja(
            loader=FileSystemLoader(templates_dir / "web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters |= {f.__name__: f for f in FILTERS}
        self._css = (templates_dir / "web" / "style.css").read_text("utf-8")
        hashed = base64.b64encode(hashlib.sha256(self._css.encode()).digest()).decode()
        self.policy = f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; {LOCKED}"

    def status(self, page: PublicPage) -> str:
        """The status page."""
        indicator = statuspage.indicator(page).value
        return self._draw(
            "status.html", page=page, headline=headline(page), indicator=indicator, now=page.now
        )

    def macros(self, sets: tuple[MacroSet, ...], now: datetime) -> str:
        """The support macros in force at a moment."""
        return self._draw("macros.html", sets=sets, now=now)

    def _draw(self, template: str, **facts: Any) -> str:
        css = Markup(self._css)  # noqa: S704 - the operator's own stylesheet, which may not be escaped
        return self._jinja.get_template(template).render(site=self.site, css=css, **facts)


def pages_router(ctx: Context, pages: Pages) -> APIRouter:
    """`/status` and `/macros`, with their JSON and feed."""
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse("/status", HTTPStatus.TEMPORARY_REDIRECT)

    @router.api_route("/status", methods=READ)
    async def status(request: Request) -> Response:
        html = pages.status(await _page(ctx))
        return _fresh(request, Response(html, media_type="text/html; charset=utf-8"), pages.policy)

    @router.api_route("/status/feed.atom", methods=READ)
    async def feed(request: Request) -> Response:
        body = atom_feed(pages.site, await _page(ctx))
        return _fresh(request, Response(body, media_type="application/atom+xml; charset=utf-8"))

    @router.api_route("/macros", methods=READ)
    async def macros(request: Request) -> Response:
        html = pages.macros(await _macros(ctx), ctx.clock.now())
        return _fresh(request, Response(html, media_type="text/html; charset=utf-8"), pages.policy)

    @router.api_route("/macros.json", methods=READ)
    async def macros_json(request: Request) -> Response:
        now = words.to_the_minute(ctx.clock.now())
        listed = [_macro_set(found) for found in await _macros(ctx)]
        body = {"as_of": words.machine(now), "environment": pages.site.environment.value, "in_force": listed}
        return _fresh(request, JSONResponse(body))

    for path, shape in _JSON.items():
        router.add_api_route(f"/api/v2/{path}.json", _json_page(ctx, pages.site, shape), methods=READ)
    return router


Shape = Callable[[Site, PublicPage], dict[str, Any]]
_JSON: dict[str, Shape] = {
    "summary": statuspage.summary,
    "status": statuspage.page_and_status,
    "components": statuspage.components,
    "incidents": statuspage.incidents,
    "incidents/unresolved": statuspage.unresolved,
}


def _json_page(ctx: Context, site: Site, shape: Shape) -> Callable[[Request], Any]:
    async def read(request: Request) -> Response:
        response = JSONResponse(shape(site, await _page(ctx)))
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return _fresh(request, response)

    return read


async def _page(ctx: Context) -> PublicPage:
    async with ctx.store.read() as tx:
        return await public_page(ctx, tx)


async def _macros(ctx: Context) -> tuple[MacroSet, ...]:
    async with ctx.store.read() as tx:
        return await macros_in_force(ctx, tx)


def _macro_set(found: MacroSet) -> dict[str, Any]:
    return {
        "incident": found.id,
        "at": words.machine(found.at),
        "next_update_at": words.machine(found.next_update_at) if found.next_update_at else None,
        "outdated": found.outdated,
        "macros": [m.model_dump() for m in found.macros],
    }


def _fresh(request: Request, response: Response, policy: str | None = None) -> Response:
    """Let readers keep it for seconds and ask whether it has changed; answer 304 when it has not."""
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": FRESH} | ({"Content-Security-Policy": policy} if policy else {})
    known = [t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    return response
