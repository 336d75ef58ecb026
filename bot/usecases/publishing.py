"""The last look before a text goes out: approved, and still true."""

from __future__ import annotations

from bot.domain.publication import Publication, PublicationState
from bot.usecases import work
from bot.usecases.drafts import fingerprint, raise_draft
from bot.usecases.ports import Context, Tx
from bot.usecases.public_facts import public_facts
from bot.usecases.record import record


async def ready_to_publish(ctx: Context, publication_id: str) -> Publication | None:
    """The approved publication, or None when nothing is to be published any more.

    When the facts have moved on since the approval the text is discarded, a new draft is shown, and whoever
    approved it is told. Raises NotFound.
    """
    async with ctx.store.write() as tx:
        found = await tx.publications.get(publication_id)
        incident = await tx.incidents.get(found.incident_id, lock=True)
        found = await tx.publications.get(publication_id, lock=True)
        if found.state is not PublicationState.APPROVED:
            return None
        if found.fingerprint == fingerprint(await public_facts(ctx, tx, incident, None)):
            return found
        await _withdraw(ctx, tx, found)
        if not incident.ended:
            await raise_draft(ctx, tx, incident, found.spec_id)
    return None


async def _withdraw(ctx: Context, tx: Tx, found: Publication) -> None:
    incident = await tx.incidents.get(found.incident_id)
    record(ctx, tx, "publication.outdated", None, incident=incident, publication=found.id)
    await tx.publications.save(found.model_copy(update={"state": PublicationState.DISCARDED}))
    await work.show(tx, "draft", found.id)
    await work.draw(tx, incident.id)
    if found.approved_by:
        text = (
            f"{incident.id}: “{found.title}” was not published, because what is observed changed after you "
            "approved it. A new draft is ready."
        )
        await work.page(ctx, tx, f"outdated:{found.id}", [found.approved_by], text, incident.id)
