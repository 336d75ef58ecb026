"""What the submitted modals do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.base import Phase, Severity
from bot.domain.errors import Stale
from bot.domain.mode import ModeId
from bot.domain.text import justification
from bot.slack import approving, freezing, ids, laddering, reviewing, shortcuts, transfers
from bot.slack.ask import Ask, Replace, Reply, say
from bot.slack.cards.forms import WORDS, tighten_confirm
from bot.slack.cards.words import people
from bot.slack.commands import previews
from bot.slack.ids import OLD, Form
from bot.slack.text import escape, utc
from bot.slack.tree import answered
from bot.usecases import approvals, controls, incidents, modes, phases, publications, signals, steps
from bot.usecases.incidents import Declaration
from bot.usecases.step_effects import carry_out

WHY = "justification"


async def _declare(ask: Ask) -> Reply:
    severity = ask.fields.get("severity", Severity.SEV2)
    if severity not in set(Severity):
        raise Stale(OLD)
    found = shortcuts.remembered(ask.memory)
    given = Declaration(ask.fields.get("summary", ""), Severity(severity), once=ask.token, evidence=found)
    incident = await incidents.declare(ask.ctx, ask.actor, given)
    return say(f"{incident.id} {escape(incident.code_name)} is declared. Its channel is on the way.")


async def _dismiss(ask: Ask) -> Reply:
    await signals.dismiss(ask.ctx, ask.actor, _kept(ask, "suggestion"), ask.fields.get(WHY, ""))
    return None


async def _tighten(ask: Ask) -> Reply:
    control_id, level_id = ids.parts(ask.fields.get("control", ""), 2)
    control = controls.named_control(ask.ctx, control_id)
    level = controls.named_level(control, level_id)
    said = justification(ask.fields.get(WHY, ""), example="Outflow has doubled since 03:10", limit=WORDS)
    controls.entitled_to_tighten(ask.ctx, ask.actor, [control])
    change = (await previews.levels(ask, [(control, level)]))[0]
    memory = ids.metadata(
        **{**ask.memory, "control": control.id, "level": level.id, "why": said, "step": "2"}
    )
    touched = await previews.impact(ask, control)
    return Replace(tighten_confirm(memory, change, said, previews.loosening(ask, control, level), touched))


async def _tighten_confirm(ask: Ask) -> Reply:
    hold = await controls.set_control(
        ask.ctx,
        ask.actor,
        _kept(ask, "incident"),
        _kept(ask, "control"),
        _kept(ask, "level"),
        _kept(ask, "why"),
    )
    return say(f"{escape(hold.control_id)} is ordered to {hold.level}. The card shows when it is observed.")


async def _protect(ask: Ask) -> Reply:
    if _kept(ask, "mode") not in set(ModeId):
        raise Stale(OLD)
    mode = ModeId(_kept(ask, "mode"))
    incident = await modes.set_mode(ask.ctx, ask.actor, mode, ask.fields.get(WHY, ""), _kept(ask, "incident"))
    return say(f"{incident.id}: {mode} mode is ordered. The card counts what is confirmed.")


async def _off(ask: Ask) -> Reply:
    proposal = await approvals.propose_off(
        ask.ctx, ask.actor, _kept(ask, "incident"), ask.fields.get(WHY, "")
    )
    who = people(approvals.approvers(ask.ctx, proposal))
    return say(f"Proposed. It waits for {who}, until {utc(proposal.shown.expires_at)}.")


async def _step_done(ask: Ask) -> Reply:
    await steps.finish_step(ask.ctx, ask.actor, ids.step_of(_kept(ask, "ref")), ask.fields.get(WHY, ""))
    return None


async def _carry_out(ask: Ask) -> Reply:
    await carry_out(ask.ctx, ask.actor, ids.step_of(_kept(ask, "ref")), ask.fields.get(WHY, ""))
    return say("Ordered. The card shows when it is observed.")


async def _step_skip(ask: Ask) -> Reply:
    await steps.skip_step(ask.ctx, ask.actor, ids.step_of(_kept(ask, "ref")), ask.fields.get(WHY, ""))
    return None


async def _step_block(ask: Ask) -> Reply:
    await steps.block_step(ask.ctx, ask.actor, ids.step_of(_kept(ask, "ref")), ask.fields.get(WHY, ""))
    return None


async def _refuse(ask: Ask) -> Reply:
    await approvals.refuse(ask.ctx, ask.actor, _kept(ask, "proposal"), ask.fields.get(WHY, ""))
    return None


async def _draft_edit(ask: Ask) -> Reply:
    version = ids.number(_kept(ask, "version"))
    await publications.edit_draft(
        ask.ctx, ask.actor, _kept(ask, "publication"), ask.fields.get("body", ""), version
    )
    return None


async def _close(ask: Ask) -> Reply:
    ended = await phases.move_phase(
        ask.ctx, ask.actor, _kept(ask, "incident"), Phase.CLOSED, ask.fields.get(WHY, "")
    )
    return say(f"{ended.id} is closed.")


async def _nothing(_ask: Ask) -> Reply:
    return None


_FORMS: dict[Form, Callable[[Ask], Awaitable[Reply]]] = {
    Form.DECLARE: _declare,
    Form.DISMISS: _dismiss,
    Form.TIGHTEN: _tighten,
    Form.TIGHTEN_CONFIRM: _tighten_confirm,
    Form.PROTECT: _protect,
    Form.OFF: _off,
    Form.EXTEND: reviewing.extend,
    Form.RELEASE: reviewing.release,
    Form.STEP_DONE: _step_done,
    Form.STEP_CARRY_OUT: _carry_out,
    Form.STEP_SKIP: _step_skip,
    Form.STEP_BLOCK: _step_block,
    Form.STEP_CHOOSE: transfers.chosen,
    Form.TRANSFER: transfers.proposed,
    Form.TRANSFER_SENT: transfers.sent,
    Form.TRANSFER_OFF: transfers.called_off,
    Form.RUNBOOK: transfers.runbook_chosen,
    Form.CLASSIFY: answered,
    Form.REFUSE: _refuse,
    Form.APPROVE: approving.chosen,
    Form.STEP_BACK: laddering.back,
    Form.GO_ON: laddering.on,
    Form.DRAFT_EDIT: _draft_edit,
    Form.CLOSE: _close,
    Form.FREEZE_ALL: freezing.frozen_all,
    Form.LIFT: freezing.lifted,
    Form.NOTICE: _nothing,
}


async def submitted(form: Form, ask: Ask) -> Reply:
    """Carry a submitted modal out. Raises Refusal, Repeated and StoreError."""
    return await _FORMS[form](ask)


def _kept(ask: Ask, name: str) -> str:
    """What the modal remembers under a name. Raises Stale."""
    if name not in ask.memory:
        raise Stale(OLD)
    return ask.memory[name]
