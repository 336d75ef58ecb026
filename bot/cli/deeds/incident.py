"""What `breakwater incident …` does."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from bot.cli.deeds.answer import Answer, told
from bot.cli.deeds.kinds import Arguments, Asked, Deed, as_given, incident_id, person_called
from bot.domain.base import IncidentClass, Phase, Role, Severity, parse_duration
from bot.domain.errors import BadInput
from bot.usecases import classification, incidents, phases, publications, situations, steps
from bot.usecases.incidents import Declaration
from bot.usecases.ports import Actor, Context
from bot.usecases.step_effects import carry_out
from bot.usecases.steps import CARRIED_OUT, StepRef

Named = TypeVar("Named", bound=StrEnum)


def one_of(kind: type[Named], name: str, what: str) -> Named:
    """The member of that name. Raises BadInput with what there is."""
    try:
        return kind(name.strip().casefold().replace("-", "_"))
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise BadInput(f"There is no {what} {name[:40]}. There are: {known}.") from None


def length(text: str) -> timedelta:
    """`90m` or `1h30m`. Raises BadInput."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise BadInput(f"{error}.") from None


async def _declare(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    severity = one_of(Severity, given.get("severity", "sev2"), "severity")
    made = await incidents.declare(ctx, actor, Declaration(given["summary"], severity, once=actor.request_id))
    return told(f"{made.id} {made.code_name} is declared, {made.severity}.", incident=made.id)


async def _classify(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    wanted = one_of(IncidentClass, given["class"], "class")
    made = await classification.set_class(ctx, actor, given["incident"], wanted, given["why"])
    return told(f"{made.id}: the class is {wanted.words}, confirmed.", incident=made.id, class_=wanted.value)


async def _phase(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    to = one_of(Phase, given["phase"], "phase")
    made = await phases.move_phase(ctx, actor, given["incident"], to, given["why"])
    return told(f"{made.id} is in {made.phase} now.", incident=made.id, phase=made.phase.value)


async def _end(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    made = await phases.move_phase(ctx, actor, given["incident"], Phase(given["phase"]), given["why"])
    said = made.phase.value.replace("_", " ")
    return told(f"{made.id} is {said}.", incident=made.id, phase=made.phase.value)


async def _role(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    role = one_of(Role, given["role"], "role")
    found = person_called(ctx, given["person"])
    made = await incidents.assign_role(ctx, actor, given["incident"], role, found.id)
    return told(f"{found.name} is {role.words} of {made.id}.", incident=made.id, person=found.id)


async def _handoff(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    found = person_called(ctx, given["person"])
    made = await incidents.hand_off(ctx, actor, given["incident"], found.id)
    return told(f"{found.name} commands {made.id}.", incident=made.id, person=found.id)


async def _here(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    made = await incidents.show_up(ctx, actor, given["incident"])
    mine = [r.words for r in Role if made.assigned.get(r) == actor.person.id]
    return told(f"You are {', '.join(mine)} of {made.id}.", incident=made.id, roles=mine)


async def _note(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    made = await incidents.add_note(ctx, actor, given["incident"], given["text"])
    return told(f"Noted in {made.id}.", incident=made.id)


async def _update(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    found = await publications.draft_update(ctx, actor, given["incident"], given.get("text") or None)
    sentence = f"“{found.title}” is drafted; `breakwater approval approve {found.id}` publishes it."
    return told(sentence.replace("`", ""), publication=found.id)


async def _macros(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    found = await publications.draft_macros(ctx, actor, given["incident"])
    return told(f"The support macros are drafted; breakwater approval approve {found.id} publishes them.")


async def _runbook(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    made = await situations.add_runbook(ctx, actor, given["incident"], given["runbook"], given["why"])
    return told(f"{given['runbook']} runs in {made.id} now.", incident=made.id)


async def _the_step(asked: Asked, given: Arguments) -> dict[str, str]:
    """Exactly which step of which walk the words mean, so that what is signed names it."""
    named = await incident_id(asked.ctx, given)
    async with asked.ctx.store.read() as tx:
        incident = await tx.incidents.get(named)
        _, step, state = await steps.by_title(tx, incident, given["step"])
    where = {"incident": named, "runbook": state.runbook_id, "step": step.id, "round": str(state.round)}
    return {**given, **where}


def _ref(given: Arguments) -> StepRef:
    return StepRef(given["incident"], given["runbook"], given["step"], int(given["round"]))


async def _done(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    """Tick it, choose its option, or carry out what it says: whichever kind of step it is."""
    ref, words = _ref(given), given.get("why", "")
    async with ctx.store.read() as tx:
        _, step, _ = await steps.find(tx, ref)
    if option := given.get("option"):
        await steps.choose(ctx, actor, ref, option, words)
    elif step.kind in CARRIED_OUT:
        await carry_out(ctx, actor, ref, words)
    else:
        await steps.finish_step(ctx, actor, ref, words)
    ordered = "ordered; it counts once it is observed" if step.kind in CARRIED_OUT else "done"
    return told(f"{ref.incident_id}: “{step.title}” is {ordered}.", incident=ref.incident_id, step=step.id)


async def _skip(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    state = await steps.skip_step(ctx, actor, _ref(given), given["why"])
    return told(f"{state.incident_id}: {state.step_id} is skipped.", step=state.step_id)


async def _block(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    state = await steps.block_step(ctx, actor, _ref(given), given["why"])
    said = f"{state.incident_id}: {state.step_id} is blocked; the commander is told."
    return told(said, step=state.step_id)


DEEDS = {
    "incident declare": Deed(_declare, as_given),
    "incident classify": Deed(_classify),
    "incident phase": Deed(_phase),
    "incident standdown": Deed(_end),
    "incident close": Deed(_end),
    "incident role": Deed(_role),
    "incident handoff": Deed(_handoff),
    "incident here": Deed(_here),
    "incident note": Deed(_note),
    "incident update": Deed(_update),
    "incident macros": Deed(_macros),
    "incident runbook": Deed(_runbook),
    "incident step done": Deed(_done, _the_step),
    "incident step skip": Deed(_skip, _the_step),
    "incident step block": Deed(_block, _the_step),
}
