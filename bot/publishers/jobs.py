"""The jobs that publish."""

from __future__ import annotations

from bot.usecases.ports import Again, Context, Handler, Job, Publishers, Retry, Unanswered
from bot.usecases.publications import mark_published
from bot.usecases.publishing import ready_to_publish


def publisher_handlers(ctx: Context, registry: Publishers) -> dict[str, Handler]:
    """Handlers by job kind. `publish` has the key `publish:<publication id>`."""

    async def publish(job: Job) -> Again | None:
        publication_id = job.key.partition(":")[2]
        publication = await ready_to_publish(ctx, publication_id)
        if publication is None:
            return None
        try:
            await registry.of(publication).publish(publication)
        except Unanswered as error:
            raise Retry(str(error)) from error
        await mark_published(ctx, publication_id)
        return None

    return {"publish": publish}
