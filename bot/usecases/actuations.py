"""The transactions of an actuation: what was read, what is intended, what came of it.

The worker reads and sets between them; each checks the worker's fence, the decisions and the ledger again.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.actuation import Course, Verb, choose, settle
from bot.domain.approval import PlanStatus, ProposalStatus
from bot.domain.base import Environment, Outcome, Role
from bot.domain.control import Control, ControlState, Value, same_value
from bot.domain.errors import NotFound
from bot.domain.incident import Incident
from bot.usecases import phases, work
from bot.usecases.ports import Actuation, Context, Job, Order, Tx
from bot.usecases.record import record

PAGE_AFTER = 3


@dataclass(frozen=True, slots=True)
class Target:
    """One control in one environment at one target."""

    environment: Environment
    control: Control
    target: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A committed intent to set: the value and the order to send with it, and the decisions it answers."""

    course: Course
    value: Value
    order: Order
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a set: the outcome, what was read last (None when nothing could be), and a sentence."""

    outcome: Outcome
    observed: Value | None
    detail: str = ""


async def intend(ctx: Context, job: Job, at: Target, observed: Value, etag: str | None) -> Intent | None:
    """Decide on what was just read and commit the intent; None when nothing is to be set.

    Raises LeaseLost when another worker holds the job.
    """
    async with ctx.store.write() as tx:
        state, pending = await _locked(tx, job, at)
        holds = await tx.holds.in_force(at.environment, at.control.id)
        release = await _authorised_release(ctx, tx, pending)
        course = choose(at.control, holds, state, observed, release)
        state = _seen(ctx, at, state, observed)
        if course.verb is Verb.SET and course.because and await tx.ledger.has(course.because):
            return await _intent(ctx, tx, at, state, course, pending, observed, etag)
        await _nothing(ctx, tx, at, state, course, pending)
        return None


async def conclude(ctx: Context, job: Job, at: Target, intent: Intent, attempt: Attempt) -> bool:
    """Record what came of a set; returns whether the intent is settled for good. Raises LeaseLost."""
    async with ctx.store.write() as tx:
        state, pending = await _locked(tx, job, at)
        mine = [a for a in pending if a.id in intent.answers]
        before = state
        state = _seen(ctx, at, state, attempt.observed)
        await _finish(ctx, tx, state, mine, intent, attempt)
        state = _after(state, intent, attempt)
        if _news(before, state):
            await _record_outcome(ctx, tx, at, state, mine, intent, attempt)
        await tx.controls.save(state)
        await _alarm(ctx, tx, at, state, mine)
        await _announce(ctx, tx, at, mine)
        return attempt.outcome.final


async def unreadable(ctx: Context, job: Job, at: Target, reason: str) -> None:
    """Record that a control cannot be read: it is unknown, and shown so. Raises LeaseLost."""
    async with ctx.store.write() as tx:
        before, pending = await _locked(tx, job, at)
        held = await tx.holds.in_force(at.environment, at.control.id)
        gone = {"observed": None, "observed_level": None, "outcome": Outcome.UNKNOWN, "detail": reason}
        state = before.model_copy(update={**gone, "attempts": before.attempts + 1})
        await tx.controls.save(state)
        if not _news(before, state):
            return
        if held or pending:
            record(
                ctx,
                tx,
                "control.unreadable",
                None,
                environment=at.environment,
                control=at.control.id,
                detail=reason,
            )
        await _alarm(ctx, tx, at, state, pending)
        await _announce(ctx, tx, at, pending)


async def watched(ctx: Context, at: Target) -> bool:
    """Whether a control is still to be looked at from time to time: it is held, or an incident is open."""
    async with ctx.store.read() as tx:
        if await tx.holds.in_force(at.environment, at.control.id):
            return True
        return any(i.environment is at.environment for i in await tx.incidents.open())


async def _locked(tx: Tx, job: Job, at: Target) -> tuple[ControlState, list[Actuation]]:
    states = await tx.controls.lock(at.environment, [at.control.id])
    await tx.jobs.hold_fast(job)
    return states[at.control.id], await tx.holds.pending(at.environment, at.control.id, at.target)


def _seen(ctx: Context, at: Target, state: ControlState, observed: Value | None) -> ControlState:
    level = at.control.level_of(observed)
    return state.model_copy(
        update={
            "observed": observed,
            "observed_level": level.id if level else None,
            "observed_at": ctx.clock.now(),
        }
    )


async def _authorised_release(ctx: Context, tx: Tx, pending: list[Actuation]) -> str | None:
    """The newest pending decision that an approved release plan covers, under the policy and gates of now."""
    for asked in reversed(pending):
        if asked.plan_id is None:
            continue
        plan = await tx.proposals.plan(asked.plan_id)
        proposal = await tx.proposals.get(plan.proposal_id)
        if proposal.status is not ProposalStatus.APPROVED or plan.status is PlanStatus.ENDED:
            continue
        if not asked.decision_id.startswith(plan.decision_id + ".") or not await tx.ledger.has(
            plan.decision_id
        ):
            continue
        if plan.content_digest != ctx.content.now.policy_digest:
            continue
        stage = plan.at_hand
        incident = await tx.incidents.get(asked.incident_id)
        if stage and stage.gate and not (await phases.ask_gate(ctx, tx, stage.gate, incident)).is_open:
            continue
        return asked.decision_id
    return None


async def _intent(
    ctx: Context,
    tx: Tx,
    at: Target,
    state: ControlState,
    course: Course,
    pending: list[Actuation],
    observed: Value,
    etag: str | None,
) -> Intent:
    epoch = int(await tx.keepsakes.fact("epoch") or "1")
    generation = state.generation + 1 if course.fresh or state.epoch != epoch else state.generation
    baseline = {"baseline": observed, "baseline_at": ctx.clock.now()} if state.baseline is None else {}
    changes = {"epoch": epoch, "generation": generation, "intent_level": course.level, "intent_open": True}
    # An earlier intent whose answer was lost may have taken effect: what we see of it stays known as ours.
    if state.observed_level is not None and state.observed_level == state.intent_level:
        changes["set_level"] = state.observed_level
    state = state.model_copy(
        update={**changes, **baseline, "outcome": Outcome.PENDING, "attempts": state.attempts + 1}
    )
    await tx.controls.save(state)
    record(
        ctx,
        tx,
        "actuation.intended",
        None,
        environment=at.environment,
        incident=await _incident(tx, pending),
        control=at.control.id,
        target=at.target,
        generation=generation,
        epoch=epoch,
        level=course.level,
        value=course.value,
        observed=observed,
        decision=course.because,
        course=course.reason,
    )
    value = course.value
    if value is None:
        raise ValueError("a set without a value")
    key = f"{at.environment}/{epoch}/{at.control.id}/{at.target}/{generation}"
    order = Order(
        key=key, epoch=epoch, generation=generation, reason=f"{course.reason}: {course.because}", etag=etag
    )
    await _announce(ctx, tx, at, pending)
    return Intent(course=course, value=value, order=order, answers=tuple(a.id for a in pending))


async def _nothing(
    ctx: Context, tx: Tx, at: Target, state: ControlState, course: Course, pending: list[Actuation]
) -> None:
    """Nothing is to be set: every decision waiting for this control has its outcome now."""
    held = course.level is not None
    before = state
    so = course.value is not None and state.observed is not None and same_value(state.observed, course.value)
    pending = [a for a in pending if not (course.owed and a.plan_id)]
    ends = settle(pending, course, state, was_set=False)
    for asked in pending:
        await tx.holds.finish(asked.id, ends[asked.id], state.generation, ctx.clock.now())
    outcome = Outcome.CONFIRMED if Outcome.CONFIRMED in ends.values() else Outcome.ALREADY_SET
    outcome = Outcome.PENDING if course.owed else outcome
    detail = "" if so or course.verb is Verb.NOTHING else course.reason
    changes = {"outcome": outcome, "detail": detail, "attempts": 0, "intent_open": False}
    if held and so:
        changes |= {"set_level": course.level}
    if not held and so:
        changes |= {"baseline": None, "baseline_at": None, "set_level": None, "intent_level": None}
    state = state.model_copy(update=changes)
    await tx.controls.save(state)
    if pending:
        record(
            ctx,
            tx,
            "actuation.settled",
            None,
            environment=at.environment,
            incident=await _incident(tx, pending),
            control=at.control.id,
            outcomes={a.decision_id: ends[a.id].value for a in pending},
            observed=state.observed,
            detail=detail or course.reason,
        )
    if pending or _news(before, state):
        await _announce(ctx, tx, at, pending)


async def _finish(
    ctx: Context,
    tx: Tx,
    state: ControlState,
    mine: list[Actuation],
    intent: Intent,
    attempt: Attempt,
) -> None:
    if not attempt.outcome.final:
        return
    ends = settle(mine, intent.course, state, was_set=True)
    for asked in mine:
        end = ends[asked.id]
        if attempt.outcome is Outcome.REJECTED and end is not Outcome.SUPERSEDED:
            end = Outcome.REJECTED
            await _leave_hold(tx, asked, state)
        await tx.holds.finish(asked.id, end, intent.order.generation, ctx.clock.now())


async def _leave_hold(tx: Tx, asked: Actuation, state: ControlState) -> None:
    """A release that the service refused leaves the hold at what is still observed."""
    if asked.plan_id is None or state.observed_level is None or state.observed is None:
        return
    every = await tx.holds.of(asked.incident_id)
    hold = next((h for h in every if h.id == asked.hold_id), None)
    again = any(h.in_force and h.control_id == asked.control_id and h.id != asked.hold_id for h in every)
    if hold is None or again:
        return
    back = {"released_at": None, "level": state.observed_level, "value": state.observed, "plan_id": None}
    await tx.holds.save(hold.model_copy(update=back))


def _after(state: ControlState, intent: Intent, attempt: Attempt) -> ControlState:
    changes: dict[str, object] = {"outcome": attempt.outcome, "detail": attempt.detail}
    if attempt.outcome is Outcome.CONFIRMED:
        changes |= {"intent_open": False, "attempts": 0, "set_level": intent.course.level}
        if intent.course.level is None:
            changes |= {"baseline": None, "baseline_at": None, "intent_level": None}
    elif attempt.outcome in (Outcome.MISMATCH, Outcome.REJECTED):
        changes |= {"intent_open": False}
    return state.model_copy(update=changes)


async def _record_outcome(
    ctx: Context,
    tx: Tx,
    at: Target,
    state: ControlState,
    mine: list[Actuation],
    intent: Intent,
    attempt: Attempt,
) -> None:
    record(
        ctx,
        tx,
        f"actuation.{attempt.outcome}",
        None,
        environment=at.environment,
        incident=await _incident(tx, mine),
        control=at.control.id,
        target=at.target,
        generation=intent.order.generation,
        level=intent.course.level,
        observed=attempt.observed,
        attempts=state.attempts,
        detail=attempt.detail,
    )


async def _alarm(ctx: Context, tx: Tx, at: Target, state: ControlState, mine: list[Actuation]) -> None:
    """A refusal, or a third attempt without success, pages commander and technical lead once."""
    if state.outcome is not Outcome.REJECTED and state.attempts != PAGE_AFTER:
        return
    incident = await _incident(tx, mine)
    if incident is None:
        return
    roles = [Role.INCIDENT_COMMANDER, Role.TECHNICAL_LEAD]
    people = [incident.assigned[r] for r in roles if r in incident.assigned]
    people = people or [p.id for p in ctx.content.now.directory.holders(roles)]
    text = f"{incident.id}: {at.control.id} is {state.outcome}: {state.detail or 'no word from the service'}"
    await work.page(
        ctx, tx, f"control:{at.control.id}:{state.generation}:{state.outcome}", people, text, incident.id
    )


async def _announce(ctx: Context, tx: Tx, at: Target, mine: list[Actuation]) -> None:
    """Cards, texts and plans follow what is observed."""
    for incident in await tx.incidents.open():
        if incident.environment is not at.environment:
            continue
        await work.draw(tx, incident.id)
        await tx.jobs.want(f"follow:{incident.id}", "follow", work.TIME)
    for incident_id in sorted({a.incident_id for a in mine}):
        for plan in await tx.proposals.plans(incident_id):
            if plan.status in (PlanStatus.RUNNING, PlanStatus.PAUSED):
                await work.at(ctx, tx, ctx.clock.now(), "ladder", plan.id)


async def _incident(tx: Tx, mine: list[Actuation]) -> Incident | None:
    try:
        return await tx.incidents.get(mine[-1].incident_id) if mine else None
    except NotFound:
        return None


def _news(before: ControlState, after: ControlState) -> bool:
    """Whether anything a person would notice has changed."""
    quiet = {"observed_at", "attempts", "intent_open"}
    return before.model_dump(exclude=quiet) != after.model_dump(exclude=quiet)
