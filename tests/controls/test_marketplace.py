"""The shipped controls against the sandbox marketplace in a process of its own."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.content.expand import read_controls
from bot.content.source import read_source
from bot.controls.calling import Reach
from bot.controls.outbound import Outbound
from bot.controls.registry import registries
from bot.domain.base import Environment
from bot.domain.control import Control, Level
from bot.usecases.ports import Changed, ControlAdapter, Observation, Order, Outrun, Refused, Unanswered
from tests.controls.support.rigs import TLS

ROOT = Path(__file__).parents[2]
TOKEN = "sandbox-token"
GENERATIONS = itertools.count(1)


class Market:
    """The marketplace as the shipped `controls.yaml` describes it, and as its own people see it."""

    def __init__(self, url: str) -> None:
        source = read_source(ROOT / "runbooks" / "platform" / "controls.yaml")
        part, errors = read_controls(source, {"MARKETPLACE_URL": url}, resolve_env=True)
        assert part, errors
        services, self.controls = part.value.services, part.value.controls
        reach = Reach(
            services=lambda: services,
            secrets={"MARKETPLACE_TOKEN": TOKEN}.get,
            outbound=Outbound.parse(url.removeprefix("http://")),
            tls=TLS,
        )
        self._registry = registries(Environment.SANDBOX, reach)[Environment.SANDBOX]
        self.inside = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
        )

    def control(self, control_id: str) -> tuple[Control, ControlAdapter]:
        control = next(c for c in self.controls if c.id == control_id)
        return control, self._registry.of(control)

    def fault(self, kind: str, method: str, **more: Any) -> None:
        ordered = self.inside.post("/sandbox/faults", json={"kind": kind, "method": method, **more})
        assert ordered.status_code == 201, ordered.text

    def applied(self, key: str) -> int:
        rows = self.inside.get("/v1/audit").json()["rows"]
        return sum(row["applied"] for row in rows if row["idempotency_key"] == key)


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox.marketplace", "--paused", "--scenario", "calm"],
        cwd=ROOT,
        env={**os.environ, "MARKETPLACE_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            made = Market(process.stdout.readline().rsplit(maxsplit=1)[-1])
            with made.inside:
                yield made
        finally:
            process.terminate()


def ordered(control: Control, seen: Observation) -> Order:
    number = next(GENERATIONS)
    key = f"sandbox/1/{control.id}/all/{number}"
    return Order(key=key, epoch=1, generation=number, reason="Übung: 50% müssen warten", etag=seen.etag)


async def move(adapter: ControlAdapter, control: Control, level: Level) -> Order:
    order = ordered(control, await adapter.read(control, "all"))
    await adapter.set(control, "all", level.value, order)
    return order


async def test_every_level_of_every_shipped_control_is_set_and_read_back(market: Market) -> None:
    reversible = [control.id for control in market.controls if not control.irreversible]
    assert len(reversible) >= 17
    for control, adapter in map(market.control, reversible):
        assert control.level_of((await adapter.read(control, "all")).value) == control.levels[0]
        for level in (*control.levels[1:], control.levels[0]):
            await move(adapter, control, level)
            seen = await adapter.read(control, "all")
            assert control.level_of(seen.value) == level, (control.id, level.id, seen.value)


async def test_an_irreversible_control_is_set_once_and_refuses_to_go_back(market: Market) -> None:
    control, adapter = market.control("custody.signing")
    await move(adapter, control, control.levels[-1])
    with pytest.raises(Refused, match="only the vendor can lift it"):
        await move(adapter, control, control.levels[0])
    assert (await adapter.read(control, "all")).value == control.levels[-1].value


async def test_the_reason_arrives_as_it_was_written(market: Market) -> None:
    control, adapter = market.control("swaps")
    await move(adapter, control, control.levels[1])
    assert market.inside.get("/v1/swaps").json()["reason"] == "Übung: 50% müssen warten"


@pytest.mark.parametrize("kind", ["fail_after", "drop_after"])
async def test_a_set_whose_answer_was_lost_is_repeated_without_a_second_effect(
    market: Market, kind: str
) -> None:
    control, adapter = market.control("quotes")
    seen = await adapter.read(control, "all")
    order = ordered(control, seen)
    market.fault(kind, "PUT", path="/v1/quotes")
    with pytest.raises(Unanswered):
        await adapter.set(control, "all", control.levels[1].value, order)
    await adapter.set(control, "all", control.levels[1].value, order)
    assert market.applied(order.key) == 1


@pytest.mark.parametrize("kind", ["fail_before", "drop_before", "html", "huge", "redirect"])
async def test_no_fault_of_the_service_passes_for_a_value(market: Market, kind: str) -> None:
    control, adapter = market.control("rebalancing")
    market.fault(kind, "GET", path="/v1/rebalancing")
    with pytest.raises(Unanswered):
        await adapter.read(control, "all")


async def test_a_late_generation_is_outrun_and_a_stale_etag_refused(market: Market) -> None:
    control, adapter = market.control("promo.payouts")
    early = ordered(control, Observation(value={}))
    before = await adapter.read(control, "all")
    await move(adapter, control, control.levels[1])
    with pytest.raises(Outrun):
        await adapter.set(control, "all", control.levels[0].value, early)
    with pytest.raises(Changed, match="changed by somebody else"):
        await adapter.set(control, "all", control.levels[0].value, ordered(control, before))
    assert (await adapter.read(control, "all")).value == control.levels[1].value
