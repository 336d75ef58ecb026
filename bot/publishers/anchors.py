"""The ledger's heads as jobs: at every phase the newest one is signed and told in the incident's channel."""

from __future__ import annotations

from bot.publishers.notary import Notary, said
from bot.usecases import work
from bot.usecases.ports import Again, Context, Handler, Job, Retry
from bot.usecases.witness import Unwitnessed


def anchor_handlers(ctx: Context, notary: Notary) -> dict[str, Handler]:
    """Handlers by job kind. `anchor` has the payload {"incident": id}.

    The head goes into the file first and into the channel after, so that a crash between the two leaves a
    line too many there, never one too few; a phase has one message, which is redrawn.
    """

    async def anchor(job: Job) -> Again | None:
        try:
            signed = await notary.sign()
        except Unwitnessed as reason:
            raise Retry(str(reason)) from reason
        async with ctx.store.write() as tx:
            incident = await tx.incidents.get(str(job.payload["incident"]))
            await work.head(tx, incident.id, incident.phase_round, said(signed))
        return None

    return {"anchor": anchor}
