"""Tightening controls: placing and raising holds, with what they would do shown beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.base import Role
from bot.domain.control import Control, ControlState, Hold, Level, desired_level, matching
from bot.domain.errors import AlreadyDone, BadInput, NotFound
from bot.domain.incident import Incident
from bot.domain.runbook import Step
from bot.domain.text import justification
from bot.usecases import steps, work
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.gates import numbers
from bot.usecases.holding import arm
from bot.usecases.ports import Actor, Actuation, Context, Tx
from bot.usecases.ratification import find_hold, ratified, ratify
from bot.usecases.record import record
from bot.usecases.releases import releasing
from bot.usecases.suspensions import count_suspensions


@dataclass(frozen=True, slots=True)
class Change:
    """One control's part of a preview: where it is seen to be, where it would go, what customers are told.

    `observed` None means unknown; `kept` that an incident holds it at least as tight already; `between` are
    the levels that a jump passes over.
    """

    control: Control
    observed: Level | None
    to: Level
    customers: str
    kept: bool
    between: tuple[Level, ...] = ()


def named_control(ctx: Context, name: str) -> Control:
    """The control of that id, whatever the case of its letters. Raises NotFound with near names."""
    controls = ctx.content.now.controls
    low = name.strip().casefold()
    for control in controls:
        if control.id.casefold() == low:
            return control
    near = [c.id for c in controls if low and (low in c.id.casefold() or c.id.casefold().startswith(low[:4]))]
    hint = f" Near it: {', '.join(near[:6])}." if near else " /control list shows them all."
    raise NotFound(f"There is no control of that name.{hint}")


def named_level(control: Control, name: str) -> Level:
    """The level of that name. Raises BadInput with the levels there are."""
    try:
        return control.level(name.strip().casefold())
    except KeyError:
        levels = " → ".join(level.id for level in control.levels)
        raise BadInput(
            f"{control.id} has no such level. From normal to most restrictive: {levels}.",
            example=f"/control set {control.id} {control.levels[1].id} Outflow has doubled since 03:10",
        ) from None


def preview(
    pairs: Iterable[tuple[Control, Level]], states: dict[str, ControlState], holds: list[Hold]
) -> list[Change]:
    """What setting these levels would change, control by control."""
    out = []
    for control, level in pairs:
        state = states.get(control.id)
        seen = next((known for known in control.levels if state and known.id == state.observed_level), None)
        wanted = desired_level(control, holds)
        kept = wanted is not None and control.index(wanted.id) >= control.index(level.id)
        out.append(
            Change(control, seen, level, control.told(level), kept, _between(control, seen, wanted, level))
        )
    return out


def _between(control: Control, seen: Level | None, wanted: Level | None, to: Level) -> tuple[Level, ...]:
    """The levels passed over from where it is held or seen; none where neither is known."""
    known = [control.index(level.id) for level in (seen, wanted) if level]
    return control.levels[max(known) + 1 : control.index(to.id)] if known else ()


async def set_control(
    ctx: Context, actor: Actor, incident_id: str, control_id: str, level_id: str, why: str
) -> Hold:
    """Place or raise an incident's hold on one control; one entitled person is enough.

    Raises NotEntitled, BadInput (a looser level is a release), AlreadyDone.
    """
    control = named_control(ctx, control_id)
    level = named_level(control, level_id)
    said = justification(why, example=f"/control set {control.id} {level.id} Outflow has doubled since 03:10")
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        role = entitled_to_tighten(ctx, actor, [control])
        refuse_irreversible([control])
        await _refuse_loosening(ctx, tx, incident, control, level)
        decision = record(
            ctx,
            tx,
            "control.decided",
            actor,
            incident=incident,
            role=role,
            control=control.id,
            level=level.id,
            value=level.value,
            before=await levels_before(tx, incident, [control]),
            numbers=await numbers(ctx, tx),
            justification=said,
        )
        holds = await tighten(ctx, tx, actor, incident, [(control, level)], decision)
        await finish_held(ctx, tx, actor, incident, said)
        await work.draw(tx, incident.id)
        return holds[0]


async def tighten(
    ctx: Context,
    tx: Tx,
    actor: Actor,
    incident: Incident,
    pairs: list[tuple[Control, Level]],
    decision_id: str,
) -> list[Hold]:
    """Place or raise holds under a decision the caller recorded, never lowering one; returns those moved.

    What a release under way has yet to loosen is decided anew, so that the approval no longer covers it; so
    is what somebody else has changed meanwhile.
    """
    states = await tx.controls.lock(incident.environment, [c.id for c, _ in pairs])
    mine = {h.control_id: h for h in await tx.holds.of(incident.id) if h.in_force}
    leaving = await releasing(tx, incident.id) | {c for c, state in states.items() if state.foreign}
    moved = []
    for control, wanted in pairs:
        own, level = mine.get(control.id), wanted
        if own is not None and control.index(own.level) >= control.index(level.id):
            if control.id not in leaving:
                continue
            level = control.level(own.level)
        moved.append(await _hold(ctx, tx, actor, incident, control, level, decision_id, own))
    await tx.holds.add_actuations(
        Actuation(
            id=ctx.ids.new("act"),
            environment=incident.environment,
            control_id=hold.control_id,
            decision_id=decision_id,
            incident_id=incident.id,
            hold_id=hold.id,
            level=hold.level,
            created_at=ctx.clock.now(),
        )
        for hold in moved
    )
    for hold in moved:
        await work.actuate(tx, incident.environment, hold.control_id)
    await count_suspensions(ctx, tx, actor, incident, moved)
    return moved


async def levels_before(tx: Tx, incident: Incident, controls: Iterable[Control]) -> dict[str, str | None]:
    """What is desired of these controls before a decision takes effect; None where nothing is held."""
    holds = await tx.holds.in_force(incident.environment)
    levels = {c.id: desired_level(c, holds) for c in controls}
    return {control_id: level.id if level else None for control_id, level in levels.items()}


def entitled_to_tighten(ctx: Context, actor: Actor, controls: Iterable[Control]) -> Role:
    """The role in which one person may tighten all of these. Raises NotEntitled."""
    content = ctx.content.now
    rules = {c.rule for c in controls}
    role = None
    for rule in sorted(rules):
        role = may_as(ctx, actor, content.authority.rules[rule].tighten, "tighten this")
    if role is None:
        raise NotFound("There is no control to tighten.")
    return role


def refuse_irreversible(controls: Iterable[Control]) -> None:
    """Raises BadInput for a control that nothing of ours can undo."""
    for control in controls:
        if control.irreversible:
            raise BadInput(
                f"{control.id} cannot be undone by us: it takes two people, by hand, at its own console.",
                example=f"/control show {control.id}",
            )


async def finish_held(ctx: Context, tx: Tx, actor: Actor, incident: Incident, said: str) -> None:
    """Finish the control steps whose every control the incident now holds at least so tight."""
    held = {h.control_id: h.level for h in await tx.holds.of(incident.id) if h.in_force}

    def fits(step: Step) -> bool:
        if step.control is None:
            return False
        wanted = matches(ctx, step.control.id)
        return bool(wanted) and all(
            c.id in held and c.index(held[c.id]) >= c.index(step.control.level) for c in wanted
        )

    await steps.finish_matching(ctx, tx, actor, incident, fits, said)


async def _hold(
    ctx: Context,
    tx: Tx,
    actor: Actor,
    incident: Incident,
    control: Control,
    level: Level,
    decision_id: str,
    own: Hold | None,
) -> Hold:
    now = ctx.clock.now()
    fresh = {
        "level": level.id,
        "value": level.value,
        "content_digest": ctx.content.now.policy_digest,
        "decision_id": decision_id,
        "owner": actor.person.id,
        "review_at": now + control.review_after,
        "plan_id": None,
        "placed_at": now,
        "before": own.level if own else None,
    }
    if own is not None:
        hold = await tx.holds.save(own.model_copy(update=fresh))
    else:
        hold = Hold(
            id=ctx.ids.new("hold"),
            incident_id=incident.id,
            environment=incident.environment,
            control_id=control.id,
            **fresh,
        )
        await tx.holds.add(hold)
    await arm(ctx, tx, hold, level)
    return hold


async def _refuse_loosening(ctx: Context, tx: Tx, incident: Incident, control: Control, level: Level) -> None:
    own = next((h for h in await tx.holds.of(incident.id) if h.in_force and h.control_id == control.id), None)
    if level.id == control.levels[0].id or (own and control.index(level.id) < control.index(own.level)):
        raise BadInput(
            f"That would loosen {control.id}; loosening is proposed and takes a second person.",
            example=f"/control release {control.id} The cause has ended and coverage is back",
        )
    anew = control.id in await releasing(tx, incident.id) or await _changed(tx, incident, control)
    if own and own.level == level.id and not anew:
        who = ctx.content.now.directory.people.get(own.owner)
        name = who.name if who else own.owner
        raise AlreadyDone(
            f"{name} set {control.id} to {level.id} at {own.placed_at:%H:%M:%S} UTC.",
            by=name,
            at=own.placed_at,
        )


async def _changed(tx: Tx, incident: Incident, control: Control) -> bool:
    """Whether somebody else's change of it waits for a decision."""
    state = (await tx.controls.all(incident.environment)).get(control.id)
    return state is not None and state.foreign is not None


def matches(ctx: Context, pattern: str) -> list[Control]:
    """The controls a runbook step's pattern means."""
    return matching(ctx.content.now.controls, pattern)


REVIEW_NAG = timedelta(minutes=10)

__all__ = [
    "REVIEW_NAG",
    "Change",
    "entitled_to_tighten",
    "find_hold",
    "finish_held",
    "levels_before",
    "matches",
    "named_control",
    "named_level",
    "preview",
    "ratified",
    "ratify",
    "refuse_irreversible",
    "set_control",
    "tighten",
]
