"""An example description as the product uses it: real actuator, real database, real service."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

from bot.content.expand import read_controls
from bot.content.source import read_source
from bot.controls.calling import Reach
from bot.controls.outbound import Outbound
from bot.controls.registry import registries
from bot.domain.adapter import Service, Verify
from bot.domain.base import Environment
from bot.domain.control import Control
from bot.usecases import approvals, controls
from bot.usecases.ports import ControlAdapter
from bot.worker.actuate import Actuator
from tests.support.world import OVER, WHY, World, changed

EXAMPLES = Path(__file__).parents[3] / "runbooks" / "examples"
SOON = Verify(within=timedelta(milliseconds=400), every=timedelta(milliseconds=40))
WATCH = timedelta(minutes=1)
Services = dict[str, Service]


def example(name: str, env: Mapping[str, str]) -> tuple[Services, tuple[Control, ...]]:
    """The services and controls of an example, verified in less time."""
    part, errors = read_controls(read_source(EXAMPLES / f"{name}.yaml"), env, resolve_env=True)
    assert part, errors
    assert errors == []
    return part.value.services, tuple(hurried(c) for c in part.value.controls)


def hurried(control: Control) -> Control:
    """The same, that waits less for what does not come."""
    adapter = control.adapter.model_copy(update={"verify": SOON})
    return control.model_copy(update={"adapter": adapter})


def reaching(services: Services, secrets: Mapping[str, str] | None = None) -> Reach:
    """May call these services and nothing else."""
    places = [s.base_url if s.base_url.startswith("unix:") else place(s) for s in services.values()]
    outbound = Outbound.parse(",".join(places))
    return Reach(lambda: services, dict(secrets or {}).get, outbound, ssl.create_default_context())


def place(service: Service) -> str:
    """Its host and port."""
    return service.base_url.split("://")[-1].split("/")[0]


class Stage:
    """One control of the example, and what people and the clock do to it."""

    def __init__(self, world: World, services: Services, control: Control) -> None:
        self.world = world
        self.services = services
        self.control = control
        registry = registries(Environment.LIVE, reaching(services))
        self.adapter: ControlAdapter = registry[Environment.LIVE].of(control)
        world.content._content = changed(world.content.now, controls=(control,))
        world.handlers["actuate"] = Actuator(world.ctx, registry, WATCH)

    async def set(self, level: str) -> None:
        """Bob decides, and a worker carries it out once."""
        await controls.set_control(
            self.world.ctx, self.world.actor("bob"), "INC-1", self.control.id, level, WHY
        )
        await self.world.drain()

    async def release(self) -> None:
        """Bob proposes and Alice approves, and a worker carries it out once."""
        ctx, control = self.world.ctx, self.control.id
        made = await approvals.propose_release(ctx, self.world.actor("bob"), "INC-1", control, OVER)
        await approvals.approve(ctx, self.world.actor("alice"), made.id, made.hash)
        await self.world.drain()

    async def look(self) -> None:
        """The time of the next look has come."""
        await self.world.pass_time(minutes=1)
        await self.world.retry()

    async def level(self) -> str | None:
        """What the service itself says."""
        seen = await self.adapter.read(self.control, "all")
        found = self.control.level_of(seen.value)
        return found.id if found else None


@contextlib.asynccontextmanager
async def staged(world: World, services: Services, control: Control) -> AsyncIterator[Stage]:
    """An incident is declared, and the control is the only one there is."""
    await world.declared()
    yield Stage(world, services, control)
