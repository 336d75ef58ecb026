"""`/console/world/*`: the marketplace, live, and the commands that begin a story or change its pace."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Literal, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.console.director import Director, UnknownSpeed
from bot.sandbox.console.feed import Feed
from bot.sandbox.staging.market import Json

QUIET_SECONDS = 10.0
LARGEST = 2_000
AWAY = "The marketplace does not answer; nothing was changed."
Body = TypeVar("Body", bound=BaseModel)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Begin(_Asked):
    """A scenario, and a seed when it shall not be the one there is."""

    scenario: Annotated[str, Field(min_length=1, max_length=60)]
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None


class Pace(_Asked):
    """Another speed, pause or go on."""

    speed: Literal[1, 5, 20] | None = None
    paused: bool | None = None


class _Refused(Exception):
    """A body that cannot be taken; the message says why."""


def world_routes(feed: Feed, director: Director) -> list[Route]:
    """The routes of the marketplace's part of the page."""

    async def scenarios(_: Request) -> Response:
        try:
            return JSONResponse({"scenarios": await director.market.scenarios()})
        except httpx.HTTPError:
            return _away()

    async def begin(request: Request) -> Response:
        try:
            wanted = await _body(request, Begin)
            return JSONResponse({"ok": True, "story": await director.begin(wanted.scenario, wanted.seed)})
        except _Refused as refused:
            return _refusal(HTTPStatus.BAD_REQUEST, "invalid_arguments", str(refused))
        except httpx.HTTPStatusError as error:
            return _refusal(HTTPStatus.NOT_FOUND, "no_such_scenario", error.response.json()["detail"])
        except httpx.HTTPError:
            return _away()

    async def pace(request: Request) -> Response:
        try:
            wanted = await _body(request, Pace)
            director.set_pace(speed=wanted.speed, paused=wanted.paused)
        except (_Refused, UnknownSpeed) as refused:
            return _refusal(HTTPStatus.BAD_REQUEST, "invalid_arguments", str(refused))
        beat = director.conductor.beat
        return JSONResponse({"ok": True, "scale": beat.scale, "paused": beat.paused})

    async def events(_: Request) -> Response:
        return StreamingResponse(_frames(feed), media_type="text/event-stream")

    return [
        Route("/console/world/events", events, methods=["GET"]),
        Route("/console/world/scenarios", scenarios, methods=["GET"]),
        Route("/console/world/scenario", begin, methods=["POST"]),
        Route("/console/world/pace", pace, methods=["POST"]),
    ]


async def _frames(feed: Feed) -> AsyncIterator[bytes]:
    """The story so far, then each look with the ticks that are new since the one before."""
    version = told = 0
    tick = -1
    while True:
        latest = await feed.changed(version, QUIET_SECONDS)
        if latest == version:
            yield b": nothing new\n\n"
            continue
        version = latest
        anew = told != feed.told
        told, tick = feed.told, -1 if anew else tick
        new = [one for one in feed.points if one["tick"] > tick]
        tick = new[-1]["tick"] if new else tick
        yield _event(version, {**feed.view, "anew": anew, "ticks": new})


def _event(number: int, data: Json) -> bytes:
    return f"id: {number}\nevent: world\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


async def _body(request: Request, model: type[Body]) -> Body:
    raw = await request.body()
    if len(raw) > LARGEST:
        raise _Refused("This is more than a command can be.")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _Refused(f"{where}: {first['msg']}" if where else str(first["msg"])) from None


def _away() -> Response:
    return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "marketplace_away", AWAY)


def _refusal(status: HTTPStatus, error: str, detail: str) -> Response:
    return JSONResponse({"ok": False, "error": error, "detail": detail}, status_code=status)
