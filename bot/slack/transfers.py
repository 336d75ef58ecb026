"""Buttons and forms of transfers, decisions and runbooks to add."""

from __future__ import annotations

from bot.domain.errors import NotFound, Stale
from bot.domain.incident import Incident
from bot.domain.runbook import Step, StepState
from bot.domain.transfer import Transfer
from bot.slack import ids
from bot.slack.ask import Ask, Open, Reply, say
from bot.slack.cards.blocks import Block
from bot.slack.cards.transfers import choose_form, off_form, runbook_form, sent_form, transfer_form
from bot.slack.ids import OLD
from bot.slack.text import escape
from bot.usecases import situations, steps, transfers
from bot.usecases.entitlement import may
from bot.usecases.transfers import Wish

AGAIN = "the button again in a moment, or `/incident step`"
ADD = "`/incident runbook wallet-compromise A signing laptop was stolen`"
MOST = 10  # Slack's radio buttons have no more


def proposal_form(ask: Ask, incident: Incident, step: Step) -> Block:
    """The form of a transfer, for who may propose one. Raises NotEntitled."""
    transfers.may_propose(ask.ctx, ask.actor, incident)
    content = ask.ctx.content.now
    found = content.directory.holders(transfers.seconds(ask.ctx))
    others = [p.name for p in found if p.id != ask.actor.person.id]
    return transfer_form(step, _memory(ask), content.authority.buckets, others)


def decision_form(ask: Ask, incident: Incident, step: Step, state: StepState) -> Block:
    """The form of a decision, for its role alone. Raises NotEntitled."""
    steps.may_do(ask.ctx, ask.actor, incident, step, state, decides=True)
    held = incident.assigned.get(step.role)
    people = ask.ctx.content.now.directory.holders([step.role])
    return choose_form(step, _memory(ask), [p.name for p in people if held in (None, p.id)])


async def agree(ask: Ask) -> Reply:
    """The second person's yes."""
    state = await transfers.agree_transfer(ask.ctx, ask.actor, *ids.transfer_of(ask.packed))
    words = escape(state.transfer.words) if state.transfer else "It"
    return say(f"Agreed: {words}. Whoever sends it presses Sent and gives the hash.")


async def seen(ask: Ask) -> Reply:
    """It arrived."""
    await transfers.confirm_transfer(ask.ctx, ask.actor, *ids.transfer_of(ask.packed))
    return say("Confirmed. Press Done when nothing more is to be moved.")


async def done(ask: Ask) -> Reply:
    """Nothing more is to be moved."""
    await steps.finish_step(ask.ctx, ask.actor, ids.step_of(ask.packed))
    return None


async def ask_sent(ask: Ask) -> Reply:
    """Ask for the hash."""
    return Open(sent_form(await _transfer(ask), _memory(ask)), AGAIN)


async def ask_off(ask: Ask) -> Reply:
    """Ask why it is called off."""
    return Open(off_form(await _transfer(ask), _memory(ask)), AGAIN)


async def proposed(ask: Ask) -> Reply:
    """A transfer's form was filled in."""
    wish = Wish(*(ask.fields.get(name, "") for name in ("bucket", "amount", "asset", "to", "reason")))
    await transfers.propose_transfer(ask.ctx, ask.actor, ids.step_of(_ref(ask)), wish)
    return say("Proposed. Send nothing before a second person has agreed; they are paged.")


async def sent(ask: Ask) -> Reply:
    """The hash was given."""
    ref, transfer_id = ids.transfer_of(_ref(ask))
    await transfers.send_transfer(ask.ctx, ask.actor, ref, transfer_id, ask.fields.get("hash", ""))
    return None


async def called_off(ask: Ask) -> Reply:
    """The reason was given."""
    ref, transfer_id = ids.transfer_of(_ref(ask))
    await transfers.call_off(ask.ctx, ask.actor, ref, transfer_id, ask.fields.get("justification", ""))
    return None


async def chosen(ask: Ask) -> Reply:
    """A decision was taken."""
    option, words = ask.fields.get("option", ""), ask.fields.get("justification", "")
    await steps.choose(ask.ctx, ask.actor, ids.step_of(_ref(ask)), option, words)
    return None


async def offer_runbooks(ask: Ask, incident_id: str) -> Reply:
    """The runbooks for special situations that are not in use yet. Raises NotEntitled, NotFound."""
    async with ask.ctx.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
        may(ask.ctx, ask.actor, incident, "classify", f"add a runbook to {incident.id}")
        offered = [c.book for c in await situations.choices(tx, incident) if not c.added][:MOST]
    if not offered:
        raise NotFound(f"{incident.id} runs under every runbook that could be added.")
    memory = ids.metadata(incident=incident.id, channel=ask.channel)
    return Open(runbook_form(memory, [(b.id, b.title, b.situation) for b in offered]), ADD)


async def add_runbook(ask: Ask, incident_id: str, runbook_id: str, why: str) -> Reply:
    """Add a runbook and say what came with it."""
    incident = await situations.add_runbook(ask.ctx, ask.actor, incident_id, runbook_id, why)
    class_ = f" The class is {incident.class_.words}" if incident.class_ else ""
    other = incident.class_contributing
    more = f", with {other.words} contributing" if class_ and other else ""
    return say(f"{incident.id}: the runbook is added; its steps are on the board.{class_}{more}.")


async def runbook_chosen(ask: Ask) -> Reply:
    """The form was filled in."""
    if "incident" not in ask.memory:
        raise Stale(OLD)
    why = ask.fields.get("justification", "")
    return await add_runbook(ask, ask.memory["incident"], ask.fields.get("runbook", ""), why)


async def _transfer(ask: Ask) -> Transfer:
    ref, transfer_id = ids.transfer_of(ask.packed)
    async with ask.ctx.store.read() as tx:
        _, _, state = await steps.find(tx, ref)
    found = next((t for t in state.transfers if t.id == transfer_id), None)
    if found is None or not found.under_way:
        raise Stale(OLD)
    return found


def _ref(ask: Ask) -> str:
    if "ref" not in ask.memory:
        raise Stale(OLD)
    return ask.memory["ref"]


def _memory(ask: Ask) -> str:
    return ids.metadata(ref=ask.packed, channel=ask.channel)
