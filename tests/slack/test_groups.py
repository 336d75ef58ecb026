"""Roles given through Slack's user groups: read, remembered, and never a way in for a guest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.bootstrap.content import LoadedContent
from bot.bootstrap.members import look
from bot.domain.authority import Directory, RoleHolders
from bot.domain.base import Role
from bot.sandbox.slack import Fault
from bot.usecases import troubles, work
from tests.slack.support.world import CONTENT, World

TREASURY, OPS = "S01TREASURY", "S02OPS"


@pytest.fixture
async def grouped(world: World) -> World:
    """Treasury lead is whoever is in @treasury, and Bob; Carol is in it."""
    directory = CONTENT.directory
    roles = {**directory.roles, Role.TREASURY_LEAD: RoleHolders(people=("bob",), groups=(TREASURY,))}
    content = CONTENT.model_copy(update={"directory": directory.model_copy(update={"roles": roles})})
    loaded = world.ctx.content
    assert isinstance(loaded, LoadedContent)
    loaded._content = content
    await world.post("group", group=TREASURY, users=["carol"])
    return world


async def read(world: World) -> Directory:
    """The worker reads, and every process takes it over."""
    async with world.ctx.store.write() as tx:
        await work.look_up_people(tx)
    await world.everything_due()
    await world.drain()
    loaded = world.ctx.content
    assert isinstance(loaded, LoadedContent)
    await look(world.ctx, loaded)
    return loaded.now.directory


def treasury(directory: Directory) -> set[str]:
    return {person.name for person in directory.holders([Role.TREASURY_LEAD])}


async def warned(world: World) -> str:
    await world.everything_due()
    await world.drain()
    return await world.alice.read("incidents")


async def test_whoever_is_in_the_group_may_hold_the_role_and_is_let_in(grouped: World) -> None:
    assert treasury(await read(grouped)) == {"Bob Okafor", "Carol Reyes"}
    room = await grouped.declared()
    answer = await grouped.carol.command("/control set withdrawals.risk checked Outflow has doubled", room)
    assert "To tighten" not in answer.reply
    await grouped.settle()
    assert "control.decided" in await grouped.kinds()
    assert "U03CAROL" in grouped.workspace.channel_called(room).members


async def test_somebody_whom_people_yaml_does_not_list_acts_under_their_slack_id(grouped: World) -> None:
    grouped.workspace.users["U09HANA"] = type(grouped.workspace.person("carol"))(
        "U09HANA", "hana", "Hana Ito", grouped.workspace.team_id
    )
    await grouped.post("group", group=TREASURY, users=["hana"])
    directory = await read(grouped)
    assert treasury(directory) == {"Bob Okafor", "Hana Ito"}
    assert directory.eligible("slack:U09HANA") == {Role.TREASURY_LEAD}


async def test_guests_strangers_and_the_deactivated_are_never_entitled(grouped: World) -> None:
    await grouped.post("group", group=TREASURY, users=["gus", "stan", "erin"])
    await grouped.post("account", user="erin", deleted=True)
    assert treasury(await read(grouped)) == {"Bob Okafor"}
    said = await warned(grouped)
    assert "User group treasury (treasury lead): nobody in it may hold a role" in said


async def test_a_renamed_group_stays_the_same_group(grouped: World) -> None:
    await grouped.post("group", group=TREASURY, handle="money")
    assert treasury(await read(grouped)) == {"Bob Okafor", "Carol Reyes"}


@pytest.mark.parametrize(
    ("change", "words"), [({"users": []}, "nobody in it"), ({"disabled": True}, "is disabled")]
)
async def test_an_emptied_or_disabled_group_entitles_nobody_and_is_named_once(
    grouped: World, change: dict[str, object], words: str
) -> None:
    await read(grouped)
    await grouped.post("group", group=TREASURY, **change)
    assert treasury(await read(grouped)) == {"Bob Okafor"}
    await read(grouped)
    said = await warned(grouped)
    assert said.count("User group treasury (treasury lead)") == 1
    assert words in said
    await grouped.post("group", group=TREASURY, users=["carol"], disabled=False)
    assert treasury(await read(grouped)) == {"Bob Okafor", "Carol Reyes"}
    async with grouped.ctx.store.read() as tx:
        assert await troubles.standing(tx) == {}


@pytest.mark.parametrize("code", ["missing_scope", "plan_upgrade_required", "unknown_method"])
async def test_a_group_that_cannot_be_read_entitles_nobody_new_and_keeps_whom_it_had(
    grouped: World, code: str
) -> None:
    await read(grouped)
    grouped.workspace.faults.add(Fault("error", match="usergroups.*", error=code, count=None))
    await grouped.post("group", group=TREASURY, users=["carol", "dana"])
    assert treasury(await read(grouped)) == {"Bob Okafor", "Carol Reyes"}
    assert "nobody new is entitled through it" in await warned(grouped)
    grouped.clock.advance(timedelta(hours=25))
    assert treasury(await read(grouped)) == {"Bob Okafor"}


async def test_a_group_never_read_entitles_nobody(grouped: World) -> None:
    grouped.workspace.app.scopes -= {"usergroups:read"}
    assert treasury(await read(grouped)) == {"Bob Okafor"}
    assert "the app lacks the scope usergroups:read" in await warned(grouped)


async def test_a_deactivated_lead_is_named_before_somebody_pages_him_in_vain(grouped: World) -> None:
    await grouped.post("account", user="bob", deleted=True)
    await read(grouped)
    await read(grouped)
    said = await warned(grouped)
    assert said.count("Bob Okafor (treasury lead): the account is deactivated") == 1
    assert "mend their Slack id in people.yaml" in said
    await grouped.post("account", user="bob", deleted=False)
    await read(grouped)
    async with grouped.ctx.store.read() as tx:
        assert await troubles.standing(tx) == {}
