"""Having a control set by one person and attested by another, where there is no API to do it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.actuation import would_overwrite
from bot.domain.authority import Person
from bot.domain.base import Environment, Outcome, Role
from bot.domain.by_hand import Attested, Task
from bot.domain.control import Control, Value, same_value
from bot.domain.errors import AlreadyDone, BadInput, NotEntitled, Stale
from bot.usecases import work
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.outcomes import announce, news, note
from bot.usecases.ports import Actor, Context, Job, Tx
from bot.usecases.record import record
from bot.usecases.releases import authorised_release
from bot.usecases.scene import Scene, Target, open_scene

OLD = "That card is from an earlier decision; use the newest one."
WAITS = "it is set by hand: people have been asked"


async def attested(ctx: Context, environment: Environment, control_id: str, target: str) -> Attested | None:
    """What two people last said of a control."""
    async with ctx.store.read() as tx:
        return await attested_in(tx, environment, control_id, target)


async def attested_in(tx: Tx, environment: Environment, control_id: str, target: str) -> Attested | None:
    """The same, within a transaction."""
    kept = await tx.keepsakes.fact(f"attested:{environment}:{control_id}:{target}")
    return Attested.model_validate_json(kept) if kept else None


async def task_of(tx: Tx, environment: Environment, control_id: str, target: str) -> Task | None:
    """What was last asked for."""
    kept = await tx.keepsakes.fact(f"by_hand:{environment}:{control_id}:{target}")
    return Task.model_validate_json(kept) if kept else None


async def ask(ctx: Context, job: Job, at: Target, reason: str) -> None:
    """Ask people to set what is desired, or to look again; nothing where nobody decided anything.

    What stands there is unknown meanwhile, and shown so, unless an attestation still counts. Raises
    LeaseLost.
    """
    async with ctx.store.write() as tx:
        scene = await open_scene(ctx, tx, job, at)
        last = await attested_in(tx, at.environment, at.control.id, at.target)
        fresh = last is not None and last.until(at.control) > ctx.clock.now()
        wanted = await _wanted(scene)
        state = scene.before if fresh else scene.seen(None)
        if wanted is None:
            state = state.model_copy(update={"outcome": Outcome.UNKNOWN, "detail": reason})
        else:
            task = await _task(scene, wanted, last)
            changes = {
                "generation": task.generation,
                "intent_level": task.level,
                "intent_value": task.value,
                "intent_open": True,
                "outcome": Outcome.UNKNOWN,
                "detail": WAITS,
                "baseline": scene.before.baseline or at.control.levels[0].value,
                "baseline_at": scene.before.baseline_at or ctx.clock.now(),
            }
            state = state.model_copy(update=changes)
        await tx.controls.save(state)
        if news(scene.before, state):
            await announce(scene)


async def set_by_hand(
    ctx: Context, actor: Actor, environment: Environment, control_id: str, target: str, generation: int
) -> Task:
    """One person's word that they have set it. Raises NotEntitled, Stale, AlreadyDone."""
    async with ctx.store.write() as tx:
        task, control = await _open(ctx, tx, environment, control_id, target, generation)
        incident = await take_part(ctx, tx, actor, task.incident_id)
        role = may_as(ctx, actor, hands(ctx, control), f"set {control.id} by hand")
        if task.set_by is not None and not task.again:
            raise _was(ctx, task.set_by, "set it", task.set_at)
        task = task.model_copy(update={"set_by": actor.person.id, "set_at": ctx.clock.now(), "again": False})
        await _keep(tx, task)
        record(
            ctx,
            tx,
            "control.set_by_hand",
            actor,
            incident=incident,
            role=role,
            control=control.id,
            target=target,
            level=task.level or control.levels[0].id,
            generation=generation,
            decision=task.because,
        )
        await _show(tx, task)
        return task


async def attest(
    ctx: Context, actor: Actor, environment: Environment, control_id: str, target: str, generation: int
) -> Task:
    """A second person's word that they have looked and it is so. Raises NotEntitled, Stale, BadInput."""
    async with ctx.store.write() as tx:
        task, control = await _open(ctx, tx, environment, control_id, target, generation)
        incident = await take_part(ctx, tx, actor, task.incident_id)
        role = may_as(ctx, actor, hands(ctx, control), f"attest {control.id}")
        if task.set_by is None:
            raise BadInput("Nobody has said yet that it is set: “I have set it” comes first.")
        if task.set_by == actor.person.id:
            others = [p.name for p in _people(ctx, control) if p.id != actor.person.id]
            raise NotEntitled(f"You set it; another person must look: {', '.join(others)}.", who=others)
        now = ctx.clock.now()
        seen = Attested(value=task.value, set_by=task.set_by, seen_by=actor.person.id, at=now)
        await tx.keepsakes.set_fact(f"attested:{environment}:{control_id}:{target}", seen.model_dump_json())
        task = task.model_copy(update={"seen_by": actor.person.id, "seen_at": now})
        await _keep(tx, task)
        record(
            ctx,
            tx,
            "control.attested",
            actor,
            incident=incident,
            role=role,
            control=control.id,
            target=target,
            level=task.level or control.levels[0].id,
            set_by=task.set_by,
            generation=generation,
            decision=task.because,
        )
        await work.actuate(tx, environment, control_id, target)
        await _show(tx, task)
        return task


def hands(ctx: Context, control: Control) -> tuple[Role, ...]:
    """The roles whose people set and attest a control: whoever may tighten or loosen it."""
    authority = ctx.content.now.authority
    rule = authority.rules[control.rule]
    return tuple(dict.fromkeys((*rule.tighten, *rule.loosen, authority.executive)))


async def _wanted(scene: Scene) -> tuple[str | None, Value, str] | None:
    """Level, value and the decision that authorises it; None when nobody may ask for anything now."""
    loosening = any(asked.plan_id for asked in scene.pending)
    release = await authorised_release(scene.ctx, scene.tx, scene.pending)
    if loosening and release is None:
        return None
    hold, state = scene.hold, scene.before
    if hold is not None:
        level, value, because = hold.level, hold.value, release or hold.decision_id
    elif release is not None:
        level, value, because = None, state.baseline or scene.at.control.levels[0].value, release
    else:
        return None
    held_off = state.observed is not None and would_overwrite(state, scene.decision, state.observed)
    return None if held_off or not await scene.tx.ledger.has(because) else (level, value, because)


async def _task(scene: Scene, wanted: tuple[str | None, Value, str], last: Attested | None) -> Task:
    """The task for it: the one that is open already, a look at what two people set once, or a new one."""
    ctx, tx, at = scene.ctx, scene.tx, scene.at
    level, value, because = wanted
    before = await task_of(tx, at.environment, at.control.id, at.target)
    if before is not None and not before.done and before.because == because and before.value == value:
        return before
    again = last is not None and same_value(last.value, value) and scene.before.set_level == level
    begun = scene.before.intent_open and scene.before.intent_level == level
    generation = scene.before.generation + (0 if again or begun else 1)
    incident = await scene.incident()
    task = Task(
        environment=at.environment,
        control_id=at.control.id,
        target=at.target,
        incident_id=incident.id if incident else "",
        generation=generation,
        level=level,
        value=value,
        because=because,
        asked_at=ctx.clock.now(),
        again=again,
        looks=(before.looks if before else 0) + 1 if again else 0,
        set_by=last.set_by if again and last else None,
        set_at=last.at if again and last else None,
    )
    await _keep(tx, task)
    said = {"decision": because, "course": "look again" if again else "set by hand"}
    await note(scene, "actuation.intended", generation=generation, level=level, **said)
    await _show(tx, task)
    people = [person.id for person in _people(ctx, at.control)]
    what = f"look whether {at.control.id} is still" if again else f"set {at.control.id} by hand to"
    text = f"{task.incident_id}: {what} {level or at.control.levels[0].id}; the card says how."
    key = f"by_hand:{at.control.id}:{because}:{task.round}"
    await work.page(ctx, tx, key, people, text, task.incident_id)
    return task


async def _open(
    ctx: Context, tx: Tx, environment: Environment, control_id: str, target: str, generation: int
) -> tuple[Task, Control]:
    control = ctx.content.now.by_id.get(control_id)
    await tx.controls.lock(environment, [control_id])
    task = await task_of(tx, environment, control_id, target)
    if control is None or task is None or task.generation != generation:
        raise Stale(OLD)
    if task.done:
        raise _was(ctx, task.seen_by or "", "attested it", task.seen_at)
    return task, control


def _was(ctx: Context, person_id: str, did: str, at: datetime | None) -> AlreadyDone:
    known = ctx.content.now.directory.people.get(person_id)
    name, when = known.name if known else person_id, at or ctx.clock.now()
    return AlreadyDone(f"{name} {did} at {when:%H:%M:%S} UTC.", by=name, at=when)


def _people(ctx: Context, control: Control) -> list[Person]:
    return ctx.content.now.directory.holders(hands(ctx, control))


async def _keep(tx: Tx, task: Task) -> None:
    name = f"by_hand:{task.environment}:{task.control_id}:{task.target}"
    await tx.keepsakes.set_fact(name, task.model_dump_json())


async def _show(tx: Tx, task: Task) -> None:
    where = f"{task.environment}:{task.control_id}:{task.target}:{task.round}"
    await work.show(tx, "by_hand", where)
