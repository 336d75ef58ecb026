"""Whether this process lives, and whether everything it needs answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter

from bot.usecases.ports import StoreError
from bot.web.problems import Problem

Check = Callable[[], Awaitable[None]]
WITHIN = 2.0
_log = structlog.get_logger("bot.web")


class NotReady(Exception):
    """What a readiness check raises; `str()` is a sentence that may be shown to anyone."""


def health_router(readiness: Mapping[str, Check]) -> APIRouter:
    """`GET /healthz` and `GET /readyz`; every check is named and gets two seconds."""
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> dict[str, Any]:
        checks = await run_checks(readiness)
        down = [name for name, found in checks.items() if not found["ok"]]
        if down:
            said = f"Not ready: {', '.join(down)}."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, said, checks=checks)
        return {"status": "ready", "checks": checks}

    return router


async def run_checks(readiness: Mapping[str, Check]) -> dict[str, dict[str, Any]]:
    """Run all checks at once; one that hangs is left behind after two seconds, not waited for."""
    started = time.perf_counter()
    tasks = {name: asyncio.create_task(_checked(name, check)) for name, check in readiness.items()}
    if tasks:
        await asyncio.wait(tasks.values(), timeout=WITHIN)
    found = {}
    for name, task in tasks.items():
        if task.done():
            found[name] = task.result()
        else:
            task.cancel()
            seconds = time.perf_counter() - started
            found[name] = {
                "ok": False,
                "detail": f"no answer within {WITHIN:g} s",
                "ms": round(seconds * 1000),
            }
    return found


async def _checked(name: str, check: Check) -> dict[str, Any]:
    started = time.perf_counter()
    detail = ""
    try:
        await check()
    except (NotReady, StoreError) as error:
        detail = str(error)
    # A library may fail in ways only it knows, and its words may hold an address or a key.
    except Exception as error:  # noqa: BLE001 - readiness reports, it never falls over
        _log.warning("readiness check failed", check=name, error=type(error).__name__)
        detail = f"failed ({type(error).__name__})"
    ms = round((time.perf_counter() - started) * 1000)
    return {"ok": not detail, "ms": ms} | ({"detail": detail} if detail else {})
