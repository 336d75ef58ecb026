"""The buttons of a step: one tap where one is enough, a modal where a preview or words are needed."""

from __future__ import annotations

from bot.domain.approval import PlanStatus
from bot.domain.errors import NotFound
from bot.domain.incident import Incident
from bot.domain.runbook import Step, StepKind, StepState
from bot.slack import ids
from bot.slack.ask import Ask, Open, Reply, say
from bot.slack.cards.blocks import Block
from bot.slack.cards.forms import carry_out_form, gate_form, words_form
from bot.slack.cards.preview import change_lines, mode_lines
from bot.slack.cards.words import people
from bot.slack.commands import previews
from bot.slack.ids import Form
from bot.slack.text import escape
from bot.slack.transfers import decision_form, proposal_form
from bot.slack.tree import first_question
from bot.usecases import controls, phases, steps
from bot.usecases.step_effects import carry_out

AGAIN = "the button again in a moment, or `/incident step`"


async def done(ask: Ask) -> Reply:
    """The first button: it does, asks, shows or drafts, as the step's kind needs."""
    ref = ids.step_of(ask.packed)
    incident, step, state = await _at_hand(ask, ref)
    if step.kind is StepKind.DECIDE and step.decide == "class":
        return await first_question(ask, incident.id)
    if step.decide == "ladder" and not await _reopening(ask, incident):
        return Open(_off(ask, incident), "`/protected-mode off The cause has ended and coverage is back`")
    form = await _form(ask, incident, step, state)
    if form is not None:
        return Open(form, AGAIN)
    if step.kind is StepKind.PUBLISH:
        await carry_out(ask.ctx, ask.actor, ref)
        return say("A draft is below. Approving it finishes this step.")
    if step.kind is StepKind.PAGE:
        await carry_out(ask.ctx, ask.actor, ref)
        return say(f"Paged: {_called(ask, step)}.")
    await steps.finish_step(ask.ctx, ask.actor, ref)
    return None


async def _form(ask: Ask, incident: Incident, step: Step, state: StepState) -> Block | None:
    """What a step asks or shows before it is done; None where one tap is enough."""
    match step.kind:
        case StepKind.CONTROL | StepKind.MODE:
            return await _carry_out(ask, incident, step)
        case StepKind.GATE:
            return await _gate(ask, incident, step)
        case StepKind.TRANSFER:
            return proposal_form(ask, incident, step)
        case StepKind.DECIDE if step.options:
            return decision_form(ask, incident, step, state)
    return _asking(ask, step) if step.asks else None


async def skipped(ask: Ask) -> Reply:
    """Ask why the step is passed over."""
    return await _put_aside(ask, Form.STEP_SKIP, "Skip the step", "Why is it passed over?", "Skip")


async def blocked(ask: Ask) -> Reply:
    """Ask what blocks the step."""
    return await _put_aside(ask, Form.STEP_BLOCK, "Blocked", "What blocks it?", "Blocked")


async def _put_aside(ask: Ask, form: Form, title: str, label: str, submit: str) -> Reply:
    _, step, _ = await _at_hand(ask, ids.step_of(ask.packed), aside=True)
    above = f"*{escape(step.title)}*"
    return Open(words_form(form, title, label, _memory(ask), submit=submit, above=above), AGAIN)


def _called(ask: Ask, step: Step) -> str:
    return people([p.name for p in ask.ctx.content.now.directory.holders(step.page)])


async def _at_hand(ask: Ask, ref: steps.StepRef, *, aside: bool = False) -> tuple[Incident, Step, StepState]:
    """The step, if this person may act on it. Raises AlreadyDone, NotFound, NotEntitled."""
    async with ask.ctx.store.read() as tx:
        incident, step, state = await steps.find(tx, ref)
    if aside or step.kind is not StepKind.TRANSFER or state.status.finished:  # else its form asks who may
        steps.may_do(ask.ctx, ask.actor, incident, step, state)
    return incident, step, state


async def _carry_out(ask: Ask, incident: Incident, step: Step) -> Block:
    if step.kind is StepKind.MODE and step.mode:
        return carry_out_form(step, _memory(ask), mode_lines(await previews.mode(ask, step.mode, incident)))
    wanted = controls.matches(ask.ctx, step.control.id) if step.control else []
    if step.control is None or not wanted:
        raise NotFound(f"There is no control for “{step.title}”.")
    controls.entitled_to_tighten(ask.ctx, ask.actor, wanted)
    pairs = [(c, c.level(step.control.level)) for c in wanted]
    changes = await previews.levels(ask, pairs)
    texts = [*change_lines(changes), previews.loosening(ask, *pairs[0])]
    return carry_out_form(step, _memory(ask), texts)


async def _gate(ask: Ask, incident: Incident, step: Step) -> Block:
    async with ask.ctx.store.read() as tx:
        result = await phases.ask_gate(ask.ctx, tx, step.gate or "", incident)
    return gate_form(step, _memory(ask), result)


async def _reopening(ask: Ask, incident: Incident) -> bool:
    async with ask.ctx.store.read() as tx:
        plans = await tx.proposals.plans(incident.id)
    return any(p.status in (PlanStatus.RUNNING, PlanStatus.PAUSED, PlanStatus.DONE) for p in plans)


def _off(ask: Ask, incident: Incident) -> Block:
    memory = ids.metadata(incident=incident.id, channel=ask.channel)
    label = "Why may it reopen now?"
    return words_form(Form.OFF, f"Reopen · {incident.id}", label, memory, submit="Propose")


def _asking(ask: Ask, step: Step) -> Block:
    above = f"*{escape(step.title)}*"
    return words_form(Form.STEP_DONE, "Done", step.asks, _memory(ask), submit="Done", above=above, most=2000)


def _memory(ask: Ask) -> str:
    return ids.metadata(ref=ask.packed, channel=ask.channel)
