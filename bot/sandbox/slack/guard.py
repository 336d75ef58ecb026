"""What every request of the app passes: the off switch, latency, the fault plan and the call log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.sandbox.slack.connection import drop
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import API_KINDS, Fault
from bot.sandbox.slack.journal import ApiCall, Refusal
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.workspace import Workspace

TOO_MANY = 429
Run = Callable[[ApiCall, Sequence[Fault]], Awaitable[Response]]


async def guarded(workspace: Workspace, request: Request, name: str, run: Run) -> Response:
    """Answer through `run`, or as the fault plan orders; logged either way under `name`."""
    entry = ApiCall(name, workspace.now())
    started = workspace.monotonic()
    try:
        return await _answer(workspace, request, entry, run)
    finally:
        entry.ms = round((workspace.monotonic() - started) * 1000, 3)
        workspace.journal.calls.add(entry)


def too_many(entry: ApiCall, retry_after: int) -> Response:
    """Status 429 with its Retry-After in seconds."""
    entry.status, entry.error = TOO_MANY, "ratelimited"
    headers = {"Retry-After": str(retry_after)}
    return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=TOO_MANY, headers=headers)


def raise_ordered_error(faults: Sequence[Fault]) -> None:
    """Refuse with the error code that the fault plan ordered, if it did."""
    for fault in faults:
        if fault.kind == "error" and fault.error == "missing_scope":
            raise SlackError(fault.error, needed="a:scope", provided="chat:write")
        if fault.kind == "error":
            raise SlackError(fault.error)


def record_refusal(workspace: Workspace, where: str, body: Json) -> None:
    """Keep a payload's broken rules where a test finds them."""
    messages = [str(line) for line in body.get("errors", [])]
    workspace.journal.refusals.add(Refusal(where, workspace.now(), str(body["error"]), messages))


async def _answer(workspace: Workspace, request: Request, entry: ApiCall, run: Run) -> Response:
    plan = workspace.faults
    if plan.down:
        entry.fault = "down"
        return await drop(request)
    if plan.latency_ms:
        await asyncio.sleep(plan.latency_ms / 1000)
    faults = plan.strike(entry.method, API_KINDS)
    entry.fault = ", ".join(fault.kind for fault in faults) or None
    early = await _before(faults, request, entry)
    if early is not None:
        return early
    response = await run(entry, faults)
    if any(fault.kind == "drop_after" for fault in faults):
        entry.status = 0
        return await drop(request)
    return response


async def _before(faults: Sequence[Fault], request: Request, entry: ApiCall) -> Response | None:
    for fault in faults:
        if fault.kind == "slow":
            await asyncio.sleep(fault.ms / 1000)
        elif fault.kind == "drop_before":
            return await drop(request)
        elif fault.kind == "rate_limited":
            return too_many(entry, fault.retry_after)
        elif fault.kind == "server_error":
            entry.status = fault.status
            return PlainTextResponse("Service Unavailable", status_code=fault.status)
    return None
