"""The transactions of an actuation: what was read, what is intended, what came of it.

The worker reads and sets between them; each checks the worker's fence, the decisions and the ledger again.
"""

from __future__ import annotations

from bot.domain.actuation import (
    DRIFTS,
    Course,
    Verb,
    changed_elsewhere,
    choose,
    contested,
    settle,
    with_unheard,
    would_overwrite,
)
from bot.domain.base import Outcome
from bot.domain.control import ControlState, same_value
from bot.domain.ledger import Row
from bot.usecases.attempts import Attempt, Intent, Look, Unseen, Wait, after, settled
from bot.usecases.foreign import left, with_foreign
from bot.usecases.frozen import frozen_words, standing_freeze
from bot.usecases.outcomes import alarm, announce, news, note
from bot.usecases.ports import Actuation, Context, Job, Order
from bot.usecases.releases import authorised_release, put_back
from bot.usecases.scene import Scene, Target, open_scene


async def intend(
    ctx: Context, job: Job, at: Target, look: Look, reached: int | None = None
) -> Intent | Wait | Unseen | None:
    """Decide on what was just read and commit the intent; None when nothing is to be done.

    `reached` is the row up to which signed heads are kept outside: what loosens under a later one is Unseen,
    and nothing is written. None asks for no head. Raises LeaseLost when another worker holds the job.
    """
    async with ctx.store.write() as tx:
        scene = await open_scene(ctx, tx, job, at)
        freeze = await standing_freeze(tx, at.environment)
        release = None if freeze else await authorised_release(ctx, tx, scene.pending)
        course = choose(at.control, scene.holds, scene.before, look.value, release)
        asked = [course.because] if course.verb is Verb.SET and course.because else []
        decided = await tx.ledger.by_id(asked)
        if course.verb is Verb.SET and not decided:
            return await _wrong(
                scene, look, Outcome.MISMATCH, "no decision in the ledger asks for this; nothing is set"
            )
        if course.verb is Verb.SET and would_overwrite(scene.before, scene.decision, look.value):
            return await _wrong(scene, look, Outcome.MISMATCH, left(scene, look.value), at_once=True)
        if course.drift and contested(scene.before, ctx.clock.now()):
            await _contested(scene, look)
            return None
        if freeze and course.verb is Verb.SET and freeze.stops(loosening=course.loosening):
            await _frozen(scene, look, frozen_words(ctx, freeze))
            return None
        if release is not None and course.because == release and reached is not None:
            seq = decided[release].seq
            if seq > reached:
                return Unseen(seq)
        if course.verb is Verb.SET:
            return await _intent(scene, course, look, next(iter(decided.values())))
        if course.verb is Verb.NOTHING and course.value is not None and look.doubt:
            return await _wrong(scene, look, look.effect, look.doubt)
        await _nothing(scene, course, look, frozen_words(ctx, freeze) if freeze else "")
        return None


async def conclude(ctx: Context, job: Job, at: Target, intent: Intent, attempt: Attempt) -> bool:
    """Record what came of a set; returns whether the intent is settled for good. Raises LeaseLost."""
    async with ctx.store.write() as tx:
        scene = await open_scene(ctx, tx, job, at)
        state = after(scene.seen(attempt.observed), intent, attempt)
        if attempt.changed and changed_elsewhere(scene.before, intent.value, attempt.observed):
            state = with_foreign(scene, state)
        if attempt.outcome.final or intent.course.fresh or state.detail != scene.before.detail:
            await note(
                scene,
                f"actuation.{attempt.outcome}",
                generation=intent.order.generation,
                level=intent.course.level,
                observed=attempt.observed,
                attempts=state.attempts,
                decision=intent.course.because,
                detail=state.detail,
            )
        await tx.controls.save(state)
        if attempt.outcome.final:
            await _finish(scene, intent, attempt)
        if attempt.outcome is not Outcome.CONFIRMED:
            await alarm(scene, state, at_once=state.foreign is not None)
        await announce(scene)
        return attempt.outcome.final


async def unseen(ctx: Context, job: Job, at: Target, look: Look, reason: str) -> Wait:
    """Record that loosening waits, because no signed head could be kept outside. Raises LeaseLost."""
    async with ctx.store.write() as tx:
        scene = await open_scene(ctx, tx, job, at)
        return await _wrong(scene, look, Outcome.PENDING, f"loosening waits: {reason}")


async def unreadable(ctx: Context, job: Job, at: Target, reason: str) -> None:
    """Record that a control cannot be read: it is unknown, and shown so. Raises LeaseLost."""
    async with ctx.store.write() as tx:
        scene = await open_scene(ctx, tx, job, at)
        gone = {"observed": None, "observed_level": None, "outcome": Outcome.UNKNOWN, "detail": reason}
        state = scene.before.model_copy(update={**gone, "attempts": scene.before.attempts + 1})
        await tx.controls.save(state)
        await alarm(scene, state)
        if news(scene.before, state):
            if scene.decision:
                await note(scene, "control.unreadable", detail=reason)
            await announce(scene)


async def watched(ctx: Context, at: Target) -> bool:
    """Whether a control is still to be looked at from time to time: it is held, or an incident is open."""
    async with ctx.store.read() as tx:
        if await tx.holds.in_force(at.environment, at.control.id):
            return True
        return any(i.environment is at.environment for i in await tx.incidents.open())


async def _intent(scene: Scene, course: Course, look: Look, decided: Row) -> Intent:
    ctx, tx, at, before = scene.ctx, scene.tx, scene.at, scene.before
    if course.value is None:
        raise ValueError("a set without a value")
    epoch = int(await tx.keepsakes.fact("epoch") or "1")
    anew = course.fresh or before.epoch != epoch
    generation = before.generation + (1 if anew else 0)
    changes: dict[str, object] = {
        "epoch": epoch,
        "generation": generation,
        "intent_level": course.level,
        "intent_value": course.value,
        "intent_open": True,
        "outcome": Outcome.PENDING,
        "attempts": before.attempts + 1,
        "foreign": None,
    }
    if before.intent_open:
        changes["unheard"] = with_unheard(before, before.intent_value)
    if before.baseline is None:
        changes |= {"baseline": look.value, "baseline_at": ctx.clock.now()}
    # An earlier intent whose answer was lost may have taken effect: what we see of it stays known as ours.
    state = scene.seen(look.value, look.sight)
    if state.observed_level is not None and state.observed_level == before.intent_level:
        changes |= {"set_level": state.observed_level}
    if course.drift:
        changes |= {"drifts": (*before.drifts, ctx.clock.now())[-DRIFTS:]}
    await tx.controls.save(state.model_copy(update=changes))
    if anew:
        said = {"level": course.level, "value": course.value, "observed": look.value}
        why = {"decision": course.because, "course": course.reason}
        await note(scene, "actuation.intended", generation=generation, epoch=epoch, **said, **why)
    await announce(scene)
    key = f"{at.environment}/{epoch}/{at.control.id}/{at.target}/{generation}"
    # The service's own log then bears witness to which row of the ledger it obeyed.
    reason = f"{course.reason}: {decided.id} (ledger row {decided.seq}, sha256 {decided.hash})"
    order = Order(key, epoch, generation, reason, look.etag)
    return Intent(course, course.value, order, tuple(a.id for a in scene.pending))


async def _frozen(scene: Scene, look: Look, detail: str) -> None:
    """Everything stands still: what is desired is left undone, and shown so."""
    outcome = Outcome.PENDING if scene.pending else Outcome.MISMATCH
    state = scene.seen(look.value, look.sight).model_copy(update={"outcome": outcome, "detail": detail})
    await scene.tx.controls.save(state)
    if news(scene.before, state):
        await note(scene, "control.frozen", observed=look.value, detail=detail)
        await announce(scene)


async def _nothing(scene: Scene, course: Course, look: Look, frozen: str = "") -> None:
    """Nothing is to be set: every decision waiting for this control has its outcome now."""
    before, state, observed = scene.before, scene.seen(look.value, look.sight), look.value
    so = course.value is not None and same_value(observed, course.value)
    done = [a for a in scene.pending if not (course.owed and a.plan_id)]
    ends = settle(done, course, before, was_set=False)
    for asked in done:
        await scene.tx.holds.finish(asked.id, ends[asked.id], before.generation, scene.ctx.clock.now())
    waits = len(done) < len(scene.pending)
    detail = "" if so or course.verb is Verb.NOTHING else course.reason
    if waits:
        detail = frozen or "the approved release waits: its gate is not open, or the policy has changed since"
    changes = settled(before, course, ends, so=so, waits=waits)
    state = state.model_copy(update={**changes, "detail": detail})
    await scene.tx.controls.save(state)
    await _note_settled(scene, state, done, ends)
    if course.verb is Verb.LEAVE and not course.owed and detail != before.detail:
        await note(scene, "control.external", observed=observed, detail=detail)
    if done or news(before, state):
        await announce(scene)


async def _note_settled(
    scene: Scene, state: ControlState, done: list[Actuation], ends: dict[str, Outcome]
) -> None:
    """One row for each incident whose decisions ended, so that every timeline is whole."""
    for incident_id in sorted({a.incident_id for a in done}):
        mine = [a for a in done if a.incident_id == incident_id]
        of_one = Scene(scene.ctx, scene.tx, scene.at, scene.before, mine, scene.holds)
        outcomes = {a.decision_id: ends[a.id].value for a in mine}
        await note(
            of_one, "actuation.settled", outcomes=outcomes, observed=state.observed, detail=state.detail
        )


async def _wrong(scene: Scene, look: Look, outcome: Outcome, detail: str, *, at_once: bool = False) -> Wait:
    """It is not as it should be, and setting it is not the remedy."""
    changes = {"outcome": outcome, "detail": detail, "attempts": scene.before.attempts + 1}
    state = scene.seen(look.value, look.sight).model_copy(update=changes)
    await scene.tx.controls.save(state)
    if news(scene.before, state):
        await note(scene, f"actuation.{outcome}", observed=look.value, detail=detail)
        await announce(scene)
    await alarm(scene, state, at_once=at_once)
    return Wait(detail)


async def _contested(scene: Scene, look: Look) -> None:
    """Somebody else sets it back again and again: people must talk, so it is named and paged."""
    detail = f"contested: somebody else loosened it {DRIFTS} times in ten minutes, so it is not set again"
    state = scene.seen(look.value, look.sight).model_copy(
        update={"outcome": Outcome.MISMATCH, "detail": detail}
    )
    await scene.tx.controls.save(state)
    if news(scene.before, state):
        await note(scene, "control.contested", observed=look.value, detail=detail)
        await announce(scene)
    await alarm(scene, state, at_once=True)


async def _finish(scene: Scene, intent: Intent, attempt: Attempt) -> None:
    """Give the decisions that the intent answered their outcome; a refused release leaves its hold."""
    mine = [a for a in scene.pending if a.id in intent.answers]
    ends = settle(mine, intent.course, scene.before, was_set=True)
    now, tx = scene.ctx.clock.now(), scene.tx
    for asked in mine:
        end = ends[asked.id]
        if attempt.outcome is Outcome.REJECTED and end is not Outcome.SUPERSEDED:
            refused = (asked.plan_id is not None) == intent.course.loosening
            end = Outcome.REJECTED if refused else Outcome.ALREADY_SET
        await tx.holds.finish(asked.id, end, intent.order.generation, now)
        if end is Outcome.REJECTED and asked.plan_id is not None:
            incident = await tx.incidents.get(asked.incident_id)
            await put_back(scene.ctx, tx, incident, asked, f"the service refused: {attempt.detail}")


__all__ = [
    "Attempt",
    "Intent",
    "Look",
    "Unseen",
    "Wait",
    "conclude",
    "intend",
    "unreadable",
    "unseen",
    "watched",
]
