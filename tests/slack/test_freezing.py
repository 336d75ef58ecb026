"""A freeze by command, typed out for everything, shown wherever people look, and lifted by two."""

from datetime import timedelta

from bot.domain.freeze import FreezeScope
from bot.usecases.frozen import standing_freeze
from tests.slack.support.world import World

FIGHT = "Two reopenings fight over the hot wallet"


async def scope(world: World) -> FreezeScope | None:
    async with world.ctx.store.read() as tx:
        found = await standing_freeze(tx, world.ctx.environment)
    return found.scope if found else None


async def test_one_command_freezes_loosening_and_every_card_and_home_says_so_with_the_way_out(
    world: World,
) -> None:
    room = await world.declared()
    said = (await world.frank.command(f"/control freeze {FIGHT}", room)).reply
    assert "Frozen. Nothing is loosened anywhere until two people lift it." in said
    await world.drain()
    card = (await world.alice.pins(room))[0]
    assert "LOOSENING IS FROZEN by Frank Moreau, 03:00 UTC: Two reopenings fight" in card
    assert "LOOSENING IS FROZEN" in (await world.alice.command("/control list", room)).reply
    await world.alice.open_home()
    while not await world.drain():
        pass
    assert "LOOSENING IS FROZEN" in await world.alice.home()
    assert "Carol" not in card
    refused = (await world.carol.command("/control freeze Just because", "general")).reply
    assert "freeze loosening takes" in refused


async def test_two_people_lift_it_with_the_button_and_it_says_what_is_still_to_be_read(world: World) -> None:
    room = await world.declared()
    await world.frank.command(f"/control freeze {FIGHT}", room)
    await world.drain()
    await world.frank.click("Lift the freeze", channel=room)
    await world.frank.fill("Why may it be lifted?", "The second reopening was withdrawn")
    assert await world.frank.submit() == {}
    await world.drain()
    assert "Frank Moreau proposes to lift it" in (await world.alice.pins(room))[0]
    assert "Frank Moreau proposes to lift the freeze" in await world.alice.read("@breakwater")
    await world.alice.click("Agree to lift the freeze", channel=room)
    await world.alice.fill("Why may it be lifted?", "I looked at both")
    assert await world.alice.submit() == {}
    await world.settle()
    world.clock.advance(timedelta(seconds=3))
    await world.everything_due()
    await world.settle()
    assert await scope(world) is None
    assert "FROZEN" not in (await world.alice.pins(room))[0]
    assert "The freeze is lifted" in await world.alice.read(room)


async def test_freezing_everything_is_typed_out_in_full(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/control freeze all Somebody else moves our controls", room)
    assert "Tightening stops too" in world.alice.modal
    await world.alice.fill("Type “freeze all” in full", "freeze")
    assert "type “freeze all” in full" in str(await world.alice.submit())
    assert await scope(world) is None
    await world.alice.fill("Type “freeze all” in full", "Freeze all")
    assert await world.alice.submit() == {}
    assert await scope(world) is FreezeScope.ALL
    held = (await world.alice.command("/control set swaps none Prices lag", room)).reply
    assert "Held, but not set yet: Alice Ng froze everything, tightening too" in held


async def test_a_word_of_ones_own_that_begins_with_all_freezes_nothing_by_itself(world: World) -> None:
    room = await world.declared()
    await world.bob.command("/control freeze all withdrawals look wrong", room)
    assert await scope(world) is None
