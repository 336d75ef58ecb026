"""Moving money: two people, a hash, seen to arrive; never out of what is kept apart, never lost sight of."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.base import IncidentClass, Phase
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Stale, TransitionRefused
from bot.domain.runbook import StepState
from bot.domain.transfer import Transfer, TransferState
from bot.usecases import classification, phases, steps, transfers
from bot.usecases.transfers import Wish
from tests.support.world import WHY, World

STEP = "refill-other-rail"
WISH = Wish("contingency", "250,000", "usdt", "Hot wallet on Tron", "Empty in 40 minutes at this pace")
HASH = "0x5eed1e55c0ffee"


async def stabilizing(world: World) -> World:
    await world.declared()
    alice = world.actor("alice")
    await classification.set_class(world.ctx, alice, "INC-1", IncidentClass.COUNTERPARTY_FAILURE, WHY)
    await phases.move_phase(world.ctx, alice, "INC-1", Phase.STABILIZE, WHY)
    return world


@pytest.fixture
async def open_step(world: World) -> World:
    return await stabilizing(world)


async def proposed(world: World, by: str = "frank", wish: Wish = WISH) -> Transfer:
    ref = world.ref(await world.step("INC-1", STEP))
    state = await transfers.propose_transfer(world.ctx, world.actor(by), ref, wish)
    assert state.transfer
    return state.transfer


async def agree(world: World, found: Transfer, by: str = "bob") -> StepState:
    ref = world.ref(await world.step("INC-1", STEP))
    return await transfers.agree_transfer(world.ctx, world.actor(by), ref, found.id)


async def send(world: World, found: Transfer, by: str = "frank", transaction: str = HASH) -> StepState:
    ref = world.ref(await world.step("INC-1", STEP))
    return await transfers.send_transfer(world.ctx, world.actor(by), ref, found.id, transaction)


async def confirm(world: World, found: Transfer, by: str = "bob") -> StepState:
    ref = world.ref(await world.step("INC-1", STEP))
    return await transfers.confirm_transfer(world.ctx, world.actor(by), ref, found.id)


async def done(world: World, by: str = "frank") -> StepState:
    ref = world.ref(await world.step("INC-1", STEP))
    return await steps.finish_step(world.ctx, world.actor(by), ref)


async def test_the_ledger_holds_bucket_amount_reason_two_people_hash_and_confirmation(
    open_step: World,
) -> None:
    found = await proposed(open_step)
    await agree(open_step, found)
    await send(open_step, found)
    await confirm(open_step, found)
    assert (await done(open_step)).status == "done"
    rows = [r for r in await open_step.rows() if r.kind.startswith("transfer.")]
    assert [(r.kind.removeprefix("transfer."), r.actor, r.role) for r in rows] == [
        ("proposed", "frank", "wallet_ops_lead"),
        ("agreed", "bob", "treasury_lead"),
        ("sent", "frank", "wallet_ops_lead"),
        ("confirmed", "bob", "treasury_lead"),
    ]
    assert rows[0].data["justification"] == WISH.reason
    for row in rows:
        told = (row.data["bucket"], row.data["amount"], row.data["asset"], row.data["to"])
        assert told == ("Contingency reserve", "250000", "USDT", "Hot wallet on Tron")
    assert [r.data["hash"] for r in rows] == ["", "", HASH, HASH]


@pytest.mark.parametrize("bucket", ["escrow", "customer_funds", "reserved_liabilities"])
async def test_nothing_comes_out_of_escrow_or_customers_own_funds(open_step: World, bucket: str) -> None:
    with pytest.raises(BadInput, match="Nothing is ever moved out of") as refused:
        await proposed(open_step, wish=replace(WISH, bucket=bucket))
    assert refused.value.field == "bucket"
    assert await open_step.rows("transfer.proposed") == []


async def test_who_proposed_it_does_not_agree_and_the_others_are_paged(open_step: World) -> None:
    found = await proposed(open_step)
    with pytest.raises(NotEntitled, match="the second person must be another: Bob Okafor, Erin Walsh"):
        await agree(open_step, found, by="frank")
    await open_step.drain()
    assert all("250,000 USDT to Hot wallet on Tron" in open_step.pages(p)[-1] for p in ("bob", "erin"))
    assert not any("proposes to move" in text for text in open_step.pages("frank"))


@pytest.mark.parametrize("who", ["alice", "carol", "dana"])
async def test_the_commander_commands_and_moves_no_money(open_step: World, who: str) -> None:
    with pytest.raises(NotEntitled, match="treasury lead or wallet ops lead"):
        await proposed(open_step, by=who)
    found = await proposed(open_step)
    with pytest.raises(NotEntitled):
        await agree(open_step, found, by=who)


async def test_nothing_is_sent_before_a_second_person_agreed_or_confirmed_before_it_was_sent(
    open_step: World,
) -> None:
    found = await proposed(open_step)
    with pytest.raises(Stale, match="is proposed"):
        await send(open_step, found)
    await agree(open_step, found)
    with pytest.raises(AlreadyDone, match="Bob Okafor agreed this at 03:00:00 UTC"):
        await confirm(open_step, found)


async def test_two_who_agree_at_the_same_moment_agree_once(any_world: World) -> None:
    world = await stabilizing(any_world)
    found = await proposed(world)
    came = await asyncio.gather(*(agree(world, found, by=w) for w in ("bob", "erin")), return_exceptions=True)
    assert sum(isinstance(c, AlreadyDone) for c in came) == 1
    assert len(await world.rows("transfer.agreed")) == 1


async def test_a_second_proposal_is_told_who_was_first(open_step: World) -> None:
    await proposed(open_step)
    with pytest.raises(AlreadyDone, match="Frank Moreau proposed 250,000 USDT"):
        await proposed(open_step, by="bob")


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("amount", "a lot", "plain number"),
        ("amount", "-5", "above zero"),
        ("amount", "NaN", "above zero"),
        ("amount", "1e9", "above zero"),
        ("amount", "1,00", "plain number"),
        ("amount", "0." + "1" * 19, "18 places"),
        ("asset", "US Dollar!", "short name"),
        ("to", "  ", "where it goes"),
        ("reason", "ok", "Say why"),
        ("bucket", "petty_cash", "bucket"),
    ],
)
async def test_what_cannot_be_meant_is_refused_beside_its_field(
    open_step: World, field: str, typed: str, says: str
) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        await proposed(open_step, wish=replace(WISH, **{field: typed}))
    assert refused.value.field == field


async def test_a_hash_is_a_hash(open_step: World) -> None:
    found = await proposed(open_step)
    await agree(open_step, found)
    for typed in ("", "yes", "it is gone now", "<script>alert(1)</script>"):
        with pytest.raises(BadInput, match="transaction hash"):
            await send(open_step, found, transaction=typed)


async def test_a_step_with_money_on_its_way_is_neither_done_nor_skipped_nor_superseded(
    open_step: World,
) -> None:
    found = await proposed(open_step)
    await agree(open_step, found)
    await send(open_step, found)
    ref = open_step.ref(await open_step.step("INC-1", STEP))
    with pytest.raises(BadInput, match="under way"):
        await done(open_step)
    with pytest.raises(BadInput, match="under way"):
        await steps.skip_step(open_step.ctx, open_step.actor("frank"), ref, WHY)
    await classification.set_class(
        open_step.ctx, open_step.actor("alice"), "INC-1", IncidentClass.MARKET_MOVE, WHY
    )
    assert (await open_step.step("INC-1", STEP)).status == "open"
    await confirm(open_step, found)
    assert (await done(open_step)).status == "done"


async def test_no_incident_goes_on_to_its_review_with_money_on_its_way(open_step: World) -> None:
    found = await proposed(open_step)
    await agree(open_step, found)
    await open_step.calm()
    await phases.move_phase(open_step.ctx, open_step.actor("alice"), "INC-1", Phase.RECOVER, WHY)
    with pytest.raises(TransitionRefused, match="not confirmed: 250,000 USDT to Hot wallet on Tron"):
        await phases.move_phase(open_step.ctx, open_step.actor("alice"), "INC-1", Phase.REVIEW, WHY)


async def test_a_transfer_is_called_off_with_a_reason_until_it_is_sent_and_another_may_follow(
    open_step: World,
) -> None:
    found = await proposed(open_step)
    ref = open_step.ref(await open_step.step("INC-1", STEP))
    await transfers.call_off(
        open_step.ctx, open_step.actor("alice"), ref, found.id, "The refill came by itself"
    )
    assert (await open_step.rows("transfer.called_off"))[0].data[
        "justification"
    ] == "The refill came by itself"
    again = await proposed(open_step, by="bob")
    await agree(open_step, again, by="frank")
    await send(open_step, again, by="bob")
    with pytest.raises(Stale, match=f"Bob Okafor has sent it already: {HASH}"):
        await transfers.call_off(open_step.ctx, open_step.actor("alice"), ref, again.id, "Changed my mind")
    states = [t.state for t in (await open_step.step("INC-1", STEP)).transfers]
    assert states == [TransferState.CALLED_OFF, TransferState.SENT]


async def test_a_transfer_step_is_not_done_without_a_transfer(open_step: World) -> None:
    with pytest.raises(BadInput, match="a transfer that two people agreed on"):
        await done(open_step)
