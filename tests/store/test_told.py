"""Proposals, plans, publications and suggestions, found the ways that people and pages look for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.approval import PlanStage, Proposal, ProposalKind, ProposalStatus, ReleasePlan, Shown
from bot.domain.base import Environment, Role, Severity
from bot.domain.errors import NotFound, Stale
from bot.domain.publication import Publication, PublicationKind, PublicationState
from bot.domain.trigger import Suggestion, SuggestionStatus
from bot.store import SqlStore
from tests.support.clock import START
from tests.support.made import incident

LIVE = Environment.LIVE


def _proposal(proposal_id: str) -> Proposal:
    shown = Shown(
        proposal_id=proposal_id,
        moves=(),
        hold_versions={"hold_1": 2},
        gates={"reserves": "open"},
        content_digest="c0ffee",
        pairs=((Role.TREASURY_LEAD, Role.INCIDENT_COMMANDER),),
        expires_at=START + timedelta(hours=1),
    )
    return Proposal(
        id=proposal_id,
        incident_id="INC-1",
        environment=LIVE,
        kind=ProposalKind.RELEASE,
        shown=shown,
        hash=shown.hash,
        proposer="alice",
        proposer_role=Role.INCIDENT_COMMANDER,
        justification="reserves are back",
        proposed_at=START,
    )


async def test_a_proposal_keeps_exactly_what_was_shown(any_store: SqlStore) -> None:
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        for name in ("p_2", "p_1"):
            await tx.proposals.add(_proposal(name))
    async with any_store.write() as tx:
        read = await tx.proposals.get("p_2", lock=True)
        assert read.shown.hash == read.hash
        await tx.proposals.save(read.model_copy(update={"status": ProposalStatus.REFUSED}))
        with pytest.raises(Stale):
            await tx.proposals.save(read.model_copy(update={"status": ProposalStatus.APPROVED}))
    async with any_store.read() as tx:
        assert [(p.id, p.status) for p in await tx.proposals.of("INC-1")] == [
            ("p_2", ProposalStatus.REFUSED),
            ("p_1", ProposalStatus.OPEN),
        ]


async def test_a_release_plan_moves_on_stage_by_stage(any_store: SqlStore) -> None:
    plan = ReleasePlan(
        id="plan_1",
        proposal_id="p_1",
        incident_id="INC-1",
        environment=LIVE,
        decision_id="e_1",
        content_digest="c0ffee",
        stages=(PlanStage(id="trickle", title="Trickle", levels={"w": "trickle"}),),
    )
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        await tx.proposals.add_plan(plan)
        moved = await tx.proposals.save_plan(plan.model_copy(update={"stage": 1, "begun": True}))
    async with any_store.read() as tx:
        assert await tx.proposals.plan("plan_1") == moved
        assert await tx.proposals.plans("INC-1") == [moved]
        with pytest.raises(NotFound, match="no release plan plan_2"):
            await tx.proposals.plan("plan_2")


def _publication(publication_id: str, **more: object) -> Publication:
    drafted = Publication(
        id=publication_id,
        incident_id="INC-1",
        environment=LIVE,
        kind=PublicationKind.STATUS,
        spec_id="holding",
        title="Withdrawals are slow",
        body="We are looking into it.",
        fingerprint="f1",
        drafted_by="breakwater",
        drafted_at=START,
    )
    return drafted.model_copy(update=more)


async def test_the_public_sees_what_was_published_newest_first(any_store: SqlStore) -> None:
    out = {"state": PublicationState.PUBLISHED}
    later = START + timedelta(minutes=30)
    async with any_store.write() as tx:
        await tx.incidents.add(incident())
        await tx.publications.add(_publication("pub_3", **out, published_at=later))
        await tx.publications.add(_publication("pub_1", **out, published_at=START))
        await tx.publications.add(_publication("pub_2"))
        drill = _publication("pub_4", **out, published_at=later, environment=Environment.DRILL)
        await tx.publications.add(drill)
    async with any_store.read() as tx:
        assert [p.id for p in await tx.publications.published(LIVE, 10)] == ["pub_3", "pub_1"]
        assert [p.id for p in await tx.publications.published(LIVE, 1)] == ["pub_3"]
        assert [p.id for p in await tx.publications.of("INC-1")] == ["pub_3", "pub_1", "pub_2", "pub_4"]


def _suggestion(suggestion_id: str, key: str) -> Suggestion:
    return Suggestion(
        id=suggestion_id,
        key=key,
        environment=LIVE,
        trigger_id="run",
        title="Withdrawals run",
        summary="1,200 requests in 5 minutes",
        severity=Severity.SEV1,
        raised_at=START,
        last_seen_at=START,
    )


async def test_an_alert_has_one_undecided_suggestion(any_store: SqlStore) -> None:
    first = _suggestion("sug_1", "group/1")
    async with any_store.write() as tx:
        await tx.suggestions.add(first)
    with pytest.raises(Stale):
        async with any_store.write() as tx:
            await tx.suggestions.add(_suggestion("sug_2", "group/1"))
    async with any_store.write() as tx:
        await tx.suggestions.save(first.model_copy(update={"status": SuggestionStatus.DISMISSED}))
        await tx.suggestions.add(_suggestion("sug_3", "group/1"))
        await tx.suggestions.add(_suggestion("sug_4", "group/2"))
    async with any_store.read() as tx:
        newest = await tx.suggestions.by_key("group/1")
        assert newest is not None
        assert newest.id == "sug_3"
        assert [s.id for s in await tx.suggestions.open()] == ["sug_4", "sug_3"]
        assert (await tx.suggestions.get("sug_1")).status is SuggestionStatus.DISMISSED
        assert await tx.suggestions.by_key("group/3") is None
