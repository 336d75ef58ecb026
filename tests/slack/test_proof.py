"""What the ledger keeps of how we know that it was Slack who named a person."""

from __future__ import annotations

import hashlib
import hmac

from tests.slack.support.world import World


async def rows(world: World) -> dict[str, dict[str, str]]:
    """The proof of each row that a person made, by its kind."""
    async with world.ctx.store.read() as tx:
        return {row.kind: {"actor": row.actor, **row.proof} for row in await tx.ledger.rows() if row.proof}


async def test_a_command_is_kept_with_slacks_signature_over_it(world: World) -> None:
    await world.declared()
    proof = (await rows(world))["incident.declared"]
    alice = world.workspace.person("alice")
    assert (proof["actor"], proof["via"], proof["by"], proof["user"]) == (
        "alice",
        "slack",
        "signed request",
        alice.id,
    )
    assert proof["team"] == world.workspace.team_id
    assert len(proof["body_sha256"]) == len(hashlib.sha256().hexdigest())
    assert len(proof["signature"]) == len("v0=" + hmac.new(b"", b"", "sha256").hexdigest())
    assert abs(int(proof["signed_at"]) - world.ctx.clock.wall().timestamp()) <= 300


async def test_a_modal_and_a_click_are_kept_so_too(world: World) -> None:
    room = await world.declared()
    await world.bob.command("/protected-mode on Northbank has paused withdrawals", room)
    await world.bob.click("Set protected mode", channel=room)
    proof = (await rows(world))["mode.decided"]
    assert (proof["actor"], proof["by"]) == ("bob", "signed request")
    assert proof["signature"].startswith("v0=")
    async with world.ctx.store.read() as tx:
        (decided,) = [row for row in await tx.ledger.rows() if row.kind == "mode.decided"]
    assert decided.request
    assert decided.content == world.ctx.content.now.policy_digest
    assert decided.code == world.ctx.code
    assert decided.data["before"] == dict.fromkeys(decided.data["levels"])


async def test_over_socket_mode_the_envelope_is_named(socket_world: World) -> None:
    await socket_world.declared()
    proof = (await rows(socket_world))["incident.declared"]
    assert (proof["actor"], proof["by"]) == ("alice", "socket mode")
    assert proof["envelope"]
