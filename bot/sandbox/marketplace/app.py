"""The marketplace's HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Lifespan

from bot.sandbox.marketplace.alarms import Alarms
from bot.sandbox.marketplace.background import Task, running
from bot.sandbox.marketplace.control_api import Guard, control_router
from bot.sandbox.marketplace.faults import FaultPlan
from bot.sandbox.marketplace.front import Connections, FaultyFront
from bot.sandbox.marketplace.market_api import market_router
from bot.sandbox.marketplace.metrics import exposition
from bot.sandbox.marketplace.problems import MEDIA_TYPE, Refused, problem
from bot.sandbox.marketplace.sandbox_api import sandbox_router
from bot.sandbox.marketplace.world import World

CODES = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}


def build_app(
    world: World,
    plan: FaultPlan,
    *,
    token: str,
    connections: Connections | None = None,
    tasks: tuple[Task, ...] = (),
    alarms: Alarms | None = None,
) -> FastAPI:
    """The application; `tasks` run for as long as it serves, `alarms` is what its monitoring knows."""
    app = FastAPI(
        title="Sandbox marketplace",
        version="1",
        summary="Controls of a marketplace, with a market behind them and faults to order.",
        lifespan=_lifespan(tasks),
        docs_url=None,
        redoc_url=None,
    )
    guard = Guard(token)
    app.include_router(control_router(world, guard))
    app.include_router(market_router(world, guard))
    app.include_router(sandbox_router(world, plan, guard, alarms or Alarms()))
    _add_open_paths(app, world, plan)
    _add_problems(app)
    cuts = connections or Connections()
    app.add_middleware(FaultyFront, world=world, plan=plan, connections=cuts, arrived=guard.arrived)
    return app


def _lifespan(tasks: tuple[Task, ...]) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(tasks):
            yield

    return lifespan


def _add_open_paths(app: FastAPI, world: World, plan: FaultPlan) -> None:
    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    @app.get("/metrics", tags=["health"])
    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(exposition(world, plan), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_problems(app: FastAPI) -> None:
    """Every refusal is a problem document, the framework's own included."""

    def document(status: int, code: str, detail: str) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004  # Unauthorized
        return JSONResponse(problem(status, code, detail), status, headers=headers, media_type=MEDIA_TYPE)

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return document(error.status, error.code, error.detail)

    @app.exception_handler(HTTPException)
    async def framework(_: Request, error: HTTPException) -> JSONResponse:
        return document(error.status_code, CODES.get(error.status_code, "refused"), str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = "; ".join(
            f"{'.'.join(str(p) for p in item['loc'])}: {item['msg']}" for item in error.errors()
        )
        return document(422, "invalid_body", wrong)
