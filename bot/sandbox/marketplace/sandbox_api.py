"""`/sandbox`: what no real marketplace has: faults, the clock, news and the end of the cause."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.sandbox.marketplace.alarms import Alarms
from bot.sandbox.marketplace.control_api import Guard
from bot.sandbox.marketplace.crowd import News
from bot.sandbox.marketplace.desk import stamp
from bot.sandbox.marketplace.faults import FaultPlan, Rule
from bot.sandbox.marketplace.problems import Refused
from bot.sandbox.marketplace.scenario import SCENARIOS
from bot.sandbox.marketplace.stories import STORIES, Story, wire
from bot.sandbox.marketplace.world import World


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Settings(_Body):
    """Latency for every `/v1` request, and whether the service compares generations."""

    latency_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None
    compare_generations: bool | None = None


class Clock(_Body):
    """Whether the market stands still; the controls work on."""

    paused: bool


class Forgotten(_Body):
    """The controls that return to their defaults at once, as after a restart without memory."""

    path: Annotated[str, Field(min_length=1, max_length=300)]


class Update(_Body):
    """A public update, now unless `at` says otherwise."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    at: AwareDatetime | None = None
    next_update_at: AwareDatetime | None = None
    key: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Told(_Body):
    """A scenario to begin, and its seed; the one there is when left out."""

    scenario: Annotated[str, Field(min_length=1, max_length=60)]
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None


def sandbox_router(world: World, plan: FaultPlan, guard: Guard, alarms: Alarms) -> APIRouter:
    """Everything that a rehearsal needs beyond the service."""
    router = APIRouter(prefix="/sandbox", tags=["sandbox"], dependencies=[Depends(guard)])
    _add_faults(router, plan)
    _add_settings(router, world, plan)
    _add_world(router, world)
    _add_stories(router, world, alarms)
    return router


def _add_faults(router: APIRouter, plan: FaultPlan) -> None:
    def listing() -> dict[str, Any]:
        return {"faults": [ordered.as_json() for ordered in plan.ordered]}

    @router.get("/faults", summary="The faults ordered")
    async def faults() -> dict[str, Any]:
        return listing()

    @router.post("/faults", status_code=201, summary="Order a fault")
    async def order(rule: Rule) -> dict[str, Any]:
        return plan.order(rule).as_json()

    @router.delete("/faults", summary="Drop all faults")
    async def clear() -> dict[str, Any]:
        return {"dropped": plan.cancel()}

    @router.delete("/faults/{fault_id}", summary="Drop one fault")
    async def cancel(fault_id: int) -> dict[str, Any]:
        if not plan.cancel(fault_id):
            raise Refused(404, "not_found", f"There is no fault {fault_id}.")
        return listing()


def _add_settings(router: APIRouter, world: World, plan: FaultPlan) -> None:
    def current() -> dict[str, Any]:
        return {"latency_ms": plan.latency_ms, "compare_generations": world.desk.compare_generations}

    @router.get("/settings", summary="Latency and generations")
    async def settings() -> dict[str, Any]:
        return current()

    @router.post("/settings", summary="Change latency or the comparing of generations")
    async def change(wanted: Settings) -> dict[str, Any]:
        if wanted.latency_ms is not None:
            plan.latency_ms = wanted.latency_ms
        if wanted.compare_generations is not None:
            world.desk.compare_generations = wanted.compare_generations
        return current()

    @router.post("/forget", summary="Let controls forget their settings")
    async def forget(forgotten: Forgotten) -> dict[str, Any]:
        anything = Rule(kind="forget", path=forgotten.path)
        paths = [path for path in world.desk.held if anything.meets("PUT", path)]
        for path in paths:
            world.forget(path)
        return {"forgotten": paths}


def _add_world(router: APIRouter, world: World) -> None:
    @router.post("/clock", summary="Stop the market or let it go on")
    async def clock(wanted: Clock) -> dict[str, Any]:
        world.pause(paused=wanted.paused)
        return {"paused": world.paused, "tick": world.model.tick}

    @router.post("/news", summary="Tell the customers something")
    async def news(update: Update) -> dict[str, Any]:
        at = (update.at or world.now()).astimezone(UTC)
        key = update.key or f"news:{at.isoformat()}:{update.text}"
        return {"heard": world.hear(News(key, at, update.text, _utc(update.next_update_at)))}

    @router.post("/cause-ended", summary="End what went wrong outside")
    async def cause_ended() -> dict[str, Any]:
        return {"ended": world.end_cause(), "tick": world.model.tick}


def _add_stories(router: APIRouter, world: World, alarms: Alarms) -> None:
    @router.get("/scenarios", summary="The stories there are")
    async def scenarios() -> dict[str, Any]:
        return {"scenarios": [told_as(STORIES[name]) for name in SCENARIOS]}

    @router.get("/story", summary="The story being told, what has come over the wire, and what fires")
    async def story() -> dict[str, Any]:
        world.catch_up()
        return _story(world, alarms)

    @router.post("/story", summary="Begin a scenario; the controls stay as they are")
    async def begin(wanted: Told) -> dict[str, Any]:
        scenario = SCENARIOS.get(wanted.scenario)
        if scenario is None:
            known = ", ".join(SCENARIOS)
            raise Refused(404, "not_found", f"There is no scenario {wanted.scenario}; there are {known}.")
        world.tell(scenario, world.model.seed if wanted.seed is None else wanted.seed)
        return _story(world, alarms)


def told_as(story: Story) -> dict[str, Any]:
    """A story for a picker; which class it leads to is for the commander to find out."""
    return {name: getattr(story, name) for name in ("name", "title", "story", "good")}


def _story(world: World, alarms: Alarms) -> dict[str, Any]:
    name = world.model.scenario.name
    lines = [
        {"at": stamp(world.start + timedelta(minutes=minute)), "source": heard.source, "text": heard.text}
        for minute, heard in wire(name, world.model.noted)
    ]
    return {
        **told_as(STORIES[name]),
        "told": world.told,
        "seed": world.model.seed,
        "start": stamp(world.start),
        "cause_ended": world.model.cause_ended,
        "wire": lines,
        "alerts": alarms.as_json(),
    }


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
