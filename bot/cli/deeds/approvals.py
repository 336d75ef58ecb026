"""What `breakwater approval …` does: proposals, full suspensions to ratify, and texts to publish.

A yes is to exactly what was shown: it is shown, and agreed to, before anything is signed.
"""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from bot.cli.deeds.answer import Answer, drawn, told
from bot.cli.deeds.kinds import Arguments, Asked, Deed
from bot.domain.approval import Proposal, ProposalStatus
from bot.domain.errors import BadInput, NotFound, Stale
from bot.domain.proof import Proof, StepUp, approval_body
from bot.domain.publication import Publication, PublicationState
from bot.slack.cards.proposal import proposal_card
from bot.slack.jobs.views import proposal_view
from bot.usecases import approvals, controls, publications
from bot.usecases.ports import Actor, Context, Tx

PUBLICATION = "pub_"


async def waiting(tx: Tx) -> tuple[list[Proposal], list[Publication]]:
    """What waits for somebody's yes in open incidents, oldest first."""
    proposals, drafts = [], []
    for incident in await tx.incidents.open():
        proposals += [p for p in await tx.proposals.of(incident.id) if p.status is ProposalStatus.OPEN]
        drafts += [p for p in await tx.publications.of(incident.id) if p.state is PublicationState.DRAFT]
    return (
        sorted(proposals, key=lambda p: p.proposed_at),
        sorted(drafts, key=lambda p: p.drafted_at),
    )


async def the_proposal(tx: Tx, named: str) -> Proposal:
    """The proposal of that id, or of which it is the beginning. Raises NotFound, BadInput."""
    wanted = named.strip().casefold()
    found = [p for p in (await waiting(tx))[0] if p.id.startswith(wanted)]
    if len(found) > 1:
        raise BadInput(f"Several proposals begin with {wanted[:30]}; breakwater approval list names them.")
    return found[0] if found else await tx.proposals.get(wanted)


async def shown(ctx: Context, named: str) -> Answer:
    """A proposal or a draft exactly as it is put to the second person. Raises NotFound."""
    async with ctx.store.read() as tx:
        if named.startswith(PUBLICATION):
            return _draft(await tx.publications.get(named))
        found = await the_proposal(tx, named)
        view = await proposal_view(ctx, tx, found, await tx.incidents.get(found.incident_id))
    data = found.model_dump(mode="json")
    card = drawn(proposal_card(view), ctx.content.now.directory, **data)
    return Answer(card.shown.append(f"\n{found.id}, shown as sha256 {found.hash}"), data)


def _draft(found: Publication) -> Answer:
    texts = [found.title, "", found.body] if found.body else [found.title]
    texts += [f"\n{macro.question}\n{macro.answer}" for macro in found.macros]
    return Answer(Text("\n".join(texts)), found.model_dump(mode="json"))


async def agreed(asked: Asked, given: Arguments) -> dict[str, str]:
    """Show it, ask, and sign for exactly that. Raises Stale when it is not what `--hash` names."""
    card = await shown(asked.ctx, given["id"])
    what = str(card.data.get("hash") or card.data["version"])
    if "hash" in given and not what.startswith(given["hash"]):
        raise Stale(f"What is shown now is {what[:12]}, not {given['hash'][:12]}; look again.")
    if "hash" not in given and not asked.agreed(card):
        raise BadInput("Nothing was approved.")
    about = {"id": str(card.data["id"]), "incident": str(card.data["incident_id"]), "hash": what}
    if about["id"].startswith(PUBLICATION):
        return about
    now = asked.ctx.clock.wall()
    body = approval_body(about["id"], what, asked.person.id, now)
    signed = {"approval_at": now.isoformat(), "approval_key": asked.key}
    signed["approval_signature"] = asked.sign(body)
    return {**about, **signed, "restore": given.get("restore", "")}


async def _my_own(asked: Asked, given: Arguments) -> dict[str, str]:
    """The proposal named, or the only one that waits for this person's proof. Raises NotFound."""
    if "id" in given:
        return await agreed(asked, given)
    async with asked.ctx.store.read() as tx:
        mine = [p.id for p in (await waiting(tx))[0] if p.yes_by == asked.person.id]
    if len(mine) != 1:
        several = f"Several wait for your proof: {', '.join(mine)}."
        raise NotFound(several if mine else "No yes of yours waits for its proof.")
    return await agreed(asked, {**given, "id": mine[0]})


async def _approve(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    if given["id"].startswith(PUBLICATION):
        text = await publications.approve_publication(ctx, actor, given["id"], int(given["hash"]))
        return told(f"“{text.title}” is approved and being published.", publication=text.id)
    plan = await approvals.approve(
        ctx, actor, given["id"], given["hash"], restored(given), offered=proof_of(actor, given)
    )
    count = "one step" if len(plan.stages) == 1 else f"{len(plan.stages)} steps"
    said = f"Approved. It runs in {count} by itself and pauses where a gate shuts."
    return told(said, proposal=plan.proposal_id, plan=plan.id)


def proof_of(actor: Actor, given: Arguments) -> Proof:
    """The signature over the approval that was settled on."""
    return Proof(
        by=StepUp.KEY,
        person=actor.person.id,
        at=datetime.fromisoformat(given["approval_at"]),
        key=given["approval_key"],
        signature=given["approval_signature"],
    )


def restored(given: Arguments) -> dict[str, str]:
    """What to put back, by control: `swaps=found` and the like."""
    pairs = [chosen.partition("=") for chosen in given.get("restore", "").split()]
    return {control: what for control, _, what in pairs}


async def _the_id(asked: Asked, given: Arguments) -> dict[str, str]:
    if given["id"].startswith(PUBLICATION):
        return dict(given)
    async with asked.ctx.store.read() as tx:
        return {**given, "id": (await the_proposal(tx, given["id"])).id}


async def _reject(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    if given["id"].startswith(PUBLICATION):
        text = await publications.discard_draft(ctx, actor, given["id"])
        return told(f"The draft of “{text.title}” is discarded.", publication=text.id)
    made = await approvals.refuse(ctx, actor, given["id"], given.get("why", ""))
    return told(f"{made.id} is refused; nothing moves.", proposal=made.id)


async def _the_hold(asked: Asked, given: Arguments) -> dict[str, str]:
    """The suspension in force on that control. Raises NotFound."""
    control = controls.named_control(asked.ctx, given["control"])
    async with asked.ctx.store.read() as tx:
        holds = await tx.holds.in_force(asked.ctx.environment, control.id)
    mine = [h for h in holds if given.get("incident", h.incident_id).upper() == h.incident_id]
    full = [h for h in mine if control.level(h.level).full_suspension]
    if not full:
        raise NotFound(f"No full suspension of {control.id} is in force.")
    return {
        "control": control.id,
        "incident": full[0].incident_id,
        "hold": full[0].id,
        "level": full[0].level,
    }


async def _ratify(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    hold = await controls.ratify(ctx, actor, given["hold"])
    return told(f"{hold.control_id} {hold.level} is ratified by you.", hold=hold.id, control=hold.control_id)


DEEDS = {
    "approval approve": Deed(_approve, agreed),
    "approval sign": Deed(_approve, _my_own),
    "approval reject": Deed(_reject, _the_id),
    "approval ratify": Deed(_ratify, _the_hold),
}
