"""Answering the decision tree, and setting or changing the class."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import IncidentClass
from bot.domain.classification import Answer, DecisionTree, Finding, Question, follow
from bot.domain.errors import BadInput
from bot.domain.incident import Incident
from bot.domain.text import clean, justification
from bot.usecases import phases, steps, work
from bot.usecases.entitlement import may, take_part
from bot.usecases.gates import numbers
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record

ASK_AGAIN = timedelta(minutes=10)


async def answer_question(
    ctx: Context, actor: Actor, incident_id: str, question_id: str, answer: Answer, remark: str = ""
) -> Finding:
    """Answer one question; the answer and the signals beside it go into the ledger.

    The class the answers lead to is taken over, confirmed when it was reached on known answers alone.
    """
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        role = may(ctx, actor, incident, "classify", f"classify {incident.id}")
        pinned = await tx.keepsakes.pinned(incident.content_digest)
        question = next((q for q in pinned.tree.questions if q.id == question_id), None)
        if question is None:
            raise BadInput("The tree has no such question.", example="/incident classify")
        await tx.steps.answer(incident.id, question.id, answer)
        record(
            ctx,
            tx,
            "classification.answered",
            actor,
            incident=incident,
            role=role,
            question=question.id,
            asked=question.ask,
            answer=answer.value,
            remark=clean(remark, limit=500),
            signals=await _beside(ctx, tx, question),
        )
        finding = follow(pinned.tree, {**await tx.steps.answers(incident.id), question.id: answer})
        if finding.next is None:
            await _take_over(ctx, tx, actor, incident, finding)
            await _answered(ctx, tx, actor, incident.id, finding.class_)
            if not finding.firm:
                await work.at(ctx, tx, ctx.clock.now() + ASK_AGAIN, "classify_due", incident.id)
        await work.draw(tx, incident.id)
        return finding


async def set_class(
    ctx: Context, actor: Actor, incident_id: str, class_: IncidentClass, why: str
) -> Incident:
    """Name the class outright, confirmed on the commander's word."""
    said = justification(
        why, example="/incident classify counterparty_failure Northbank confirmed it by phone"
    )
    async with ctx.store.write() as tx:
        incident = await take_part(ctx, tx, actor, incident_id)
        role = may(ctx, actor, incident, "classify", f"classify {incident.id}")
        record(
            ctx,
            tx,
            "classification.named",
            actor,
            incident=incident,
            role=role,
            class_=class_.value,
            numbers=await numbers(ctx, tx),
            justification=said,
        )
        incident = await _reclassify(
            ctx, tx, actor, incident, class_, confirmed=True, runner_up=incident.runner_up
        )
        await _answered(ctx, tx, actor, incident.id, class_)
        await work.draw(tx, incident.id)
        return incident


async def standing_question(tx: Tx, incident: Incident) -> Finding:
    """The question to ask next, or what the answers amount to."""
    pinned = await tx.keepsakes.pinned(incident.content_digest)
    return follow(pinned.tree, await tx.steps.answers(incident.id))


def leads_to(tree: DecisionTree, question: Question, answer: Answer) -> Question | None:
    """The question that an answer leads to, an unknown one counting as the dangerous one; None at an end."""
    taken = question.dangerous if answer is Answer.UNKNOWN else answer
    way = question.yes if taken is Answer.YES else question.no
    return next((q for q in tree.questions if q.id == way), None)


async def _answered(
    ctx: Context, tx: Tx, actor: Actor, incident_id: str, class_: IncidentClass | None
) -> None:
    """The step that asked for a class is done, a provisional end included."""
    incident = await tx.incidents.get(incident_id)
    said = class_.words if class_ else "provisional"
    await steps.finish_matching(ctx, tx, actor, incident, lambda s: s.decide == "class", said)


async def _beside(ctx: Context, tx: Tx, question: Question) -> dict[str, str]:
    readings = await phases.readings(ctx, tx)
    return {name: readings[name].said for name in question.signals if name in readings}


async def _take_over(ctx: Context, tx: Tx, actor: Actor, incident: Incident, finding: Finding) -> None:
    if finding.class_ is None:
        return
    # What the commander has confirmed is not put in doubt by an answer that points the same way.
    confirmed = finding.firm or (incident.class_confirmed and incident.class_ is finding.class_)
    await _reclassify(
        ctx, tx, actor, incident, finding.class_, confirmed=confirmed, runner_up=finding.runner_up
    )


async def _reclassify(
    ctx: Context,
    tx: Tx,
    actor: Actor,
    incident: Incident,
    class_: IncidentClass,
    *,
    confirmed: bool,
    runner_up: IncidentClass | None,
) -> Incident:
    """Holds and finished steps stay; unfinished steps of another class go, those of the new class come."""
    before = incident.class_
    changes = {"class_": class_, "class_confirmed": confirmed, "runner_up": runner_up}
    incident = await tx.incidents.save(incident.model_copy(update=changes))
    record(
        ctx,
        tx,
        "class.set",
        actor,
        incident=incident,
        before=before.value if before else None,
        after=class_.value,
        confirmed=confirmed,
    )
    if before is not class_:
        await phases.supersede(ctx, tx, incident, f"the class is now {class_.words}", only_class=True)
        await phases.lay_out(ctx, tx, incident)
        await work.follow(tx, incident.id)
    return incident
