"""Step-up: a yes from a stolen Slack session loosens nothing, and the worker checks the proof itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.approval import Proposal, ProposalStatus
from bot.domain.authority import step_up_for
from bot.domain.base import Outcome
from bot.domain.errors import BadInput, NotEntitled, ProofNeeded, Stale
from bot.domain.proof import Proof, StepUp, approval_body
from bot.domain.totp import code_of, counter_at, seal
from bot.usecases import approvals, controls
from bot.usecases.step_up import Code
from tests.support.keys import approval_proof, enrolled
from tests.support.world import OVER, USDT, WHY, World

SECRET = b"12345678901234567890"


class Apps:
    """Alice has an authenticator app."""

    def secret(self, person_id: str) -> bytes | None:
        return SECRET if person_id == "alice" else None


def asking(world: World, step_up: StepUp, suspended: StepUp = StepUp.NONE) -> None:
    authority = world.content.now.authority
    money = authority.rules["money"].model_copy(update={"step_up": step_up, "step_up_suspended": suspended})
    world.reload(authority=authority.model_copy(update={"rules": {**authority.rules, "money": money}}))


async def proposed(world: World, level: str = "small_only") -> Proposal:
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, level, WHY)
    await world.drain()
    return await approvals.propose_release(world.ctx, world.actor("bob"), "INC-1", USDT, OVER)


async def approve(world: World, made: Proposal, offered: Proof | Code | None = None) -> None:
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash, offered=offered)
    await world.drain()


def level(world: World) -> str | None:
    return world.service.level(world.control(USDT))


async def test_a_yes_without_its_proof_is_kept_and_loosens_nothing(world: World) -> None:
    asking(world, StepUp.KEY)
    made = await proposed(world)
    for _ in range(2):
        with pytest.raises(ProofNeeded, match=f"breakwater approval sign {made.id}"):
            await approve(world, made)
    kept = await world.proposal(made.id)
    assert (kept.status, kept.yes_by, kept.decided_by) == (ProposalStatus.OPEN, "alice", None)
    assert [r.actor for r in await world.rows("proposal.yes_unproved")] == ["alice"]
    assert await world.rows("proposal.approved") == []
    await world.drain()
    assert level(world) == "small_only"


async def test_the_signature_over_what_was_shown_lets_it_loosen_and_is_kept(world: World) -> None:
    asking(world, StepUp.KEY)
    keys = enrolled(world, "alice")
    made = await proposed(world)
    with pytest.raises(ProofNeeded):
        await approve(world, made)
    proof = approval_proof(world, made, keys["alice"])
    await approve(world, made, proof)
    assert level(world) == "normal"
    assert (await world.proposal(made.id)).proof == proof
    (row,) = await world.rows("proposal.approved")
    assert row.proof["approval_signature"] == proof.signature


@pytest.mark.parametrize(
    "forged",
    [
        lambda w, p, k: approval_proof(w, p.model_copy(update={"id": "prop_other"}), k["alice"]),
        lambda w, p, k: approval_proof(w, p, k["alice"], person="bob"),
        lambda w, p, k: approval_proof(w, p, k["bob"]),
        lambda w, p, k: approval_proof(w, p, k["alice"]).model_copy(update={"by": StepUp.TOTP}),
        lambda w, p, k: approval_proof(w, p, k["alice"]).model_copy(update={"signature": "AAAA"}),
    ],
    ids=["of another proposal", "of another person", "by another key", "of another sort", "of nothing"],
)
async def test_a_proof_that_is_not_theirs_over_this_is_refused(
    world: World, forged: Callable[[World, Proposal, dict[str, Ed25519PrivateKey]], Proof]
) -> None:
    asking(world, StepUp.KEY)
    keys = enrolled(world, "alice", "bob")
    made = await proposed(world)
    with pytest.raises(NotEntitled, match="nothing was approved"):
        await approve(world, made, forged(world, made, keys))
    assert (await world.proposal(made.id)).status is ProposalStatus.OPEN


async def test_an_old_signature_is_refused(world: World) -> None:
    asking(world, StepUp.KEY)
    keys = enrolled(world, "alice")
    made = await proposed(world)
    proof = approval_proof(world, made, keys["alice"])
    world.clock.advance(timedelta(minutes=6))
    with pytest.raises(Stale, match="sign again"):
        await approve(world, made, proof)


async def test_the_worker_does_not_loosen_what_the_database_alone_says_was_proved(world: World) -> None:
    """Somebody who can write to the database marks it approved, with a proof of their own making."""
    keys = enrolled(world, "alice")
    made = await proposed(world)
    await approvals.approve(world.ctx, world.actor("alice"), made.id, made.hash)
    asking(world, StepUp.KEY)  # as it was when it was approved: without the proof it would ask for
    await trust_the_plan(world)
    await world.drain()
    assert level(world) == "small_only"
    assert (await world.outcomes())[-1] is Outcome.PENDING
    forged = approval_proof(world, made, Ed25519PrivateKey.generate())
    hers = world.ctx.content.now.directory.people["alice"].keys[0]
    await keep(world, made.id, forged.model_copy(update={"key": hers}))
    await world.retry()
    assert level(world) == "small_only"
    await keep(world, made.id, approval_proof(world, made, keys["alice"]))
    await world.retry()
    assert level(world) == "normal"


async def trust_the_plan(world: World) -> None:
    """The plan bears the digest of the policy of now, so that the proof alone is in question."""
    async with world.ctx.store.write() as tx:
        for plan in await tx.proposals.plans("INC-1"):
            digest = world.ctx.content.now.policy_digest
            await tx.proposals.save_plan(plan.model_copy(update={"content_digest": digest}))


async def keep(world: World, proposal_id: str, proof: Proof) -> None:
    async with world.ctx.store.write() as tx:
        found = await tx.proposals.get(proposal_id, lock=True)
        await tx.proposals.save(found.model_copy(update={"proof": proof}))


async def test_a_full_suspension_can_ask_for_more_than_the_rest(world: World) -> None:
    authority = world.content.now.authority
    rule = authority.rules["money"].model_copy(update={"step_up_suspended": StepUp.KEY})
    assert step_up_for(authority, rule, USDT, suspended=False) is StepUp.NONE
    assert step_up_for(authority, rule, USDT, suspended=True) is StepUp.KEY
    named = authority.model_copy(update={"step_up": {"withdrawals.*": StepUp.TOTP}})
    assert step_up_for(named, rule, USDT, suspended=True) is StepUp.TOTP
    assert step_up_for(named, rule, "swaps", suspended=True) is StepUp.KEY


async def test_the_shipped_policy_asks_for_none(world: World) -> None:
    made = await proposed(world)
    await approve(world, made)
    assert level(world) == "normal"
    assert (await world.proposal(made.id)).proof is None


class TestCodes:
    """A one-time code in place of a key."""

    @pytest.fixture
    def apps(self, world: World) -> World:
        asking(world, StepUp.TOTP)
        world.ctx = replace(world.ctx, factors=Apps())
        world.__post_init__()
        return world

    def code(self, world: World, off: int = 0) -> Code:
        return Code(code_of(SECRET, counter_at(world.clock.wall()) + off))

    async def test_a_right_code_loosens_and_its_seal_is_checked_by_the_worker(self, apps: World) -> None:
        made = await proposed(apps)
        await approve(apps, made, self.code(apps))
        assert level(apps) == "normal"
        proof = (await apps.proposal(made.id)).proof
        assert proof is not None
        assert proof.signature == seal(SECRET, approval_body(made.id, made.hash, "alice", proof.at))

    async def test_a_seal_that_was_made_up_does_not_loosen(self, apps: World) -> None:
        made = await proposed(apps)
        await approvals.approve(apps.ctx, apps.actor("alice"), made.id, made.hash, offered=self.code(apps))
        at = apps.clock.wall()
        body = approval_body(made.id, made.hash, "alice", at)
        made_up = Proof(by=StepUp.TOTP, person="alice", at=at, signature=seal(b"guessed" * 4, body))
        await keep(apps, made.id, made_up)
        await apps.drain()
        assert level(apps) == "small_only"

    async def test_a_used_code_is_never_taken_again(self, apps: World) -> None:
        made = await proposed(apps)
        code = self.code(apps)
        await approve(apps, made, code)
        await controls.set_control(apps.ctx, apps.actor("bob"), "INC-1", USDT, "small_only", WHY)
        await apps.drain()
        again = await approvals.propose_release(apps.ctx, apps.actor("bob"), "INC-1", USDT, OVER)
        with pytest.raises(BadInput, match="used already"):
            await approve(apps, again, code)
        await approve(apps, again, self.code(apps, 1))
        assert level(apps) == "normal"

    async def test_five_wrong_codes_shut_the_door_for_a_quarter_of_an_hour(self, apps: World) -> None:
        made = await proposed(apps)
        for _ in range(5):
            with pytest.raises(BadInput, match="not right"):
                await approve(apps, made, Code("000000"))
        with pytest.raises(NotEntitled, match="5 wrong codes"):
            await approve(apps, made, self.code(apps))
        assert len(await apps.rows("proposal.code_refused")) == 5
        apps.clock.advance(timedelta(minutes=16))
        await approve(apps, made, self.code(apps))
        assert level(apps) == "normal"

    async def test_a_key_does_where_a_code_is_asked_for(self, apps: World) -> None:
        keys = enrolled(apps, "alice")
        made = await proposed(apps)
        await approve(apps, made, approval_proof(apps, made, keys["alice"]))
        assert level(apps) == "normal"

    async def test_a_code_does_not_do_where_a_key_is_asked_for(self, apps: World) -> None:
        asking(apps, StepUp.KEY)
        made = await proposed(apps)
        with pytest.raises(ProofNeeded, match="approval sign"):
            await approve(apps, made, self.code(apps))
        assert level(apps) == "small_only"
