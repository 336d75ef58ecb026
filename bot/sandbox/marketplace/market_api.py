"""`/v1/state` and `/v1/history`: the live numbers and the ticks behind them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from bot.sandbox.marketplace.control_api import Guard
from bot.sandbox.marketplace.desk import stamp
from bot.sandbox.marketplace.records import Record
from bot.sandbox.marketplace.world import World


def dated(world: World, at: datetime, record: Record) -> dict[str, Any]:
    """A record with its business time and minute."""
    return {
        "at": stamp(at),
        "minute": (record.second + world.model.tick_seconds) // 60,
        **record.as_json(),
    }


def _state(world: World) -> dict[str, Any]:
    latest = world.history[-1] if world.history else None
    return {
        "now": stamp(world.now()),
        "paused": world.paused,
        "seed": world.model.seed,
        "scenario": world.model.scenario.name,
        "tick_seconds": world.model.tick_seconds,
        "record": None if latest is None else dated(world, *latest),
    }


def _history(world: World, last: int, after: int) -> dict[str, Any]:
    records = [(at, record) for at, record in list(world.history)[-last:] if record.tick > after]
    return {
        "start": stamp(world.start),
        "tick_seconds": world.model.tick_seconds,
        "cause_ordered_tick": world.cause_ordered_tick,
        "records": [dated(world, at, record) for at, record in records],
    }


def market_router(world: World, guard: Guard) -> APIRouter:
    """What the market is like, now and before."""
    router = APIRouter(tags=["market"], dependencies=[Depends(guard)])

    @router.get("/v1/state", summary="The live numbers")
    async def state() -> dict[str, Any]:
        """The latest tick; `record` is null before the first."""
        world.catch_up()
        return _state(world)

    @router.get("/v1/history", summary="The ticks behind them")
    async def history(
        last: Annotated[int, Query(ge=1)] = 500, after: Annotated[int, Query(ge=-1)] = -1
    ) -> dict[str, Any]:
        """The last so many ticks, or those of them later than tick `after`, oldest first."""
        world.catch_up()
        return _history(world, last, after)

    return router
