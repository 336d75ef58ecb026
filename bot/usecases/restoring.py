"""Going on from a restored backup: what happened after it was made did happen, and we know nothing of it.

A new epoch goes above every generation given in the course that was lost, so that services take ours and no
late request of that course. What was observed is unknown until it is read again. Nothing loosens by an
approval whose afterlife nobody knows: reopenings end and open proposals go stale. What is held stays held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.approval import ProposalStatus
from bot.domain.base import Environment, Outcome
from bot.domain.incident import Incident
from bot.domain.ledger import RESTORED, Head
from bot.usecases import work
from bot.usecases.ports import Actor, Context, Tx
from bot.usecases.record import record
from bot.usecases.releases import GOING, end_plans

EPOCH = "epoch"
WHY = "the database was restored from a backup"
_UNREAD = "not read since the database was restored from a backup"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it. `head` is where the restored ledger ended; counts are of what was ended or is read."""

    before: int
    epoch: int
    head: Head
    incidents: tuple[str, ...]
    reopenings: int
    proposals: int
    controls: int


async def restore(ctx: Context, actor: Actor, lost: Sequence[Head]) -> Restored:
    """Take up work on a restored database; `lost` are the signed heads it does not have.

    To be asked while no other process works on it. Asked twice, the epoch rises twice, which harms nothing.
    """
    async with ctx.store.write() as tx:
        head = await tx.ledger.head()
        before = int(await tx.keepsakes.fact(EPOCH) or "1")
        # The same backup may be put back twice: the wall clock tells the two courses after it apart.
        epoch = max(before + 1, int(ctx.clock.wall().timestamp()))
        await tx.keepsakes.set_fact(EPOCH, str(epoch))
        opened = [await tx.incidents.get(i.id, lock=True) for i in await tx.incidents.open()]
        reopenings = [await _end_reopenings(ctx, tx, incident) for incident in opened]
        proposals = [await _close_proposals(ctx, tx, incident) for incident in opened]
        controls = await _read_again(ctx, tx)
        facts: dict[str, Any] = {"epoch": epoch, "before": before, "ended_at_row": head.seq}
        record(ctx, tx, RESTORED, actor, **facts, lost=[one.model_dump() for one in lost])
        for incident in opened:
            record(ctx, tx, RESTORED, actor, incident=incident, **facts)
            await _tell(tx, incident, epoch, head)
        names = tuple(i.id for i in opened)
        return Restored(before, epoch, head, names, sum(reopenings), sum(proposals), controls)


async def _end_reopenings(ctx: Context, tx: Tx, incident: Incident) -> int:
    going = sum(1 for plan in await tx.proposals.plans(incident.id) if plan.status in GOING)
    await end_plans(ctx, tx, incident, WHY)
    return going


async def _close_proposals(ctx: Context, tx: Tx, incident: Incident) -> int:
    mine = [p for p in await tx.proposals.of(incident.id) if p.status is ProposalStatus.OPEN]
    for proposal in mine:
        record(ctx, tx, "proposal.stale", None, incident=incident, proposal=proposal.id, changed=[WHY])
        ended = {"status": ProposalStatus.STALE, "decided_at": ctx.clock.now()}
        await tx.proposals.save(proposal.model_copy(update=ended))
        await tx.jobs.cancel(f"proposal_due:{proposal.id}")
        await work.show(tx, "proposal", proposal.id)
    return len(mine)


async def _read_again(ctx: Context, tx: Tx) -> int:
    """Know nothing of any control until it was read; returns how many there are."""
    count = 0
    known = ctx.content.now.by_id
    for environment in Environment:
        ids = {i for i in await tx.controls.all(environment) if i in known}
        if environment is ctx.environment:
            ids |= set(known)
        if not ids:
            continue
        for control_id, state in (await tx.controls.lock(environment, ids)).items():
            unread = {"observed": None, "observed_level": None, "outcome": Outcome.UNKNOWN}
            more = {"detail": _UNREAD, "attempts": 0}
            await tx.controls.save(state.model_copy(update={**unread, **more}))
            await work.actuate(tx, environment, control_id)
        count += len(ids)
    return count


async def _tell(tx: Tx, incident: Incident, epoch: int, head: Head) -> None:
    text = (
        f"The database was restored from a backup that ends at ledger row {head.seq}: what was decided after "
        "it is not known here. Controls are being read again; reopenings and open proposals have ended and "
        "must be proposed anew; every hold known here stands."
    )
    await work.say(tx, f"restored:{epoch}:{incident.id}", incident.id, text)
    await work.draw(tx, incident.id)
    await work.follow(tx, incident.id)
