"""What the buttons do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.base import Role, Severity
from bot.domain.errors import Stale
from bot.domain.incident import Incident
from bot.domain.mode import ModeId
from bot.domain.text import SUMMARY_MAX
from bot.slack import approving, by_hand, freezing, ids, laddering, reviewing, transfers
from bot.slack.ask import Ask, Open, Reply, say
from bot.slack.cards.forms import declare_form, draft_form, protect_form, tighten_form, words_form
from bot.slack.commands import previews, showing
from bot.slack.commands.protected_mode import NONE
from bot.slack.ids import OLD, Act, Form
from bot.slack.step_buttons import blocked, done, skipped
from bot.slack.text import clip, escape, utc
from bot.usecases import controls, incidents, modes, publications, signals
from bot.usecases.chart import ask_for_chart
from bot.usecases.entitlement import may, may_as
from bot.usecases.incidents import Declaration

ON = "`/protected-mode on Northbank has paused withdrawals`"


async def _declare(ask: Ask) -> Reply:
    severity, token, said = ids.parts(ask.packed, 3)
    if severity not in set(Severity):
        raise Stale(OLD)
    given = Declaration(said, Severity(severity), once=token)
    return _declared(await incidents.declare(ask.ctx, ask.actor, given))


async def _ask_declare(ask: Ask) -> Reply:
    return Open(declare_form(ask.channel), "`/incident declare Withdrawals run after Northbank paused`")


async def _take_up(ask: Ask) -> Reply:
    async with ask.ctx.store.read() as tx:
        found = await tx.suggestions.get(ask.packed)
    said = clip(f"{found.title}: {found.summary}", SUMMARY_MAX)
    return _declared(await incidents.declare(ask.ctx, ask.actor, Declaration(said, suggestion_id=found.id)))


def _declared(incident: Incident) -> Reply:
    return say(f"{incident.id} {escape(incident.code_name)} is declared. Its channel is on the way.")


async def _dismiss(ask: Ask) -> Reply:
    may_as(ask.ctx, ask.actor, signals.FINDS, "dismiss a suggestion")
    memory = ids.metadata(suggestion=ask.packed, channel=ask.channel)
    hint = "For example: a planned wallet move; coverage is back in ten minutes."
    form = words_form(
        Form.DISMISS, "Dismiss", "Why is no incident needed?", memory, submit="Dismiss", hint=hint
    )
    return Open(form, "the button again in a moment")


async def _here(ask: Ask) -> Reply:
    incident = await incidents.show_up(ask.ctx, ask.actor, ask.packed)
    mine = [r.words for r in Role if incident.assigned.get(r) == ask.actor.person.id]
    return say(f"You are {', '.join(mine)} of {incident.id}.")


async def _tighten(ask: Ask) -> Reply:
    content = ask.ctx.content.now
    roles = {role for rule in content.authority.rules.values() for role in rule.tighten}
    may_as(ask.ctx, ask.actor, sorted(roles), "tighten a control")
    form = tighten_form(ask.packed, ask.channel, content.controls)
    return Open(form, "`/control set withdrawals.risk checked Outflow to new addresses has doubled`")


async def _protect(ask: Ask) -> Reply:
    async with ask.ctx.store.read() as tx:
        incident = await tx.incidents.get(ask.packed)
    preview = await previews.mode(ask, ModeId.PROTECTED, incident)
    memory = ids.metadata(incident=incident.id, channel=ask.channel, mode=ModeId.PROTECTED)
    return Open(protect_form(preview, memory), ON)


async def _confirm_mode(ask: Ask) -> Reply:
    mode, incident_id, token, said = ids.parts(ask.packed, 4)
    if mode not in set(ModeId):
        raise Stale(OLD)
    named = None if incident_id == NONE else incident_id
    incident = await modes.set_mode(ask.ctx, ask.actor, ModeId(mode), said, named, once=token)
    return say(f"{incident.id}: {mode} mode is ordered. The card counts what is confirmed.")


async def _update(ask: Ask) -> Reply:
    found = await publications.draft_update(ask.ctx, ask.actor, ask.packed)
    return say(f"“{escape(found.title)}” is drafted below, for approval.")


async def _chart(ask: Ask) -> Reply:
    incident = await ask_for_chart(ask.ctx, ask.packed, (), ask.actor.request_id)
    return say(f"A chart of {incident.id} is being drawn; it appears in the channel.")


async def _ratify(ask: Ask) -> Reply:
    hold_id, _ = ids.parts(ask.packed, 2)
    hold = await controls.ratify(ask.ctx, ask.actor, hold_id)
    return say(f"{escape(hold.control_id)} {hold.level}: ratified by you, {utc(ask.ctx.clock.now())}.")


async def _draft_approve(ask: Ask) -> Reply:
    publication_id, version = ids.parts(ask.packed, 2)
    found = await publications.approve_publication(ask.ctx, ask.actor, publication_id, ids.number(version))
    return say(f"“{escape(found.title)}” is approved and being published.")


async def _draft_edit(ask: Ask) -> Reply:
    publication_id, version = ids.parts(ask.packed, 2)
    async with ask.ctx.store.read() as tx:
        found = await tx.publications.get(publication_id)
        incident = await tx.incidents.get(found.incident_id)
    may(ask.ctx, ask.actor, incident, "publish", "edit what the public is told")
    if found.version != ids.number(version):
        raise Stale("The draft was changed since this message was drawn; read it again.")
    memory = ids.metadata(publication=found.id, version=version, channel=ask.channel)
    return Open(draft_form(found, memory), "the button again in a moment")


async def _draft_discard(ask: Ask) -> Reply:
    publication_id, _ = ids.parts(ask.packed, 2)
    await publications.discard_draft(ask.ctx, ask.actor, publication_id)
    return None


ACTIONS: dict[Act, Callable[[Ask], Awaitable[Reply]]] = {
    Act.DECLARE: _declare,
    Act.DECLARE_ASK: _ask_declare,
    Act.TAKE_UP: _take_up,
    Act.DISMISS: _dismiss,
    Act.HERE: _here,
    Act.EXTEND: reviewing.ask_extend,
    Act.WAY_OUT: reviewing.ask_way_out,
    Act.BRIEF: showing.brief_modal,
    Act.BRIEF_POST: showing.post_brief,
    Act.TIMELINE: showing.timeline_page,
    Act.TIGHTEN: _tighten,
    Act.PROTECT: _protect,
    Act.CONFIRM_MODE: _confirm_mode,
    Act.UPDATE: _update,
    Act.CHART: _chart,
    Act.STEP_DONE: done,
    Act.STEP_SKIP: skipped,
    Act.STEP_BLOCK: blocked,
    Act.TRANSFER_AGREE: transfers.agree,
    Act.TRANSFER_SENT: transfers.ask_sent,
    Act.TRANSFER_SEEN: transfers.seen,
    Act.TRANSFER_OFF: transfers.ask_off,
    Act.TRANSFERS_DONE: transfers.done,
    Act.APPROVE: approving.approve,
    Act.REFUSE: approving.ask_refuse,
    Act.GO_ON: laddering.ask_on,
    Act.STEP_BACK: laddering.ask_back,
    Act.RATIFY: _ratify,
    Act.BY_HAND_SET: by_hand.done,
    Act.BY_HAND_SEEN: by_hand.seen,
    Act.LIFT: freezing.ask_lift,
    Act.DRAFT_APPROVE: _draft_approve,
    Act.DRAFT_EDIT: _draft_edit,
    Act.DRAFT_DISCARD: _draft_discard,
}
