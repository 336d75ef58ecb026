"""What `breakwater incident attest` and `override` do."""

from __future__ import annotations

from bot.cli.deeds.answer import Answer, told
from bot.cli.deeds.approvals import agreed, proof_of, restored
from bot.cli.deeds.kinds import Arguments, Asked, Deed, incident_id
from bot.domain.errors import BadInput
from bot.usecases import attestations, overrides
from bot.usecases.overrides import EXAMPLE, Glass
from bot.usecases.ports import Actor, Context

REVIEW, PROPOSAL = "review", "prop_"


async def _attest(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    done = await attestations.attest(ctx, actor, given["incident"], given["gate"], given["why"])
    data = {"incident": given["incident"], "gate": done.gate.id, "signals": list(done.signals)}
    if done.until is None:
        who = ", ".join(p.name for p in done.second)
        return told(
            f"Your word on “{done.gate.title}” is kept. A second person must attest to it: {who}.", **data
        )
    until = f"{done.until:%H:%M} UTC"
    return told(f"“{done.gate.title}” is open as attested by two, until {until}.", **data, until=until)


async def _settled(asked: Asked, given: Arguments) -> dict[str, str]:
    """A proposal is shown and agreed to first; a gate is named as it is written."""
    what = given["what"].casefold()
    if what == REVIEW:
        return {"incident": await incident_id(asked.ctx, given), "what": REVIEW, "why": _joined(given)}
    if not given.get("why"):
        codes = ", ".join(overrides.reason_codes(asked.ctx))
        raise BadInput(f"Give a reason code and say why. Codes: {codes}.", example=EXAMPLE)
    if what.startswith(PROPOSAL):
        return {**given, **await agreed(asked, {**given, "id": what}), "what": PROPOSAL}
    gate = attestations.named_gate(asked.ctx, given["what"]).id
    return {**given, "incident": await incident_id(asked.ctx, given), "what": gate}


def _joined(given: Arguments) -> str:
    return f"{given['reason']} {given.get('why', '')}".strip()


async def _override(ctx: Context, actor: Actor, given: Arguments) -> Answer:
    if given["what"] == REVIEW:
        done = await overrides.review(ctx, actor, given["incident"], given["why"])
        past = [one.words for one in done]
        return told(f"Reviewed by you: {'; '.join(past)}.", reviewed=past)
    glass = Glass(given["reason"], given["why"])
    if given["what"] == PROPOSAL:
        proof, restore = proof_of(actor, given), restored(given)
        plan = await overrides.override_approval(
            ctx, actor, given["id"], given["hash"], glass, restore, offered=proof
        )
        said = "It is carried out on your word alone. Everybody is told, and another person must review it."
        return told(said, proposal=plan.proposal_id, plan=plan.id)
    truth, until = await overrides.override_gate(ctx, actor, given["incident"], given["what"], glass)
    said = f"“{truth.title}” is held open until {until:%H:%M} UTC; in truth it is {truth.verdict}."
    return told(f"{said} Everybody is told, and another person must review it.", gate=truth.id)


DEEDS = {
    "incident attest": Deed(_attest),
    "incident override": Deed(_override, _settled),
}
