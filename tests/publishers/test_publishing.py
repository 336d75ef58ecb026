from __future__ import annotations

import pytest

from bot.domain.base import Environment
from bot.domain.incident import Incident
from bot.domain.publication import Publication, PublicationKind, PublicationState
from bot.publishers.jobs import publisher_handlers
from bot.publishers.registry import Registry, builtin_registry
from bot.usecases.ports import Refused, Retry, Unanswered
from bot.usecases.publications import approve_publication, draft_update
from tests.web.story import Story, job


class Board:
    """A place outside that keeps what it was given, and can be told to fail first."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.shown: list[str] = []

    async def publish(self, publication: Publication) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.shown.append(publication.id)


async def approved(story: Story) -> tuple[Incident, Publication]:
    await story.seen()
    incident = await story.declared()
    dana = story.actor("dana")
    draft = await draft_update(story.ctx, dana, incident.id, "holding")
    return incident, await approve_publication(story.ctx, dana, draft.id, draft.version)


async def publication(story: Story, publication_id: str) -> Publication:
    async with story.ctx.store.read() as tx:
        return await tx.publications.get(publication_id)


async def run(story: Story, board: Board, publication_id: str) -> None:
    shelf = dict.fromkeys(PublicationKind, board)
    handlers = publisher_handlers(story.ctx, Registry({Environment.LIVE: shelf}))
    await handlers["publish"](job("publish", f"publish:{publication_id}"))


async def test_an_approved_text_goes_out_and_is_recorded(live: Story) -> None:
    incident, text = await approved(live)
    board = Board()
    await run(live, board, text.id)

    assert board.shown == [text.id]
    out = await publication(live, text.id)
    assert (out.state, out.published_at) == (PublicationState.PUBLISHED, live.clock.now())
    async with live.ctx.store.read() as tx:
        assert (await tx.incidents.get(incident.id)).last_update_at == live.clock.now()


async def test_running_the_job_again_publishes_nothing_twice(live: Story) -> None:
    _, text = await approved(live)
    board = Board()
    await run(live, board, text.id)
    live.pass_minutes(1)
    await run(live, board, text.id)

    assert board.shown == [text.id]
    async with live.ctx.store.read() as tx:
        assert [r.kind for r in await tx.ledger.rows()].count("publication.published") == 1


async def test_a_publisher_without_an_answer_is_tried_again(live: Story) -> None:
    _, text = await approved(live)
    board = Board(Unanswered("the page did not answer in time"))
    with pytest.raises(Retry, match="did not answer"):
        await run(live, board, text.id)
    assert (await publication(live, text.id)).state is PublicationState.APPROVED
    await run(live, board, text.id)
    assert (await publication(live, text.id)).state is PublicationState.PUBLISHED


async def test_a_publisher_that_refuses_leaves_the_text_unpublished(live: Story) -> None:
    _, text = await approved(live)
    with pytest.raises(Refused):
        await run(live, Board(Refused("the key is not valid")), text.id)

    assert (await publication(live, text.id)).state is PublicationState.APPROVED


async def test_a_text_that_is_no_longer_true_is_not_published(live: Story) -> None:
    incident, text = await approved(live)
    await live.seen({"swaps": "none"})
    board = Board()
    await run(live, board, text.id)

    assert board.shown == []
    assert (await publication(live, text.id)).state is PublicationState.DISCARDED
    async with live.ctx.store.read() as tx:
        drafts = [p for p in await tx.publications.of(incident.id) if p.state is PublicationState.DRAFT]
        kinds = [r.kind for r in await tx.ledger.rows(incident_id=incident.id)]
    assert any("Instant swaps are paused" in d.body for d in drafts)
    assert "publication.outdated" in kinds


async def test_a_discarded_text_stays_where_it_is(live: Story) -> None:
    _, text = await approved(live)
    async with live.ctx.store.write() as tx:
        await tx.publications.save(text.model_copy(update={"state": PublicationState.DISCARDED}))
    board = Board()
    await run(live, board, text.id)

    assert board.shown == []


async def test_each_environment_has_its_own_publishers(live: Story) -> None:
    _, text = await approved(live)
    registry = Registry({Environment.DRILL: dict.fromkeys(PublicationKind, Board())})
    with pytest.raises(KeyError):
        registry.of(text)
    assert builtin_registry().of(text) is not None
