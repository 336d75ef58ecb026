"""Walking the decision tree in one modal, question by question."""

from __future__ import annotations

from contextlib import suppress

from bot.domain.classification import Answer, Question
from bot.domain.errors import Ended, Stale
from bot.domain.incident import Incident
from bot.slack.ask import Ask, Open, Replace, Reply
from bot.slack.cards.blocks import Block
from bot.slack.cards.forms import classify_form, notice
from bot.slack.ids import metadata
from bot.slack.text import escape
from bot.usecases import classification, phases
from bot.usecases.entitlement import may
from bot.usecases.once import Repeated
from bot.usecases.ports import Tx
from bot.usecases.situations import choices


async def first_question(ask: Ask, incident_id: str) -> Reply:
    """The question to ask next; once all are answered, the first again with the answer given before."""
    async with ask.ctx.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
        if incident.ended:
            raise Ended(f"{incident.id} has ended; nothing was changed.")
        may(ask.ctx, ask.actor, incident, "classify", f"classify {incident.id}")
        finding = await classification.standing_question(tx, incident)
        tree = (await tx.keepsakes.pinned(incident.content_digest)).tree
        question = finding.next or tree.questions[0]
        form = await _form(ask, tx, incident_id, question)
    return Open(form, "`/incident classify counterparty_failure Northbank confirmed it by phone`")


async def answered(ask: Ask) -> Reply:
    """Record one answer, then show the question it leads to, or what the answers amount to."""
    incident_id, question_id = ask.memory.get("incident", ""), ask.memory.get("step", "")
    raw = ask.fields.get(f"answer.{question_id}", "")
    if raw not in set(Answer):
        raise Stale("That form is from an older version; open it again with /incident classify.")
    answer = Answer(raw)
    remark = ask.fields.get(f"remark.{question_id}", "")
    with suppress(Repeated):  # a submission that came twice is shown the way on all the same
        await classification.answer_question(ask.ctx, ask.actor, incident_id, question_id, answer, remark)
    async with ask.ctx.store.read() as tx:
        return Replace(await _next(ask, tx, incident_id, question_id, answer))


async def _next(ask: Ask, tx: Tx, incident_id: str, question_id: str, answer: Answer) -> Block:
    incident = await tx.incidents.get(incident_id)
    tree = (await tx.keepsakes.pinned(incident.content_digest)).tree
    question = next(q for q in tree.questions if q.id == question_id)
    following = classification.leads_to(tree, question, answer)
    if following is not None:
        return await _form(ask, tx, incident_id, following)
    if incident.class_ is None:
        text = "No class yet. Stay provisional and ask again in ten minutes with `/incident classify`."
    else:
        sure = "confirmed" if incident.class_confirmed else "provisional: an answer was unknown"
        other = f"\nRunner-up: {incident.runner_up.words}." if incident.runner_up else ""
        tail = "Its steps are on the board; holds and done steps stay."
        text = f"*{incident.class_.words}* ({sure}).{other}\n{tail}{await _special(tx, incident)}"
    return notice(f"Class · {incident.id}", text)


async def _special(tx: Tx, incident: Incident) -> str:
    """The runbooks for special cases of the incident's class that could be added; markup."""
    every = await choices(tx, incident)
    fit = [c.book for c in every if c.book.class_ is incident.class_ and not c.added]
    texts = "".join(f"\n• *{escape(b.title)}* — {escape(b.situation)}" for b in fit)
    return f"\nSpecial cases, to be added with `/incident runbook`:{texts}" if texts else ""


async def _form(ask: Ask, tx: Tx, incident_id: str, question: Question) -> Block:
    incident = await tx.incidents.get(incident_id)
    tree = (await tx.keepsakes.pinned(incident.content_digest)).tree
    readings = await phases.readings(ask.ctx, tx)
    before = (await tx.steps.answers(incident_id)).get(question.id)
    number = f"{tree.questions.index(question) + 1} of {len(tree.questions)}"
    channel = ask.channel or ask.memory.get("channel", "")
    memory = metadata(incident=incident_id, step=question.id, channel=channel)
    beside = [readings[s] for s in question.signals if s in readings]
    return classify_form(memory, question, beside, number, before)
