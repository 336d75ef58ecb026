"""Nothing is loosened before a signed head that knows the approval is in a file; tightening never waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.base import Outcome
from bot.domain.control import ControlState
from bot.domain.verifier.command import witnesses
from bot.publishers.notary import Notary
from bot.usecases import approvals
from bot.usecases.controls import set_control
from tests.support.world import USDT, WHY, World

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "anchors.jsonl"


@pytest.fixture
def witnessed(world: World, file: Path) -> World:
    """The product with a notary that keeps heads in a file."""
    world.actuator = replace(world.actuator, witness=Notary(world.ctx, KEY, file))
    world.handlers["actuate"] = world.actuator
    return world


def heads(file: Path) -> list[int]:
    return [line["seq"] for line in witnesses(file.read_text())] if file.exists() else []


async def waiting(world: World) -> list[ControlState]:
    every = [await world.state(control) for control in world.levels()]
    return [state for state in every if "loosening waits" in state.detail]


async def approved(world: World) -> None:
    proposal = await world.proposed_off()
    await approvals.approve(world.ctx, world.actor("alice"), proposal.id, proposal.hash)


async def test_the_head_that_holds_the_approval_is_kept_before_anything_is_loosened(
    witnessed: World, file: Path
) -> None:
    proposal = await witnessed.proposed_off()
    assert heads(file) == []
    await approvals.approve(witnessed.ctx, witnessed.actor("alice"), proposal.id, proposal.hash)
    await witnessed.drain()
    begun = (await witnessed.rows("plan.stage_begun"))[0]
    loosened = [r for r in await witnessed.rows("actuation.intended") if r.data["course"] == "loosen"]
    assert loosened
    assert begun.seq <= heads(file)[0] < loosened[0].seq


async def test_loosening_waits_for_the_file_and_says_so_and_goes_on_when_it_can(
    witnessed: World, file: Path
) -> None:
    file.parent.write_text("in the way")
    await approved(witnessed)
    await witnessed.drain()
    before = witnessed.levels()
    stuck = await waiting(witnessed)
    assert stuck[0].outcome is Outcome.PENDING
    assert f"could not be written to {file}" in stuck[0].detail
    intended = [r for r in await witnessed.rows("actuation.intended") if r.data["course"] == "loosen"]
    assert intended == []

    file.parent.unlink()
    await witnessed.retry(3)
    assert heads(file) != []
    assert witnessed.levels() != before
    assert await waiting(witnessed) == []


async def test_people_are_paged_when_loosening_keeps_waiting(witnessed: World, file: Path) -> None:
    file.parent.write_text("in the way")
    await approved(witnessed)
    await witnessed.drain()
    await witnessed.retry(3)
    assert any("loosening waits" in page for page in witnessed.pages("alice"))


async def test_tightening_never_waits_for_a_head(witnessed: World, file: Path) -> None:
    file.parent.write_text("in the way")
    await witnessed.declared()
    await set_control(witnessed.ctx, witnessed.actor("bob"), "INC-1", USDT, "small_only", WHY)
    await witnessed.drain()
    assert await witnessed.outcomes() == [Outcome.CONFIRMED]
