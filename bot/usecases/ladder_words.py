"""What people say to a reopening under way: step back, or go on once the gates are open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.approval import ReleasePlan
from bot.domain.authority import Person
from bot.domain.base import Role
from bot.domain.errors import AlreadyDone, NotFound, Stale
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.domain.text import justification
from bot.usecases import work
from bot.usecases.entitlement import may_as, take_part
from bot.usecases.frozen import name_of
from bot.usecases.gates import numbers
from bot.usecases.modes import entitled as may_protect
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.releases import GOING
from bot.usecases.shown import Pairs
from bot.usecases.stepping_back import step_back

BACK_EXAMPLE = "Outflow has doubled since the last step"
ON_EXAMPLE = "Books agree again; the drift was a late block"


async def take_step_back(ctx: Context, actor: Actor, plan_id: str, shown: str, why: str) -> ReleasePlan:
    """Take the last step of a reopening back, alone and at once, as whoever may protect.

    `shown` is the `mark` of the plan that was shown. Raises NotEntitled, NotFound with nothing to take back,
    Stale.
    """
    said = justification(why, example=BACK_EXAMPLE)
    async with ctx.store.write() as tx:
        incident, plan = await _under_way(ctx, tx, actor, plan_id)
        _, role = may_protect(ctx, actor, ModeId.PROTECTED)
        if shown != mark(plan):
            raise Stale("The reopening has moved on since this was shown; look at the newest card.")
        if plan.standing is None:
            raise NotFound("No step was taken that could be taken back.")
        plan = await step_back(ctx, tx, incident, plan, said, actor, role)
        await work.at(ctx, tx, ctx.clock.now(), "ladder", plan.id)
        return plan


async def go_on(ctx: Context, actor: Actor, plan_id: str, why: str) -> ReleasePlan:
    """Let a reopening that has stepped back go on as soon as its gates are open; the approval covers it.

    Either role of those that approve such a release may. Raises NotEntitled, AlreadyDone, NotFound.
    """
    said = justification(why, example=ON_EXAMPLE)
    async with ctx.store.write() as tx:
        incident, plan = await _under_way(ctx, tx, actor, plan_id)
        role = await _may_go_on(ctx, tx, actor, plan)
        if not plan.asks:
            raise await _already(ctx, tx, plan)
        facts: dict[str, Any] = {"plan": plan.id, "numbers": await numbers(ctx, tx), "justification": said}
        record(ctx, tx, "plan.go_on", actor, incident=incident, role=role, **facts)
        await tx.keepsakes.set_fact(_fact(plan), f"{ctx.clock.now().isoformat()} {actor.person.id}")
        reason = "it goes on when its gates are open"
        changes = {"asks": False, "paused_because": reason}
        plan = await tx.proposals.save_plan(plan.model_copy(update=changes))
        await work.at(ctx, tx, ctx.clock.now(), "ladder", plan.id)
        await work.draw(tx, incident.id)
        return plan


def mark(plan: ReleasePlan) -> str:
    """Names the step that would be taken back, and how often one was."""
    return f"{plan.standing}.{plan.tries}"


def may_go_on(ctx: Context, person: Person, pairs: Pairs) -> bool:
    """Whether a person's word lets a reopening go on."""
    return bool(ctx.content.now.directory.eligible(person.id) & {role for pair in pairs for role in pair})


async def _under_way(ctx: Context, tx: Tx, actor: Actor, plan_id: str) -> tuple[Incident, ReleasePlan]:
    plan = await tx.proposals.plan(plan_id)
    incident = await take_part(ctx, tx, actor, plan.incident_id)
    plan = await tx.proposals.plan(plan_id, lock=True)
    if plan.status not in GOING:
        raise NotFound(f"That reopening of {incident.id} is over.")
    return incident, plan


async def _may_go_on(ctx: Context, tx: Tx, actor: Actor, plan: ReleasePlan) -> Role:
    pairs = (await tx.proposals.get(plan.proposal_id)).shown.pairs
    roles = tuple(dict.fromkeys(role for pair in pairs for role in pair))
    return may_as(ctx, actor, roles, "let the reopening go on")


async def _already(ctx: Context, tx: Tx, plan: ReleasePlan) -> AlreadyDone | Stale:
    kept = await tx.keepsakes.fact(_fact(plan))
    if kept is None:
        return Stale("The reopening asks for nothing: it goes on by itself when its gates are open.")
    moment, _, person = kept.partition(" ")
    by, at = name_of(ctx, person), datetime.fromisoformat(moment)
    return AlreadyDone(f"{by} let it go on at {at:%H:%M:%S} UTC.", by=by, at=at)


def _fact(plan: ReleasePlan) -> str:
    return f"go_on:{plan.id}:{plan.tries}"
