"""Requests that bear a personal key's signature: known by the key alone, fresh, taken once, kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.base import Environment
from bot.domain.errors import NotEntitled, Stale
from bot.domain.proof import SignedRequest, public_line
from bot.usecases import incidents
from bot.usecases.once import Repeated
from bot.usecases.signed import accept
from tests.support.keys import enrolled
from tests.support.world import World


def signed(world: World, key: Ed25519PrivateKey, person: str = "alice", **changes: Any) -> SignedRequest:
    given = {
        "id": "req_1",
        "person": person,
        "verb": "incident note",
        "arguments": {"incident": "INC-1", "text": "Northbank called"},
        "environment": Environment.LIVE,
        "at": world.clock.wall(),
        "key": public_line(key.public_key()),
    }
    return SignedRequest.model_validate(given | changes).signed(key)


async def note(world: World, request: SignedRequest) -> None:
    ctx, actor = accept(world.ctx, request)
    await incidents.add_note(ctx, actor, "INC-1", request.arguments["text"])


async def test_the_ledger_keeps_the_request_with_its_signature(world: World) -> None:
    keys = enrolled(world, "alice")
    await world.declared()
    await note(world, signed(world, keys["alice"]))
    (kept,), (row,) = await world.rows("request.signed"), await world.rows("note")
    assert SignedRequest.model_validate(kept.data["signed"]).holds
    assert (row.actor, row.proof["via"], row.request) == ("alice", "cli", "req_1")
    assert row.proof["signature"] == kept.data["signed"]["signature"]


async def test_a_request_has_its_effect_once(world: World) -> None:
    keys = enrolled(world, "alice")
    await world.declared()
    request = signed(world, keys["alice"])
    await note(world, request)
    with pytest.raises(Repeated):
        await note(world, request)
    assert len(await world.rows("note")) == 1


async def test_a_refused_request_leaves_nothing_behind(world: World) -> None:
    keys = enrolled(world, "alice")
    await world.declared()
    ctx, actor = accept(world.ctx, signed(world, keys["alice"]))
    with pytest.raises(NotEntitled):
        await incidents.hand_off(ctx, world.actor("carol"), "INC-1", "frank")
    assert await world.rows("request.signed") == []
    assert actor.person.id == "alice"


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_request_signed_more_than_five_minutes_off_is_refused(world: World, minutes: int) -> None:
    keys = enrolled(world, "alice")
    at = world.clock.wall() + timedelta(minutes=minutes)
    with pytest.raises(Stale, match="five minutes apart"):
        accept(world.ctx, signed(world, keys["alice"], at=at))
    near = world.clock.wall() + timedelta(minutes=minutes / 2)
    assert accept(world.ctx, signed(world, keys["alice"], at=near))[1].person.id == "alice"


async def test_a_key_that_nobody_enrolled_and_somebody_elses_name_are_refused(world: World) -> None:
    keys = enrolled(world, "alice", "carol")
    with pytest.raises(NotEntitled, match=r"nobody's in people\.yaml"):
        accept(world.ctx, signed(world, Ed25519PrivateKey.generate()))
    with pytest.raises(NotEntitled, match="not this person's"):
        accept(world.ctx, signed(world, keys["carol"], person="alice"))
    forged = signed(world, keys["alice"]).model_copy(update={"verb": "incident close"})
    with pytest.raises(NotEntitled, match="not this person's"):
        accept(world.ctx, forged)


async def test_a_request_for_another_environment_is_refused(world: World) -> None:
    keys = enrolled(world, "alice")
    with pytest.raises(Stale, match="signed for sandbox"):
        accept(world.ctx, signed(world, keys["alice"], environment=Environment.SANDBOX))
