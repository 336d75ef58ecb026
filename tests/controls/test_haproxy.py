"""The shipped HAProxy example against a real HAProxy, with a probe through real traffic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.domain.base import Outcome
from bot.usecases.ports import Refused
from tests.controls.support.real import Process, free_port, program, running
from tests.controls.support.rigs import order
from tests.controls.support.staged import Stage, example, staged
from tests.support.world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.real
CONFIG = """
global
    stats socket 127.0.0.1:{admin} level operator
    stats socket {folder}/admin.sock level operator
defaults
    mode http
    timeout connect 2s
    timeout client 5s
    timeout server 5s
frontend edge
    bind 127.0.0.1:{edge}
    acl withdraws path_beg /withdrawals
    acl slowed var(txn.mode) -m str slowed
    acl stopped var(txn.mode) -m str stopped
    http-request set-var(txn.mode) str(withdrawals),map({folder}/levels.map,open) if withdraws
    http-request return status 429 content-type text/plain string "withdrawals are slowed" if slowed
    http-request return status 503 content-type text/plain string "withdrawals are paused" if stopped
    http-request return status 200 content-type text/plain string "open"
"""


@dataclass
class HaProxy:
    process: Process
    folder: Path
    admin: int
    edge: int

    def traffic(self) -> int:
        """What a customer's request is answered with."""
        return httpx.get(f"http://127.0.0.1:{self.edge}/withdrawals/new", trust_env=False).status_code


@pytest.fixture(scope="module")
def haproxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HaProxy]:
    folder = tmp_path_factory.mktemp("ha")
    (folder / "levels.map").write_text("withdrawals open\n")
    ports = free_port(), free_port()
    config = CONFIG.format(admin=ports[0], edge=ports[1], folder=folder)
    (folder / "haproxy.cfg").write_text(config)
    process = Process([program("haproxy"), "-db", "-f", f"{folder}/haproxy.cfg"], ports, folder / "log")
    with running(process):
        yield HaProxy(process, folder, *ports)


@pytest.fixture(params=["tcp", "unix"])
async def stage(request: pytest.FixtureRequest, world: World, haproxy: HaProxy) -> AsyncIterator[Stage]:
    haproxy.process.restart()
    places = {"tcp": f"tcp://127.0.0.1:{haproxy.admin}", "unix": f"unix:{haproxy.folder}/admin.sock"}
    env = {"HAPROXY_ADMIN": places[request.param], "EDGE_URL": f"http://127.0.0.1:{haproxy.edge}"}
    services, (control,) = example("haproxy", env)
    params = {**control.params, "map": f"{haproxy.folder}/levels.map"}
    async with staged(world, services, control.model_copy(update={"params": params})) as made:
        yield made


async def test_a_level_is_set_read_back_and_felt_by_traffic(stage: Stage, haproxy: HaProxy) -> None:
    assert haproxy.traffic() == 200
    for level, status in (("slowed", 429), ("stopped", 503)):
        await stage.set(level)
        assert (await stage.world.outcomes(stage.control.id))[-1] is Outcome.CONFIRMED
        assert haproxy.traffic() == status


async def test_a_restart_forgets_and_the_bot_notices_and_sets_it_again(
    stage: Stage, haproxy: HaProxy
) -> None:
    await stage.set("stopped")
    for _ in range(4):
        haproxy.process.restart()
        assert haproxy.traffic() == 200
        await stage.look()
        assert haproxy.traffic() == 503
    again = [r for r in await stage.world.rows("actuation.intended") if "forgot" in r.data["course"]]
    assert len(again) == 4
    assert not any("contested" in page for page in stage.world.pages())


async def test_while_it_is_down_the_control_is_unknown_and_comes_back_by_itself(
    stage: Stage, haproxy: HaProxy
) -> None:
    await stage.set("stopped")
    haproxy.process.stop()
    await stage.look()
    state = await stage.world.state(stage.control.id)
    assert (state.outcome, state.observed_level) == (Outcome.UNKNOWN, None)
    assert "cannot be reached at" in state.detail
    haproxy.process.start()
    await stage.look()
    assert haproxy.traffic() == 503
    assert (await stage.world.state(stage.control.id)).outcome is Outcome.CONFIRMED


async def test_a_row_that_is_not_in_the_map_is_refused_in_haproxys_own_words(
    stage: Stage, haproxy: HaProxy
) -> None:
    missing = stage.control.model_copy(update={"params": {**stage.control.params, "key": "deposits"}})
    with pytest.raises(Refused, match=r"haproxy refused: “entry not found\.”"):
        await stage.adapter.set(missing, "all", {"mode": "stopped"}, order(1))
    assert haproxy.traffic() == 200


async def test_a_map_that_decides_nothing_reads_back_right_and_is_a_mismatch(
    stage: Stage, haproxy: HaProxy
) -> None:
    """The row is set and reads back, but traffic goes by another: only the probe tells."""
    stage.control = stage.control.model_copy(update={"params": {**stage.control.params, "key": "withdrawal"}})
    (haproxy.folder / "levels.map").write_text("withdrawals open\nwithdrawal open\n")
    haproxy.process.restart()
    try:
        stage = Stage(stage.world, stage.services, stage.control)
        await stage.set("stopped")
        state = await stage.world.state(stage.control.id)
        assert (state.outcome, state.observed_level) == (Outcome.MISMATCH, "stopped")
        assert "the probe does not see its effect" in state.detail
        assert await stage.world.outcomes(stage.control.id) == [Outcome.PENDING]
    finally:
        (haproxy.folder / "levels.map").write_text("withdrawals open\n")
