"""Signals in: alerts from Alertmanager or Grafana, and samples."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request

from bot.domain.errors import Stale
from bot.domain.trigger import Alert, Suggestion
from bot.usecases.ports import Context
from bot.usecases.signals import take_alerts, take_samples
from bot.web.alertmanager import read_alerts
from bot.web.problems import Problem
from bot.web.reading import require_bearer
from bot.web.samples import read_samples

AT_ONCE = 100
LISTED = 100
VARIABLE = "SIGNALS_TOKEN"


def signals_router(ctx: Context, token: str | None) -> APIRouter:
    """`POST /signals/alertmanager` and `POST /signals/samples`, for whoever bears the token."""
    router = APIRouter(prefix="/signals")

    @router.post("/alertmanager")
    async def alertmanager(request: Request) -> dict[str, int]:
        require_bearer(request, token, VARIABLE)
        alerts = read_alerts(await request.body(), ctx.clock.now())
        raised = []
        for start in range(0, len(alerts), AT_ONCE):
            raised += await _take(ctx, alerts[start : start + AT_ONCE])
        firing = sum(a.firing for a in alerts)
        return {
            "received": len(alerts),
            "firing": firing,
            "resolved": len(alerts) - firing,
            "suggestions": len(raised),
        }

    @router.post("/samples")
    async def samples(request: Request) -> dict[str, Any]:
        require_bearer(request, token, VARIABLE)
        body, kind = await request.body(), request.headers.get("content-type", "")
        found = read_samples(body, kind, ctx.content.now.signals, ctx.clock.now())
        if found.refused and not found.taken:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "No sample could be taken; the reasons are listed.",
                refused=found.refused[:LISTED],
                refused_count=len(found.refused),
            )
        new = await take_samples(ctx, found.taken) if found.taken else 0
        return {
            "accepted": len(found.taken),
            "new": new,
            "refused": found.refused[:LISTED],
            "refused_count": len(found.refused),
        }

    return router


async def _take(ctx: Context, alerts: list[Alert]) -> list[Suggestion]:
    """Take alerts; when another web process raised the same suggestion at that moment, look again once."""
    try:
        return await take_alerts(ctx, alerts)
    except Stale:
        return await take_alerts(ctx, alerts)
