"""What is measured of this process and of the incidents it shows, for Prometheus."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from bot.domain.freeze import FreezeScope
from bot.usecases.frozen import standing_freeze
from bot.usecases.ports import Context, StoreError

SLACK = "/slack/events"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3)

JobsDue = Callable[[], Awaitable[Mapping[str, int]]]


class Metrics:
    """One process's own registry. Amounts of money are not in it: the page is not behind a password."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "breakwater_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.ack = Histogram(
            "breakwater_slack_ack_seconds",
            "Time to answer Slack, which waits 3 s.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.up = self._gauge("breakwater_database_up", "Whether the database answered just now.")
        self.incidents = self._gauge(
            "breakwater_open_incidents", "Incidents that have not ended.", ["environment", "phase"]
        )
        self.holds = self._gauge("breakwater_holds_in_force", "Holds in force in this environment.")
        self.frozen = self._gauge("breakwater_frozen", "Whether loosening or all is frozen.", ["scope"])
        self.ledger = self._gauge("breakwater_ledger_rows", "Rows of the ledger.")
        self.suggestions = self._gauge("breakwater_open_suggestions", "Suggestions nobody has decided on.")
        self.jobs = self._gauge("breakwater_jobs_due", "Jobs due and not yet done.", ["lane"])

    def measured(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        if route == SLACK:
            self.ack.observe(seconds)

    async def look(self, ctx: Context, jobs_due: JobsDue | None) -> None:
        """Read the gauges from the database; without it they say so and keep nothing old."""
        for gauge in (self.incidents, self.jobs, self.frozen):
            gauge.clear()
        try:
            await self._read(ctx)
            for lane, count in (await jobs_due() if jobs_due else {}).items():
                self.jobs.labels(lane).set(count)
            self.up.set(1)
        except StoreError:
            self.up.set(0)
            for gauge in (self.holds, self.ledger, self.suggestions):
                gauge.set(float("nan"))

    async def _read(self, ctx: Context) -> None:
        async with ctx.store.read() as tx:
            phases = Tally((i.environment.value, i.phase.value) for i in await tx.incidents.open())
            self.holds.set(len(await tx.holds.in_force(ctx.environment)))
            self.ledger.set((await tx.ledger.head()).seq)
            freeze = await standing_freeze(tx, ctx.environment)
            self.suggestions.set(len(await tx.suggestions.open()))
        for scope in FreezeScope:
            self.frozen.labels(scope.value).set(freeze is not None and freeze.scope is scope)
        for labels, count in phases.items():
            self.incidents.labels(*labels).set(count)

    def _gauge(self, name: str, meaning: str, labels: list[str] | None = None) -> Gauge:
        return Gauge(name, meaning, labels or [], registry=self.registry)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def metrics_router(ctx: Context, metrics: Metrics, jobs_due: JobsDue | None) -> APIRouter:
    """`GET /metrics`."""
    router = APIRouter()

    @router.get("/metrics")
    async def read_metrics() -> Response:
        await metrics.look(ctx, jobs_due)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
