"""Who may be the second of two persons."""

from __future__ import annotations

from bot.domain.approval import Proposal
from bot.domain.authority import Person, covers
from bot.domain.base import Role
from bot.usecases.ports import Context
from bot.usecases.shown import Pairs


def approvers(ctx: Context, proposal: Proposal) -> list[str]:
    """Names of those whose yes would count."""
    return [p.name for p in second_persons(ctx, proposal)]


def second_persons(ctx: Context, proposal: Proposal) -> list[Person]:
    """Those whose yes would count."""
    directory = ctx.content.now.directory
    mine = directory.eligible(proposal.proposer)
    return [
        p
        for p in directory.people.values()
        if p.id != proposal.proposer and covers(proposal.shown.pairs, mine, directory.eligible(p.id))
    ]


def either(pairs: Pairs) -> tuple[Role, ...]:
    """Every role named, in the order written."""
    return tuple(dict.fromkeys(role for pair in pairs for role in pair))
