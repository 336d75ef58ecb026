"""When a feed is dead, a gate is shut or a yes needs proof: what people type, and what they are told."""

from __future__ import annotations

from bot.bootstrap.content import LoadedContent
from bot.domain.proof import StepUp
from bot.domain.totp import code_of, counter_at
from tests.slack.support.world import World
from tests.support.world import changed

SECRET = b"12345678901234567890"


class Apps:
    """Alice has an authenticator app."""

    def secret(self, person_id: str) -> bytes | None:
        return SECRET if person_id == "alice" else None


def asking(world: World, step_up: StepUp) -> None:
    assert isinstance(world.ctx.content, LoadedContent)
    now = world.ctx.content.now
    authority = now.authority
    rules = {name: rule.model_copy(update={"step_up": step_up}) for name, rule in authority.rules.items()}
    world.ctx.content.take(changed(now, authority=authority.model_copy(update={"rules": rules})))


async def proposed(world: World) -> str:
    """Bob proposes to release what Alice has set."""
    room = await world.declared()
    await world.alice.command("/control set withdrawals.risk checked Outflow has doubled", room)
    await world.settle()
    await world.bob.command("/control release withdrawals.risk Northbank settles again", room)
    await world.settle()
    return room


async def test_a_shut_gate_says_how_it_is_passed_and_two_who_see_open_it(world: World) -> None:
    room = await world.declared()
    await world.alice.command("/protected-mode on Northbank has paused", room)
    await world.alice.click("Set protected mode", channel=room)
    await world.settle()
    said = (await world.bob.command("/protected-mode off It is over", room)).reply
    assert "/incident override " in said
    gate = said.split("/incident attest ")[1].split()[0]
    told = await world.alice.command(f"/incident attest {gate} The console shows it with my own eyes", room)
    assert "A second person must attest to it too" in told.reply
    assert "Bob Okafor" in told.reply
    again = await world.alice.command(f"/incident attest {gate} I still see it", room)
    assert "a second person must" in again.reply


async def test_breaking_the_glass_is_told_to_all_and_reviewed_by_another(world: World) -> None:
    room = await world.declared()
    gate = next(iter(world.ctx.content.now.gates))
    nothing = await world.alice.command("/incident override", room)
    assert "customer_harm" in nothing.reply
    done = await world.alice.command(f"/incident override {gate} customer_harm The console shows it", room)
    assert "another person must review it" in done.reply
    await world.settle()
    assert "glass broken past the gate" in await world.alice.read("incidents")
    refused = await world.alice.command("/incident standdown It was a false alarm", room)
    assert "Every override is reviewed" in refused.reply
    reviewed = await world.erin.command("/incident override review I saw the console too", room)
    assert "Reviewed by you" in reviewed.reply


async def test_a_yes_that_needs_a_key_names_the_command_and_moves_nothing(world: World) -> None:
    asking(world, StepUp.KEY)
    room = await proposed(world)
    await world.alice.click("Approve", channel=room)
    await world.settle()
    assert "Alice Ng said yes" in await world.bob.read(room)
    assert "breakwater approval sign prop_" in await world.alice.hears("breakwater approval sign")
    assert "proposal.approved" not in await world.kinds()


async def test_a_code_is_asked_for_in_the_modal_and_a_wrong_one_may_be_mended(world: World) -> None:
    object.__setattr__(world.ctx, "factors", Apps())  # the bot holds this very context
    asking(world, StepUp.TOTP)
    room = await proposed(world)
    await world.alice.click("Approve", channel=room)
    await world.alice.fill("authenticator", "000000")
    await world.alice.submit()
    assert "That code is not right." in world.alice.modal
    assert "proposal.approved" not in await world.kinds()
    await world.alice.fill("authenticator", code_of(SECRET, counter_at(world.clock.wall())))
    await world.alice.submit()
    await world.settle()
    assert "proposal.approved" in await world.kinds()
