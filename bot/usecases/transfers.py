"""Moving money in an incident: one person proposes, another agrees, then it is sent and seen confirmed.

Breakwater sends nothing itself: people sign at their own wallets and banks, and every stage is written down
first. Nothing is moved out of a bucket that the policy keeps apart, such as escrow or customers' own funds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.domain.authority import Person, acting_roles, require_any
from bot.domain.base import Role
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, NotFound, Stale
from bot.domain.incident import Incident
from bot.domain.runbook import Step, StepKind, StepState, StepStatus
from bot.domain.text import clean, justification
from bot.domain.transfer import Transfer, TransferState, read_amount, read_asset, read_hash
from bot.usecases import steps, work
from bot.usecases.entitlement import take_part
from bot.usecases.gates import numbers
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.steps import StepRef

PROPOSE, AGREE = "transfer", "agree_transfer"
MOVERS = (Role.TREASURY_LEAD, Role.WALLET_OPS_LEAD)
TO_MAX = 120
EXAMPLE = "The hot wallet is empty in 40 minutes at this pace"


@dataclass(frozen=True, slots=True)
class Wish:
    """A transfer as somebody typed it."""

    bucket: str
    amount: str
    asset: str
    to: str
    reason: str


async def propose_transfer(ctx: Context, actor: Actor, ref: StepRef, wish: Wish) -> StepState:
    """Propose a transfer for a step; nothing may be sent before a second person agrees.

    Raises NotEntitled, BadInput (a bucket that is kept apart, an amount that is none), AlreadyDone.
    """
    async with ctx.store.write() as tx:
        incident, step, state = await _open(ctx, tx, actor, ref)
        role = _may(ctx, actor, incident, movers(ctx), "propose a transfer")
        if (running := state.transfer) is not None:
            by = name(ctx, running.by)
            told = f"{by} proposed {running.words} at {running.at:%H:%M:%S} UTC; it is {running.state}."
            raise AlreadyDone(told, by=by, at=running.at)
        transfer = Transfer(
            id=ctx.ids.new("trf"),
            bucket=_bucket(ctx, wish.bucket),
            amount=read_amount(wish.amount),
            asset=read_asset(wish.asset),
            to=_to(wish.to),
            reason=_reason(wish.reason),
            by=actor.person.id,
            role=role,
            at=ctx.clock.now(),
        )
        why = {"justification": transfer.reason, "numbers": await numbers(ctx, tx)}
        state = await _put(ctx, tx, actor, incident, state, transfer, role, **why)
        await _call_second(ctx, tx, actor, incident, step, transfer)
        return state


async def agree_transfer(ctx: Context, actor: Actor, ref: StepRef, transfer_id: str) -> StepState:
    """A second person's yes to the transfer that was shown. Raises NotEntitled, AlreadyDone, Stale."""
    async with ctx.store.write() as tx:
        incident, _, state = await _open(ctx, tx, actor, ref)
        transfer = _shown(ctx, state, transfer_id, TransferState.PROPOSED)
        role = _may(ctx, actor, incident, seconds(ctx), "agree to a transfer")
        if transfer.by == actor.person.id:
            who = [p.name for p in second_persons(ctx, transfer)]
            other = ", ".join(who) or "nobody is listed"
            raise NotEntitled(f"You proposed this; the second person must be another: {other}.", who=who)
        agreed = {"agreed_by": actor.person.id, "agreed_at": ctx.clock.now()}
        transfer = transfer.model_copy(update={"state": TransferState.AGREED, **agreed})
        return await _put(ctx, tx, actor, incident, state, transfer, role)


async def send_transfer(
    ctx: Context, actor: Actor, ref: StepRef, transfer_id: str, transaction: str
) -> StepState:
    """Write down the hash of an agreed transfer that was just broadcast. Raises BadInput, Stale."""
    async with ctx.store.write() as tx:
        incident, _, state = await _open(ctx, tx, actor, ref)
        transfer = _shown(ctx, state, transfer_id, TransferState.AGREED)
        role = _may(ctx, actor, incident, movers(ctx), "send a transfer")
        sent = {"hash": read_hash(transaction), "sent_by": actor.person.id}
        transfer = transfer.model_copy(update={"state": TransferState.SENT, **sent})
        return await _put(ctx, tx, actor, incident, state, transfer, role)


async def confirm_transfer(ctx: Context, actor: Actor, ref: StepRef, transfer_id: str) -> StepState:
    """Say that a transfer was seen to arrive; the step may be done then, or another transfer follow."""
    async with ctx.store.write() as tx:
        incident, _, state = await _open(ctx, tx, actor, ref)
        transfer = _shown(ctx, state, transfer_id, TransferState.SENT)
        role = _may(ctx, actor, incident, (*movers(ctx), *seconds(ctx)), "confirm a transfer")
        seen = {"confirmed_by": actor.person.id, "confirmed_at": ctx.clock.now()}
        transfer = transfer.model_copy(update={"state": TransferState.CONFIRMED, **seen})
        return await _put(ctx, tx, actor, incident, state, transfer, role)


async def call_off(ctx: Context, actor: Actor, ref: StepRef, transfer_id: str, why: str) -> StepState:
    """Give up a transfer that was not sent yet, with the reason. Raises Stale when it was."""
    async with ctx.store.write() as tx:
        incident, _, state = await _open(ctx, tx, actor, ref)
        transfer = _shown(ctx, state, transfer_id, TransferState.PROPOSED, TransferState.AGREED)
        wanted = (*movers(ctx), *seconds(ctx), Role.INCIDENT_COMMANDER)
        role = _may(ctx, actor, incident, wanted, "call off a transfer")
        said = justification(why, example="The refill arrived by itself")
        transfer = transfer.model_copy(update={"state": TransferState.CALLED_OFF})
        return await _put(ctx, tx, actor, incident, state, transfer, role, justification=said)


def movers(ctx: Context) -> tuple[Role, ...]:
    """The roles that may propose and send a transfer."""
    return ctx.content.now.authority.acts.get(PROPOSE, MOVERS)


def seconds(ctx: Context) -> tuple[Role, ...]:
    """The roles whose word makes a transfer two people's."""
    authority = ctx.content.now.authority
    return authority.acts.get(AGREE, (*MOVERS, authority.executive))


def second_persons(ctx: Context, transfer: Transfer) -> list[Person]:
    """Everyone who may agree to a transfer."""
    return [p for p in ctx.content.now.directory.holders(seconds(ctx)) if p.id != transfer.by]


def may_propose(ctx: Context, actor: Actor, incident: Incident) -> Role:
    """The role in which a person may propose a transfer. Raises NotEntitled."""
    return _may(ctx, actor, incident, movers(ctx), "propose a transfer")


def name(ctx: Context, person_id: str | None) -> str:
    """A person's name, or their id when they are not listed."""
    found = ctx.content.now.directory.people.get(person_id or "")
    return found.name if found else person_id or ""


def _may(ctx: Context, actor: Actor, incident: Incident, wanted: tuple[Role, ...], words: str) -> Role:
    directory = ctx.content.now.directory
    return require_any(directory, acting_roles(directory, actor.person.id, incident.assigned), wanted, words)


async def _open(ctx: Context, tx: Tx, actor: Actor, ref: StepRef) -> tuple[Incident, Step, StepState]:
    incident = await take_part(ctx, tx, actor, ref.incident_id)
    _, step, state = await steps.find(tx, ref)
    if step.kind is not StepKind.TRANSFER:
        raise BadInput(f"“{step.title}” moves no money.", example=f"/incident step {step.id}")
    if state.status.finished:
        ended = "is no longer asked for" if state.status is StepStatus.SUPERSEDED else f"was {state.status}"
        who = f" by {name(ctx, state.by)}" if state.by else ""
        raise Stale(f"“{step.title}” {ended}{who}.")
    return incident, step, state


def _shown(ctx: Context, state: StepState, transfer_id: str, *wanted: TransferState) -> Transfer:
    """The transfer a button names, as it must stand for it. Raises AlreadyDone with who was first, Stale."""
    found = next((t for t in state.transfers if t.id == transfer_id), None)
    if found is None:
        raise NotFound("There is no such transfer.")
    if found.state in wanted:
        return found
    first = {
        TransferState.AGREED: (found.agreed_by, found.agreed_at),
        TransferState.CONFIRMED: (found.confirmed_by, found.confirmed_at),
    }
    who, at = first.get(found.state, (None, None))
    if who and at:
        by = name(ctx, who)
        raise AlreadyDone(f"{by} {found.state} this at {at:%H:%M:%S} UTC.", by=by, at=at)
    if found.state is TransferState.SENT:
        raise Stale(f"{name(ctx, found.sent_by)} has sent it already: {found.hash}.")
    raise Stale(f"This transfer is {found.state.replace('_', ' ')}.")


def _bucket(ctx: Context, bucket_id: str) -> str:
    buckets = ctx.content.now.authority.buckets
    bucket = buckets.get(bucket_id)
    may = ", ".join(b.title for b in buckets.values() if b.movable)
    if bucket is None:
        raise BadInput("Choose the bucket it comes out of.", example=may, field="bucket")
    if not bucket.movable:
        raise BadInput(f"Nothing is ever moved out of “{bucket.title}”.", example=may, field="bucket")
    return bucket_id


def _to(text: str) -> str:
    said = " ".join(clean(text, limit=TO_MAX).split())
    if not said or len(text) > TO_MAX:
        why = f"Say where it goes, in at most {TO_MAX} characters."
        raise BadInput(why, example="Hot wallet on Tron", field="to")
    return said


def _reason(text: str) -> str:
    try:
        return justification(text, example=EXAMPLE)
    except BadInput as bad:
        raise BadInput(str(bad), example=EXAMPLE, field="reason") from None


async def _put(
    ctx: Context,
    tx: Tx,
    actor: Actor,
    incident: Incident,
    state: StepState,
    transfer: Transfer,
    role: Role,
    **more: Any,
) -> StepState:
    """Write a transfer's new state into the record and into its step."""
    bucket = ctx.content.now.authority.buckets.get(transfer.bucket)
    facts = transfer.model_dump(mode="json", include={"amount", "asset", "to", "hash"})
    record(
        ctx,
        tx,
        f"transfer.{transfer.state}",
        actor,
        incident=incident,
        role=role,
        step=state.step_id,
        runbook=state.runbook_id,
        transfer=transfer.id,
        bucket=bucket.title if bucket else transfer.bucket,
        **facts,
        **more,
    )
    others = tuple(t for t in state.transfers if t.id != transfer.id)
    state = await tx.steps.save(state.model_copy(update={"transfers": (*others, transfer)}))
    await work.draw(tx, incident.id)
    return state


async def _call_second(
    ctx: Context, tx: Tx, actor: Actor, incident: Incident, step: Step, transfer: Transfer
) -> None:
    text = (
        f"{incident.id}: {actor.person.name} proposes to move {transfer.words} ({step.title}): "
        f"{transfer.reason} Your word is needed."
    )
    people = [p.id for p in second_persons(ctx, transfer)]
    await work.page(ctx, tx, f"transfer:{transfer.id}", people, text, incident.id)
