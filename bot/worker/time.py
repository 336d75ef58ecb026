"""The handlers of deadline jobs: each hands its key to a use case and comes back when that says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.base import Environment
from bot.domain.errors import NotFound
from bot.usecases import approvals, deadlines, digests, freezing, ladder, publications, signals
from bot.usecases.fence import fenced
from bot.usecases.ports import Again, Context, Handler, Job

Asked = Callable[[Context, Job, list[str]], Awaitable[datetime | None]]


async def _step(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    incident_id, round_, runbook_id, step_id = key
    return await deadlines.step_due(ctx, incident_id, int(round_), runbook_id, step_id)


async def _update(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    return await deadlines.update_due(ctx, key[0])


async def _review(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    return await deadlines.hold_review(ctx, ctx.environment, key[0])


async def _ratify(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    await deadlines.ratification_due(ctx, ctx.environment, key[0])
    return None


async def _role(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    return await deadlines.role_due(ctx, key[0])


async def _classify(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    return await deadlines.classify_due(ctx, key[0])


async def _proposal(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    return await approvals.proposal_due(ctx, key[0])


async def _suggestion(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    await signals.escalate_suggestion(ctx, key[0], key[1])
    return None


async def _ladder(ctx: Context, job: Job, key: list[str]) -> datetime | None:
    return await ladder.advance(ctx, key[0], job)


async def _follow(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    await publications.follow_facts(ctx, key[0])
    return None


async def _unfreeze(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    return await freezing.go_on_lifting(ctx, Environment(key[0]))


async def _digest(ctx: Context, _job: Job, key: list[str]) -> datetime | None:
    await digests.digest(ctx, key[0])
    return None


KINDS: dict[str, Asked] = {
    "step_due": _step,
    "update_due": _update,
    "hold_review": _review,
    "ratify": _ratify,
    "role_due": _role,
    "classify_due": _classify,
    "proposal_due": _proposal,
    "suggestion_due": _suggestion,
    "ladder": _ladder,
    "follow": _follow,
    "unfreeze": _unfreeze,
    "digest": _digest,
}


def deadline_handlers(ctx: Context) -> dict[str, Handler]:
    """A handler for every kind of deadline; what no longer exists is no longer due."""
    return {kind: _handler(ctx, asked) for kind, asked in KINDS.items()}


def _handler(ctx: Context, asked: Asked) -> Handler:
    async def handle(job: Job) -> Again | None:
        try:
            moment = await asked(fenced(ctx, job), job, job.key.split(":")[1:])
        except NotFound:
            return None
        if moment is None:
            return None
        wait = ctx.clock.wall_for(moment) - ctx.clock.wall_for(ctx.clock.now())
        return Again(max(wait, timedelta()))

    return handle
