"""The shipped Envoy example against a real Envoy, whose runtime says yes to anything."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.domain.adapter import HttpAdapter
from bot.domain.base import Outcome
from bot.domain.control import Control
from tests.controls.support.real import Process, free_port, program, running
from tests.controls.support.staged import Stage, example, staged
from tests.support.world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.real
KEY, LEFTOVER = "edge.withdrawals.abort", "edge.everything.abort"


def config(admin: int, edge: int) -> dict[str, Any]:
    """One listener that answers 200 unless a fault filter aborts: ours, or an old one."""
    filters = [_fault(KEY), _fault(LEFTOVER), _typed("router.v3.Router", "envoy.filters.http.router")]
    answer = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "open"}}}
    manager = {
        "@type": _type("network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "edge",
        "route_config": {"virtual_hosts": [{"name": "edge", "domains": ["*"], "routes": [answer]}]},
        "http_filters": filters,
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {
        "admin": {"address": _address(admin)},
        "layered_runtime": {
            "layers": [{"name": "static", "static_layer": {}}, {"name": "admin", "admin_layer": {}}]
        },
        "static_resources": {
            "listeners": [{"name": "edge", "address": _address(edge), "filter_chains": [chain]}]
        },
    }


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.filters.{name}"


def _typed(name: str, known: str, **more: Any) -> dict[str, Any]:
    return {"name": known, "typed_config": {"@type": _type(f"http.{name}"), **more}}


def _fault(key: str) -> dict[str, Any]:
    return _typed(
        "fault.v3.HTTPFault",
        f"envoy.filters.http.fault.{key}",
        abort={"http_status": 503, "percentage": {"numerator": 0}},
        abort_percent_runtime=key,
    )


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


@dataclass
class Envoy:
    process: Process
    admin: int
    edge: int

    def traffic(self) -> int:
        """What a customer's request is answered with."""
        return httpx.get(f"http://127.0.0.1:{self.edge}/withdrawals/new", trust_env=False).status_code

    def override(self, key: str, value: str) -> None:
        """Somebody works at the admin endpoint."""
        url = f"http://127.0.0.1:{self.admin}/runtime_modify?{key}={value}"
        assert httpx.post(url, trust_env=False).text.strip() == "OK"


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Envoy]:
    folder = tmp_path_factory.mktemp("envoy")
    ports = free_port(), free_port()
    (folder / "envoy.json").write_text(json.dumps(config(*ports)))
    argv = [program("envoy"), "-c", f"{folder}/envoy.json", "--concurrency", "1", "--disable-hot-restart"]
    with running(Process(argv, ports, folder / "log")) as process:
        yield Envoy(process, *ports)


@pytest.fixture
async def stage(world: World, envoy: Envoy) -> AsyncIterator[Stage]:
    for key in (KEY, LEFTOVER, "edge.withdrawls.abort"):
        envoy.override(key, "")
    env = {
        "ENVOY_ADMIN": f"http://127.0.0.1:{envoy.admin}",
        "EDGE_URL": f"http://127.0.0.1:{envoy.edge}",
    }
    services, (control,) = example("envoy", env)
    async with staged(world, services, control) as made:
        yield made


def misspelt(control: Control) -> Control:
    """As an operator might write it: the same wrong key in both places."""
    told = json.loads(control.adapter.model_dump_json())
    for call, field in (("read", "value"), ("set", "path")):
        told[call][field] = told[call][field].replace(KEY, "edge.withdrawls.abort")
    return control.model_copy(update={"adapter": HttpAdapter.model_validate(told)})


async def test_a_level_is_set_read_back_and_felt_by_traffic(stage: Stage, envoy: Envoy) -> None:
    assert (await stage.level(), envoy.traffic()) == ("normal", 200)
    await stage.set("stopped")
    assert await stage.world.outcomes(stage.control.id) == [Outcome.CONFIRMED]
    assert (await stage.level(), envoy.traffic()) == ("stopped", 503)


async def test_a_nonsense_key_reads_back_right_and_ends_as_a_mismatch(stage: Stage, envoy: Envoy) -> None:
    stage = Stage(stage.world, stage.services, misspelt(stage.control))
    await stage.set("stopped")
    await stage.world.retry(times=3)
    assert (await stage.level(), envoy.traffic()) == ("stopped", 200)
    state = await stage.world.state(stage.control.id)
    assert state.outcome is Outcome.MISMATCH
    assert "the probe does not see its effect" in state.detail
    assert await stage.world.outcomes(stage.control.id) == [Outcome.PENDING]
    assert any("is mismatch" in page for page in stage.world.pages("alice"))


async def test_a_leftover_override_lies_in_read_back_and_ends_as_a_mismatch(
    stage: Stage, envoy: Envoy
) -> None:
    """Ours is released and reads 0, but nothing gets through: somebody stopped it by hand months ago."""
    await stage.set("half")
    envoy.override(LEFTOVER, "100")
    await stage.release()
    assert (await stage.level(), envoy.traffic()) == ("normal", 503)
    state = await stage.world.state(stage.control.id)
    assert state.outcome is Outcome.MISMATCH
    assert "the probe does not see its effect" in state.detail
    assert (await stage.world.outcomes(stage.control.id))[-1] is Outcome.PENDING

    envoy.override(LEFTOVER, "0")
    await stage.world.retry()
    assert (await stage.world.outcomes(stage.control.id))[-1] is Outcome.CONFIRMED


async def test_a_restart_forgets_and_the_bot_sets_it_again(stage: Stage, envoy: Envoy) -> None:
    await stage.set("stopped")
    envoy.process.restart()
    assert envoy.traffic() == 200
    await stage.look()
    assert envoy.traffic() == 503
    assert (await stage.world.state(stage.control.id)).outcome is Outcome.CONFIRMED
