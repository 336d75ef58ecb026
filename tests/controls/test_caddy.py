"""The shipped Caddy example against a real Caddy, whose configuration is written by more than one hand."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.domain.base import Outcome
from bot.domain.control import Control, Value
from bot.usecases.ports import Changed, Order
from tests.controls.support.real import Process, free_port, program, running
from tests.controls.support.rigs import order
from tests.controls.support.staged import Stage, example, staged
from tests.support.world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.real
OPEN = {"@id": "withdrawals", "handler": "static_response", "status_code": 200, "body": "open"}


@dataclass
class Caddy:
    process: Process
    admin: int
    edge: int

    def traffic(self) -> int:
        """What a customer's request is answered with."""
        return httpx.get(f"http://127.0.0.1:{self.edge}/withdrawals/new", trust_env=False).status_code

    def by_hand(self, **changes: Any) -> None:
        """Somebody else writes the handler."""
        url = f"http://127.0.0.1:{self.admin}/id/withdrawals"
        assert httpx.patch(url, json={**OPEN, **changes}, trust_env=False).status_code == 200


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caddy]:
    folder = tmp_path_factory.mktemp("caddy")
    admin, edge = free_port(), free_port()
    route = {"handle": [OPEN]}
    server = {"listen": [f"127.0.0.1:{edge}"], "routes": [route], "automatic_https": {"disable": True}}
    config = {
        "admin": {"listen": f"127.0.0.1:{admin}", "config": {"persist": False}},
        "apps": {"http": {"servers": {"edge": server}}},
    }
    (folder / "caddy.json").write_text(json.dumps(config))
    argv = [program("caddy"), "run", "--config", f"{folder}/caddy.json"]
    env = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(Process(argv, (admin, edge), folder / "log", env)) as process:
        yield Caddy(process, admin, edge)


@pytest.fixture
async def stage(world: World, caddy: Caddy) -> AsyncIterator[Stage]:
    caddy.by_hand()
    env = {
        "CADDY_ADMIN": f"http://127.0.0.1:{caddy.admin}",
        "EDGE_URL": f"http://127.0.0.1:{caddy.edge}",
    }
    services, (control,) = example("caddy", env)
    async with staged(world, services, control) as made:
        yield made


def meanwhile(stage: Stage, caddy: Caddy, **changes: Any) -> None:
    """Somebody else writes the handler between our next read and our set."""
    adapter, plain = stage.adapter, stage.adapter.set

    async def late(control: Control, target: str, value: Value, order: Order) -> None:
        adapter.set = plain  # type: ignore[method-assign] # once
        caddy.by_hand(**changes)
        await plain(control, target, value, order)

    adapter.set = late  # type: ignore[method-assign] # the moment between two requests cannot be had otherwise


async def test_a_level_is_set_read_back_and_felt_by_traffic(stage: Stage, caddy: Caddy) -> None:
    for level, status in (("slowed", 429), ("stopped", 503)):
        await stage.set(level)
        assert (await stage.world.outcomes(stage.control.id))[-1] is Outcome.CONFIRMED
        assert (await stage.level(), caddy.traffic()) == (level, status)


async def test_a_stale_etag_is_answered_with_412_and_changes_nothing(stage: Stage, caddy: Caddy) -> None:
    seen = await stage.adapter.read(stage.control, "all")
    assert seen.etag
    caddy.by_hand(status_code=429, body="slowed")
    with pytest.raises(Changed, match="changed by somebody else"):
        await stage.adapter.set(
            stage.control, "all", stage.control.level("stopped").value, order(1, etag=seen.etag)
        )
    assert caddy.traffic() == 429


async def test_a_foreign_change_is_shown_and_not_overwritten_before_someone_decides(
    stage: Stage, caddy: Caddy
) -> None:
    meanwhile(stage, caddy, status_code=418, body="we are testing something")
    await stage.set("stopped")
    for _ in range(3):
        await stage.world.retry()
        assert caddy.traffic() == 418
    state = await stage.world.state(stage.control.id)
    assert (state.outcome, state.observed_level) == (Outcome.MISMATCH, None)
    assert "somebody else set it to what nothing here describes meanwhile" in state.detail
    assert any("it is left so until someone decides anew" in page for page in stage.world.pages("alice"))

    await stage.set("stopped")
    assert caddy.traffic() == 503
    assert (await stage.world.outcomes(stage.control.id))[-1] is Outcome.CONFIRMED


async def test_a_change_elsewhere_in_the_document_does_not_stop_us(stage: Stage, caddy: Caddy) -> None:
    meanwhile(stage, caddy, headers={"X-Note": ["somebody else's"]})
    await stage.set("stopped")
    assert await stage.world.outcomes(stage.control.id) == [Outcome.CONFIRMED]
    assert caddy.traffic() == 503
