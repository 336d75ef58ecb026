"""Step-up: what an approver of loosening gives beside their yes, which a stolen Slack session does not have.

The policy says which controls ask for it. A yes without it is kept and loosens nothing; with it the proof
is stored with the approval, and the worker checks it anew in the transaction of its intent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.approval import Proposal
from bot.domain.authority import step_up_for
from bot.domain.base import Role
from bot.domain.errors import BadInput, NotEntitled, ProofNeeded, Refusal, Stale
from bot.domain.incident import Incident
from bot.domain.proof import Proof, StepUp, approval_body, verifies
from bot.domain.totp import counter_of, seal
from bot.usecases import work
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.signed import WINDOW

WRONG_CODES, WRONG_WITHIN = 5, timedelta(minutes=15)
COMMAND, ADD_APP = "breakwater approval sign", "breakwater operator totp"


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code as it was typed."""

    typed: str


Offered = Proof | Code | None


def needed(ctx: Context, proposal: Proposal) -> StepUp:
    """What the policy of now asks of whoever approves this: the most that any of its controls asks."""
    content = ctx.content.now
    asked = [StepUp.NONE]
    for move in proposal.shown.moves:
        control = content.by_id.get(move.control_id)
        if control is None:
            return StepUp.KEY  # nothing is known of it, so nothing less will do
        suspended = move.suspended or control.level(move.from_level).full_suspension
        rule = content.authority.rules[control.rule]
        asked.append(step_up_for(content.authority, rule, control.id, suspended=suspended))
    return max(asked, key=lambda s: s.rank)


def proved(ctx: Context, proposal: Proposal) -> bool:
    """Whether an approval bears the proof that the policy of now asks for; the worker asks this."""
    wanted = needed(ctx, proposal)
    if wanted is StepUp.NONE:
        return True
    proof = proposal.proof
    if proof is None or proof.person != proposal.decided_by or proof.by.rank < wanted.rank:
        return False
    return _genuine(ctx, proposal, proof)


async def weigh(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, proposal: Proposal, role: Role, offered: Offered
) -> Proof | Refusal | None:
    """The proof that goes with this yes, None where none is asked for; or why it is not enough.

    A refusal is for the caller to raise once what was written here is committed: the yes that waits for its
    proof, and a wrong code, which counts.
    """
    wanted = needed(ctx, proposal)
    if isinstance(offered, Code):
        found = await _by_code(ctx, tx, actor, incident, proposal, offered)
        if isinstance(found, Refusal) or found.by.rank >= wanted.rank:
            return found
    elif isinstance(offered, Proof):
        _refuse_false(ctx, actor, proposal, offered)
        if offered.by.rank >= wanted.rank:
            return offered
    if wanted is StepUp.NONE:
        return None
    return await _kept(ctx, tx, actor, incident, proposal, role, wanted)


def with_proof(actor: Actor, proposal: Proposal, proof: Proof | None) -> tuple[Actor, Proposal]:
    """Both with the proof in them, so that the ledger's row and the approval keep it."""
    if proof is None:
        return actor, proposal
    given = {"approval": proof.by.value, "approval_signature": proof.signature, "approval_at": _at(proof.at)}
    more = {**(actor.proof or {}), **given, **({"approval_key": proof.key} if proof.key else {})}
    return replace(actor, proof=more), proposal.model_copy(update={"proof": proof})


def how(proposal: Proposal, wanted: StepUp) -> str:
    """What an approver still has to do, as a command or a code."""
    if wanted is StepUp.TOTP:
        return "press Approve again and type the code of your authenticator app"
    return f"{COMMAND} {proposal.id}"


async def _kept(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, proposal: Proposal, role: Role, wanted: StepUp
) -> ProofNeeded:
    """Keep a yes that loosens nothing yet; said again it is not written again."""
    until = f"{proposal.shown.expires_at:%H:%M} UTC"
    said = f"Your yes waits for its proof, until {until}; nothing is loosened yet. To give it: "
    refusal = ProofNeeded(f"{said}{how(proposal, wanted)}", command=how(proposal, wanted))
    if proposal.yes_by == actor.person.id:
        return refusal
    about: dict[str, Any] = {"proposal": proposal.id, "hash": proposal.hash, "asks": wanted.value}
    record(ctx, tx, "proposal.yes_unproved", actor, incident=incident, role=role, **about)
    kept = {"yes_by": actor.person.id, "yes_at": ctx.clock.now()}
    await tx.proposals.save(proposal.model_copy(update=kept))
    await work.show(tx, "proposal", proposal.id)
    await work.draw(tx, incident.id)
    return refusal


def _refuse_false(ctx: Context, actor: Actor, proposal: Proposal, proof: Proof) -> None:
    """Raises NotEntitled for a proof that is not this person's over this, Stale for an old one."""
    if proof.person != actor.person.id or proof.by is not StepUp.KEY or not _genuine(ctx, proposal, proof):
        raise NotEntitled("The signature is not yours over exactly what is shown; nothing was approved.")
    if abs(ctx.clock.wall() - proof.at) > WINDOW:
        raise Stale("The signature is more than five minutes off; sign again.")


def _genuine(ctx: Context, proposal: Proposal, proof: Proof) -> bool:
    """Whether the proof is that person's over what was shown, hashed anew here."""
    body = approval_body(proposal.id, proposal.shown.hash, proof.person, proof.at)
    if proof.by is StepUp.KEY:
        person = ctx.content.now.directory.people.get(proof.person)
        return person is not None and proof.key in person.keys and verifies(proof.key, proof.signature, body)
    secret = ctx.factors.secret(proof.person)
    return secret is not None and seal(secret, body) == proof.signature


async def _by_code(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, proposal: Proposal, code: Code
) -> Proof | Refusal:
    """A right code's seal. A wrong one counts, and one that was used is as good as wrong."""
    me, now = actor.person.id, ctx.clock.wall()
    secret = ctx.factors.secret(me)
    if secret is None:
        return NotEntitled(f"You have no authenticator app here; an administrator adds it: {ADD_APP}")
    wrong = [at for at in await _wrong(tx, me) if now - at < WRONG_WITHIN]
    if len(wrong) >= WRONG_CODES:
        return NotEntitled(f"{WRONG_CODES} wrong codes in a quarter of an hour; wait, or sign with your key.")
    counter = counter_of(secret, code.typed, now)
    if counter is None or not await tx.keepsakes.first_time("totp", f"{me}:{counter}", ctx.clock.now()):
        await tx.keepsakes.set_fact(_fact(me), " ".join(_at(at) for at in (*wrong, now)))
        record(ctx, tx, "proposal.code_refused", actor, incident=incident, proposal=proposal.id)
        why = "That code was used already; wait for the next." if counter else "That code is not right."
        return BadInput(why, field="code")
    body = approval_body(proposal.id, proposal.shown.hash, me, now)
    return Proof(by=StepUp.TOTP, person=me, at=now, signature=seal(secret, body))


async def _wrong(tx: Tx, person_id: str) -> list[datetime]:
    return [datetime.fromisoformat(at) for at in (await tx.keepsakes.fact(_fact(person_id)) or "").split()]


def _fact(person_id: str) -> str:
    return f"wrong_codes:{person_id}"


def _at(moment: datetime) -> str:
    return moment.isoformat()
