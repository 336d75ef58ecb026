"""Puts the routers together into the one application that the web process serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.domain.base import Environment
from bot.usecases.ports import Context
from bot.web.edge import Edge
from bot.web.health import Check, health_router
from bot.web.metrics import JobsDue, Metrics, metrics_router
from bot.web.pages import Pages, pages_router
from bot.web.problems import answer_problems
from bot.web.signals import signals_router
from bot.web.site import Site
from bot.web.slack import SlackFirst, SlackHandler, slack_app, slack_router


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the web process is told. `slack_missing` names the variables without which Slack is not served."""

    public_url: str
    templates_dir: Path
    environment: Environment = Environment.LIVE
    signals_token: str | None = field(default=None, repr=False)
    slack_missing: tuple[str, ...] = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")
    site_name: str = "Service status"


def create_app(
    ctx: Context,
    settings: WebSettings,
    slack: SlackHandler | None,
    readiness: Mapping[str, Check],
    jobs_due: JobsDue | None = None,
) -> ASGIApp:
    """The application. `jobs_due` counts jobs by lane for the metrics; without it they are left out.

    Raises OSError when the web templates cannot be read.
    """
    app = FastAPI(
        title=settings.site_name, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    metrics = Metrics()
    https = settings.public_url.startswith("https://")
    app.add_middleware(Edge, ids=ctx.ids, measured=metrics.measured, https=https)
    answer_problems(app)
    site = Site(settings.site_name, settings.public_url, settings.environment)
    pages = Pages(settings.templates_dir, site)
    for router in (
        slack_router(settings.slack_missing),
        signals_router(ctx, settings.signals_token),
        health_router(readiness),
        metrics_router(ctx, metrics, jobs_due),
        pages_router(ctx, pages),
    ):
        app.include_router(router)
    if slack is None:
        return app
    edge = Edge(slack_app(slack), ids=ctx.ids, measured=metrics.measured, https=https)
    return SlackFirst(edge, app)
