"""A proposal to loosen: exactly what a second person says yes to, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.approval import Move, PlanStage, Proposal, ProposalStatus
from bot.domain.authority import Person
from bot.domain.incident import Incident
from bot.slack.cards.blocks import Message, actions, button, context, header, lines
from bot.slack.cards.words import banner, called
from bot.slack.ids import Act, value
from bot.slack.text import escape, utc

MOVES = 25
ENDS = {
    ProposalStatus.APPROVED: "approved",
    ProposalStatus.REFUSED: "refused",
    ProposalStatus.EXPIRED: "expired",
    ProposalStatus.STALE: "out of date: something it showed has changed",
}


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal with the names around it. `gates` are titles by gate id, `stages` its ladder."""

    proposal: Proposal
    incident: Incident
    proposer: str
    decided_by: str
    approvers: Sequence[Person]
    gates: dict[str, str]
    stages: Sequence[PlanStage]
    yes_by: str = ""


def proposal_card(view: ProposalView) -> Message:
    """The message with Approve and Refuse while it is open."""
    proposal = view.proposal
    head = f"{banner(proposal.environment)}{what(proposal)} · {view.incident.id}"
    texts = [
        (
            f"Proposed by {escape(view.proposer, 80)} ({proposal.proposer_role.words}), "
            f"{utc(proposal.proposed_at)}: {escape(proposal.justification, 600)}"
        ),
        *_moves(proposal),
        *_gates(view),
        *_stages(view),
        _standing(view),
    ]
    blocks = [header(head), *lines(texts)]
    if proposal.status is ProposalStatus.OPEN and not view.incident.ended:
        packed = value(proposal.id, proposal.hash)
        blocks.append(
            actions(
                button(Act.APPROVE, "Approve", packed, proposal.id, "primary"),
                button(Act.REFUSE, "Refuse", value(proposal.id, view.incident.id), proposal.id),
            )
        )
        pairs = " or ".join(f"{a.words} + {b.words}" for a, b in proposal.shown.pairs)
        blocks.append(context(f"Takes {pairs}, two persons. An approval fits only what is shown here."))
    return Message(f"{escape(head)}. {_standing(view)}", blocks)


def what(proposal: Proposal) -> str:
    """What is proposed, in a headline."""
    return f"{proposal.what[0].upper()}{proposal.what[1:]}"


def _moves(proposal: Proposal) -> list[str]:
    every = proposal.shown.moves
    texts = []
    for move in every[:MOVES]:
        notes = " (out of a full suspension)" if move.suspended else ""
        if move.baseline_off:
            notes += f" (found off normal, at {escape(found_words(move), 200)}: whoever approves chooses)"
        texts.append(f"• {escape(move.control_id)}: {move.from_level} → *{move.to_level}*{notes}")
    return texts if len(every) <= MOVES else [*texts, f"… and {len(every) - MOVES} more"]


def found_words(move: Move) -> str:
    """What a control was found at before it was held; plain text."""
    return ", ".join(f"{name} {said}" for name, said in (move.baseline or {}).items())


def _gates(view: ProposalView) -> list[str]:
    shown = view.proposal.shown.gates
    texts = [f"Gate: {escape(view.gates.get(g, g), 120)} — {verdict}" for g, verdict in shown.items()]
    back = ", ".join(escape(view.gates.get(g, g), 120) for g in view.proposal.shown.step_back)
    return [*texts, f"Steps back by itself unless: {back}"] if back else texts


def _stages(view: ProposalView) -> list[str]:
    if len(view.stages) < 2:  # noqa: PLR2004 - a lone release has no ladder
        return []
    return ["Ladder:", *(f"{i}. {escape(s.title, 150)}" for i, s in enumerate(view.stages[:12], 1))]


def _standing(view: ProposalView) -> str:
    proposal = view.proposal
    if proposal.status is ProposalStatus.OPEN:
        until = utc(proposal.shown.expires_at)
        if view.yes_by and proposal.yes_at:
            said = f"*{escape(view.yes_by, 80)} said yes*, {utc(proposal.yes_at)}, and has still to prove it"
            return f"{said}, until {until}. Until then nothing moves."
        return f"*Waits for a second person:* {called(view.approvers)}, until {until}"
    by = f" by {escape(view.decided_by, 80)}" if view.decided_by else ""
    at = f", {utc(proposal.decided_at)}" if proposal.decided_at else ""
    return f"*{ENDS[proposal.status]}*{by}{at}"
