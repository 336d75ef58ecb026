"""Setting a control by hand, by two people in Slack."""

from __future__ import annotations

import ssl
from datetime import timedelta
from functools import partial

import pytest

from bot.bootstrap.content import LoadedContent
from bot.controls.calling import Reach
from bot.controls.outbound import Outbound
from bot.controls.registry import registries
from bot.domain.adapter import ByHandAdapter
from bot.domain.base import Environment
from bot.usecases import by_hand
from bot.worker.actuate import Actuator
from tests.slack.support.world import World
from tests.support.world import changed

HOW = "Open the custodian's console & choose <closed>"
SANDBOX = Environment.SANDBOX


@pytest.fixture
async def room(world: World) -> str:
    """Swaps are set in a console that has no API."""
    spec = ByHandAdapter(kind="by_hand", how=HOW)
    now = world.ctx.content.now
    every = [c.model_copy(update={"adapter": spec}) if c.id == "swaps" else c for c in now.controls]
    assert isinstance(world.ctx.content, LoadedContent)
    world.ctx.content._content = changed(now, controls=tuple(every))
    word, tls = partial(by_hand.attested, world.ctx), ssl.create_default_context()
    reach = Reach(dict, {"": ""}.get, Outbound(), tls, SANDBOX, word, world.clock.now)
    world.handlers["actuate"] = Actuator(world.ctx, registries(SANDBOX, reach), timedelta(hours=1))
    return await world.declared()


async def test_one_sets_it_and_another_looks_and_only_then_it_counts(world: World, room: str) -> None:
    await world.frank.command("/control set swaps none Quotes are wrong since 03:10", room)
    await world.settle()
    seen = await world.frank.read(room)
    assert "Set by hand · INC-1" in seen
    assert HOW in seen
    assert "[I have set it]" in seen
    assert "[I have looked, it is so]" not in seen

    await world.frank.click("I have set it", channel=room)
    await world.settle()
    await world.frank.click("I have looked, it is so", channel=room)
    await world.settle()
    assert await world.frank.hears("You set it; another person must look", ever=True)
    assert "control.attested" not in await world.kinds()

    await world.alice.click("I have looked, it is so", channel=room)
    await world.settle()
    seen = await world.alice.read(room)
    assert "Looked at and attested by Alice Ng" in seen
    assert "[I have" not in seen
    shown = await world.alice.command("/control show swaps", room)
    assert "none, attested" in shown.reply
    assert "by Frank Moreau and Alice Ng" in shown.reply


async def test_who_is_entitled_to_nothing_is_told_who_is(world: World, room: str) -> None:
    await world.frank.command("/control set swaps none Quotes are wrong since 03:10", room)
    await world.settle()
    await world.invited("carol", to=room)
    await world.carol.click("I have set it", channel=room)
    await world.settle()
    assert await world.carol.hears("To set swaps by hand takes the", ever=True)
    assert "control.set_by_hand" not in await world.kinds()
