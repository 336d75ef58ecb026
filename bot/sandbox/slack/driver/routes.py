"""The paths under `/sandbox/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.driver import control, deeds, modals, reading, sockets
from bot.sandbox.slack.driver.requests import (
    Account,
    Click,
    Close,
    Command,
    FaultOrder,
    Fill,
    Group,
    Membership,
    OpenHome,
    Settings,
    Shortcut,
    SocketOrder,
    Submit,
    Write,
)
from bot.sandbox.slack.driver.seen import Desk
from bot.sandbox.slack.driver.stream import history, stream_endpoint
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.model import Json

BAD_REQUEST = 400
Body = TypeVar("Body", bound=BaseModel)
Read = Callable[[Desk, dict[str, str]], Json]

READS: dict[str, Read] = {
    "channels": reading.channels,
    "messages": reading.messages,
    "history": history,
    "modal": reading.modal,
    "home": reading.home,
    "pins": reading.pins,
    "private": reading.private,
    "people": reading.people,
    "app": reading.app,
    "faults": control.list_faults,
    "calls": control.calls,
    "deliveries": control.deliveries,
    "refusals": control.refusals,
    "sockets": sockets.list_sockets,
}
MEMBERSHIPS = ("archive", "unarchive", "delete", "rename", "join", "leave", "invite", "remove")


def driver_routes(desk: Desk) -> list[Route]:
    """Every route of the driver."""
    deeds_ = {
        "command": _deed(desk, Command, deeds.command),
        "click": _deed(desk, Click, deeds.click),
        "message": _deed(desk, Write, deeds.write),
        "home_opened": _deed(desk, OpenHome, deeds.open_home),
        "shortcut": _deed(desk, Shortcut, deeds.take_shortcut),
        "fill": _deed(desk, Fill, modals.fill),
        "submit": _deed(desk, Submit, modals.submit),
        "close": _deed(desk, Close, modals.close),
        "faults": _deed(desk, FaultOrder, control.order_fault),
        "settings": _deed(desk, Settings, control.change_settings),
        "sockets": _deed(desk, SocketOrder, sockets.order_trouble),
        "account": _deed(desk, Account, control.change_account),
        "group": _deed(desk, Group, control.change_group),
        **{verb: _deed(desk, Membership, _membership(verb)) for verb in MEMBERSHIPS},
    }
    return [
        *(Route(f"/sandbox/{name}", endpoint, methods=["POST"]) for name, endpoint in deeds_.items()),
        *(Route(f"/sandbox/{name}", _read(desk, read), methods=["GET"]) for name, read in READS.items()),
        Route("/sandbox/stream", stream_endpoint(desk), methods=["GET"]),
        Route("/sandbox/faults", _clear(partial(control.clear_faults, desk)), methods=["DELETE"]),
        Route("/sandbox/calls", _clear(partial(control.clear_calls, desk)), methods=["DELETE"]),
    ]


Endpoint = Callable[[Request], Awaitable[Response]]


def _deed(desk: Desk, model: type[Body], act: Callable[[Desk, Body], Awaitable[Json]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            body = model.model_validate_json(await request.body() or b"{}")
            return JSONResponse(await act(desk, body))
        except ValidationError as problem:
            return _refusal("invalid_arguments", str(problem))
        except SlackError as error:
            return _refusal(error.code, str(error.extra.get("detail", error.code)))

    return endpoint


def _read(desk: Desk, read: Read) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(read(desk, dict(request.query_params)))
        except SlackError as error:
            return _refusal(error.code, error.code)
        except ValueError as problem:
            return _refusal("invalid_arguments", str(problem))

    return endpoint


def _clear(act: Callable[[], Json]) -> Endpoint:
    async def endpoint(_request: Request) -> Response:
        return JSONResponse(act())

    return endpoint


def _membership(verb: str) -> Callable[[Desk, Membership], Awaitable[Json]]:
    async def act(desk: Desk, deed: Membership) -> Json:
        return await control.change_membership(desk, deed, verb)

    return act


def _refusal(code: str, detail: str) -> Response:
    return JSONResponse({"ok": False, "error": code, "detail": detail}, status_code=BAD_REQUEST)
